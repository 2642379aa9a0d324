"""The latest word on each server, in our Redis: a new hub or page has numbers at once, and /readyz the sampler's age."""

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

#: Older than what the charts show by default, nobody wants it.
KEPT_S = 900
KEPT_WHILE_DOWN_S = 7 * 86400
#: So long samples wait at most in the sampler's memory before history has them; meanwhile pages find them here.
RECENT_S = 13.0
_TIMEOUT_S = 1.0
_BEAT = "streamgauge:sampler"


class Latest(msgspec.Struct, frozen=True):
    """What is known of one server. `problem` is None while it answers."""

    sample: SampleTaken | None
    problem: ServerUnreachable | None


_sample = msgspec.msgpack.Decoder(SampleTaken)
_problem = msgspec.msgpack.Decoder(ServerUnreachable)


def _sample_key(server_id: int) -> str:
    return f"streamgauge:sample:{server_id}"


def _problem_key(server_id: int) -> str:
    return f"streamgauge:problem:{server_id}"


class LatestWriter:
    """Writes over one connection, held for a sampler's life. Every method raises redis.RedisError or OSError."""

    def __init__(self) -> None:
        self._redis = _async_client()

    async def sample(self, server_id: int, body: bytes, *, interval_s: float = 1.0) -> None:
        """Keeps an encoded SampleTaken, with those of the last seconds; whatever was wrong with the server is over."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.lpush(_sample_key(server_id), body)
        pipeline.ltrim(_sample_key(server_id), 0, int(RECENT_S / interval_s))
        pipeline.expire(_sample_key(server_id), KEPT_S)
        pipeline.delete(_problem_key(server_id))
        await pipeline.execute()

    async def problem(self, server_id: int, body: bytes) -> None:
        """Keeps an encoded ServerUnreachable. It does not expire: a server can be down for days.

        Its last sample is kept, too, so that a page can show what was known last.
        """
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(_problem_key(server_id), body)
        pipeline.expire(_sample_key(server_id), KEPT_WHILE_DOWN_S)
        await pipeline.execute()

    async def forget(self, server_id: int) -> None:
        """Drops everything about a server that is no longer watched."""
        await self._redis.delete(_sample_key(server_id), _problem_key(server_id))

    async def beat(self, now: float) -> None:
        """Says that the sampler is alive at `now`, in seconds since the epoch."""
        await self._redis.set(_BEAT, repr(now))

    async def aclose(self) -> None:
        """Closes the connection."""
        with contextlib.suppress(redis.RedisError, OSError):
            await self._redis.aclose()


async def write_latest(event: SampleTaken | ServerUnreachable) -> None:
    """Keeps one sample or problem over a connection of its own; raises redis.RedisError or OSError."""
    writer = LatestWriter()
    try:
        body = msgspec.msgpack.encode(event)
        if isinstance(event, SampleTaken):
            await writer.sample(event.server, body, interval_s=event.interval)
        else:
            await writer.problem(event.server, body)
    finally:
        await writer.aclose()


async def read_latest(server_ids: Collection[int]) -> dict[int, Latest]:
    """The latest sample and the problem, if any, of each server; raises redis.RedisError or OSError."""
    if not server_ids:
        return {}
    async with _async_client() as client:
        pipeline = client.pipeline(transaction=False)
        for server_id in server_ids:
            pipeline.lindex(_sample_key(server_id), 0)
        samples = await pipeline.execute()
        problems = await client.mget([_problem_key(server_id) for server_id in server_ids])
    return {
        server_id: Latest(
            _sample.decode(cast("bytes", sample)) if sample else None,
            _problem.decode(cast("bytes", problem)) if problem else None,
        )
        for server_id, sample, problem in zip(server_ids, samples, problems, strict=True)
    }


def sampler_age(now: float) -> float | None:
    """Seconds since the sampler last said that it is alive; None where it never did or our Redis does not answer."""
    try:
        with _client() as client:
            beat = cast("bytes | None", client.get(_BEAT))
    except (redis.RedisError, OSError):
        return None
    return None if beat is None else max(0.0, now - float(beat))


def read_recent(server_id: int) -> list[SampleTaken]:
    """The samples of the last seconds, oldest first; none where our Redis does not answer."""
    try:
        with _client() as client:
            bodies = cast("list[bytes]", client.lrange(_sample_key(server_id), 0, -1))
    except (redis.RedisError, OSError):
        return []
    return [_sample.decode(body) for body in reversed(bodies)]


def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=_TIMEOUT_S,
        socket_connect_timeout=_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )


def _async_client() -> "AsyncRedis":
    return AsyncRedis.from_url(
        settings.REDIS_URL,
        socket_timeout=_TIMEOUT_S,
        socket_connect_timeout=_TIMEOUT_S,
        retry=AsyncRetry(NoBackoff(), 0),
    )
