"""The latest word on each server, in our Redis: a new hub or page has numbers at once."""

import contextlib
from collections.abc import Collection
from typing import cast

import msgspec
import redis
from django.conf import settings
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from dashboard.live.events import SampleTaken, ServerUnreachable
from dashboard.live.keys import fence_key, problem_key, sample_key

#: Older than what the charts show by default, nobody wants it.
KEPT_S = 900
KEPT_WHILE_DOWN_S = 7 * 86400
#: So long samples wait at most in the sampler's memory before history has them; meanwhile pages find them here.
RECENT_S = 13.0
_TIMEOUT_S = 1.0


class Latest(msgspec.Struct, frozen=True):
    """What is known of one server. `problem` is None while it answers."""

    sample: SampleTaken | None
    problem: ServerUnreachable | None


_sample = msgspec.msgpack.Decoder(SampleTaken)
_problem = msgspec.msgpack.Decoder(ServerUnreachable)


#: Keys: samples, problem, fence. Arguments: token, sample, how many to keep, for how many seconds.
_KEEP_SAMPLE = """
if tonumber(ARGV[1]) < tonumber(redis.call('GET', KEYS[3]) or 0) then return 0 end
redis.call('LPUSH', KEYS[1], ARGV[2])
redis.call('LTRIM', KEYS[1], 0, ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('DEL', KEYS[2])
return 1
"""
#: Keys: problem, samples, fence. Arguments: token, problem, for how many seconds to keep the samples.
_KEEP_PROBLEM = """
if tonumber(ARGV[1]) < tonumber(redis.call('GET', KEYS[3]) or 0) then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
"""
#: Keys: samples, problem, fence. Arguments: token.
_FORGET = """
if tonumber(ARGV[1]) < tonumber(redis.call('GET', KEYS[3]) or 0) then return 0 end
return redis.call('DEL', KEYS[1], KEYS[2])
"""


class LatestWriter:
    """Writes over one connection, held for a sampler's life. Every method raises redis.RedisError or OSError.

    `token` is that of the writer's lease: where a sampler with a higher one has taken the server, nothing is written.
    """

    def __init__(self) -> None:
        self._redis = async_client()
        self._keep_sample = self._redis.register_script(_KEEP_SAMPLE)
        self._keep_problem = self._redis.register_script(_KEEP_PROBLEM)
        self._forget = self._redis.register_script(_FORGET)

    async def sample(self, server_id: int, body: bytes, *, interval_s: float = 1.0, token: int = 0) -> bool:
        """Keeps an encoded SampleTaken, with those of the last seconds; whatever was wrong with the server is over."""
        keys = [sample_key(server_id), problem_key(server_id), fence_key(server_id)]
        return bool(await self._keep_sample(keys, [token, body, int(RECENT_S / interval_s), KEPT_S]))

    async def problem(self, server_id: int, body: bytes, *, token: int = 0) -> bool:
        """Keeps an encoded ServerUnreachable. It does not expire: a server can be down for days.

        Its last sample is kept, too, so that a page can show what was known last.
        """
        keys = [problem_key(server_id), sample_key(server_id), fence_key(server_id)]
        return bool(await self._keep_problem(keys, [token, body, KEPT_WHILE_DOWN_S]))

    async def forget(self, server_id: int, *, token: int = 0) -> None:
        """Drops everything about a server that is no longer watched."""
        await self._forget([sample_key(server_id), problem_key(server_id), fence_key(server_id)], [token])

    async def aclose(self) -> None:
        """Closes the connection."""
        with contextlib.suppress(redis.RedisError, OSError):
            await self._redis.aclose()


async def read_latest(server_ids: Collection[int]) -> dict[int, Latest]:
    """The latest sample and the problem, if any, of each server; raises redis.RedisError or OSError."""
    if not server_ids:
        return {}
    async with async_client() as client:
        pipeline = client.pipeline(transaction=False)
        for server_id in server_ids:
            pipeline.lindex(sample_key(server_id), 0)
        samples = await pipeline.execute()
        problems = await client.mget([problem_key(server_id) for server_id in server_ids])
    return {
        server_id: Latest(
            _sample.decode(cast("bytes", sample)) if sample else None,
            _problem.decode(cast("bytes", problem)) if problem else None,
        )
        for server_id, sample, problem in zip(server_ids, samples, problems, strict=True)
    }


async def last_taken_at(server_id: int) -> float | None:
    """When the server was last sampled, by the sampler's clock; None where that is long ago or our Redis does not answer."""
    try:
        found = await read_latest([server_id])
    except (redis.RedisError, OSError, msgspec.DecodeError):
        return None
    sample = found[server_id].sample
    return sample.taken_at if sample else None


def read_recent(server_id: int) -> list[SampleTaken]:
    """The samples of the last seconds, oldest first; none where our Redis does not answer."""
    try:
        with _client() as client:
            bodies = cast("list[bytes]", client.lrange(sample_key(server_id), 0, -1))
    except (redis.RedisError, OSError):
        return []
    return [_sample.decode(body) for body in reversed(bodies)]


def read_samples(server_ids: Collection[int]) -> dict[int, SampleTaken]:
    """The latest sample of each server that has one; none where our Redis does not answer."""
    try:
        with _client() as client:
            pipeline = client.pipeline(transaction=False)
            for server_id in server_ids:
                pipeline.lindex(sample_key(server_id), 0)
            bodies = cast("list[bytes | None]", pipeline.execute())
        samples = [_sample.decode(body) for body in bodies if body]
    except (redis.RedisError, OSError, msgspec.DecodeError):
        return {}
    return {sample.server: sample for sample in samples}


def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=_TIMEOUT_S,
        socket_connect_timeout=_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )


def async_client() -> "AsyncRedis":
    """A client of our Redis that gives up after a second and never tries again."""
    return AsyncRedis.from_url(
        settings.REDIS_URL,
        socket_timeout=_TIMEOUT_S,
        socket_connect_timeout=_TIMEOUT_S,
        retry=AsyncRetry(NoBackoff(), 0),
    )
