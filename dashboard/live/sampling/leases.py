"""Leases: which servers this sampler holds, kept in our Redis for a few seconds at a time.

Where our Redis does not answer, nothing is taken or given, and whoever holds a server goes on with it: then the database's
fence alone tells who may write (`services.fencing`).
"""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import cast

import redis
from redis.asyncio.client import Redis

from dashboard.core.lease import Lease
from dashboard.core.sharing import Survey
from dashboard.live.keys import SAMPLERS, fence_key, lease_key
from dashboard.live.latest import async_client
from dashboard.live.sampling import lease_scripts

logger = logging.getLogger(__name__)

#: A sampler that was not heard of for so long has lost its servers.
LEASE_S = 3.0
RENEW_EVERY_S = 0.5
#: So long what was free without having been given back is left to its holder, who may not have renewed it yet where our
#: Redis has lost its data, and what we have given back ourselves is left to the others.
_COURTESY_S = 2.0

_MS = int(LEASE_S * 1000)
_FAILURES = (redis.RedisError, OSError, TimeoutError)


def clock() -> float:
    """Seconds that go on while this process is stopped and, where the system can tell, while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Leases:
    """One sampler's. Every method belongs to the event loop's thread, but `tokens`, which any may read."""

    def __init__(self) -> None:
        self.me = secrets.token_hex(6)
        self.wanted: Mapping[int, int] = {}  # servers to be sampled by anyone, with the database's fence
        self.survey: Survey | None = None  # None: our Redis did not answer
        self.tokens: Mapping[int, int] = {}  # of the servers that are held; replaced, never changed
        self._until: dict[int, float] = {}
        self._failed_at = self._began_anew_at = float("-inf")
        self._failing = False
        self._is_known = False  # our Redis counts us among the samplers, if it still knows what it knew
        self._given_at: dict[int, float] = {}
        self._lock = asyncio.Lock()
        self._redis: Redis = async_client()
        scripts = (lease_scripts.RENEW, lease_scripts.TAKE, lease_scripts.GIVE)
        self._renew, self._take, self._give = map(self._redis.register_script, scripts)

    # What is known

    def all(self) -> list[Lease]:
        """The leases that are held."""
        return [Lease(server, token) for server, token in self.tokens.items()]

    def holds(self, lease: Lease) -> bool:
        """Whether the lease was not lost or given back as far as we know."""
        return self.tokens.get(lease.server_id) == lease.token

    def certain(self, lease: Lease) -> bool:
        """Whether nobody else can have the server: our Redis promised it until later than now."""
        return self.holds(lease) and clock() < self._until.get(lease.server_id, 0.0)

    def trusted(self, lease: Lease) -> bool:
        """Whether to go on with the server: it is certain, or our Redis is gone and can have given it to nobody new.

        False for a sampler that was stopped past its lease, until it has asked.
        """
        return self.certain(lease) or (self.holds(lease) and self.alone)

    @property
    def alone(self) -> bool:
        """Whether our Redis does not answer at this time; a try that failed long ago says nothing about now."""
        return self.survey is None and clock() - self._failed_at < LEASE_S

    def outlook(self) -> Survey | None:
        """The last survey, with what we have taken and given since; None where our Redis did not answer."""
        if self.survey is None:
            return None
        others = {server: holder for server, holder in self.survey.holders.items() if holder != self.me}
        return Survey(self.survey.living, others | dict.fromkeys(self.tokens, self.me))

    # What is asked of our Redis

    async def renew(self, *, able: bool) -> list[Lease]:
        """Renews all leases in one round trip, and looks who holds what; returns the leases that were lost.

        A sampler that is not `able` to take servers is not counted by the others.
        """
        async with self._lock:
            ours, sent_at = self.all(), clock()
            asked = dict.fromkeys(self.wanted, 0) | dict(self.tokens)
            keys = [SAMPLERS, *_keys(asked)]
            try:
                found = await self._renew(keys, [self.me, _MS, int(able), *asked.values()])
            except _FAILURES as error:
                self._failed(error)
                return []
            self._recovered()
            is_news, living, holders = cast("tuple[int, list[bytes], list[bytes]]", found)
            held_by = {server: holder.decode() for server, holder in zip(asked, holders, strict=True) if holder}
            if is_news and self._is_known:
                self._began_anew_at = clock()  # our Redis has lost its data, or we were stopped
            self._is_known = able
            self.survey = Survey(frozenset(name.decode() for name in living), held_by)
            lost = [lease for lease in ours if held_by.get(lease.server_id) != self.me and self.holds(lease)]
            self._forget(lost)
            # Not of what was taken meanwhile: its lease was not renewed.
            self._until |= {lease.server_id: sent_at + LEASE_S for lease in ours}
            return lost

    def _failed(self, error: Exception) -> None:
        if not self._failing:
            words = str(error) or type(error).__name__
            logger.warning("Our Redis (REDIS_URL) does not answer: %s. Sampling goes on, pages stand still.", words)
        self._failing, self.survey, self._failed_at = True, None, clock()

    def _recovered(self) -> None:
        if self._failing:
            logger.warning("Our Redis answers again.")
        self._failing = False

    async def take(self, servers: Iterable[int]) -> list[Lease]:
        """Takes those of the servers that are free. They are held only once the database has the token: `adopt` or `give`."""
        async with self._lock:
            sent_at = clock()
            fences = {server: self.wanted.get(server, 0) for server in servers if self._may_take(server, sent_at)}
            if not fences:
                return []
            try:
                tokens = await self._take(_keys(fences), [self.me, _MS, *fences.values()])
            except _FAILURES:
                return []
            taken = [
                Lease(server, token) for server, token in zip(fences, cast("list[int]", tokens), strict=True) if token
            ]
            self._until |= {lease.server_id: sent_at + LEASE_S for lease in taken}
            return taken

    def _may_take(self, server: int, now: float) -> bool:
        since = max(self._began_anew_at, self._failed_at, self._given_at.get(server, float("-inf")))
        return now - since >= _COURTESY_S

    def adopt(self, lease: Lease) -> None:
        """Holds a server from now on: the database has the token."""
        self.tokens = {**self.tokens, lease.server_id: lease.token}

    async def give(self, leases: Iterable[Lease], *, leaving: bool = False) -> None:
        """Gives servers back; where our Redis does not answer, their leases expire. `leaving` takes no more servers."""
        async with self._lock:
            tokens = {lease.server_id: lease.token for lease in leases}
            self._forget([lease for lease in self.all() if tokens.get(lease.server_id) == lease.token])
            self._given_at |= dict.fromkeys(tokens, clock())
            with contextlib.suppress(*_FAILURES):
                await self._give([SAMPLERS, *_keys(tokens)], [self.me, int(leaving), *tokens.values()])

    async def aclose(self) -> None:
        """Closes the connection."""
        with contextlib.suppress(*_FAILURES):
            await self._redis.aclose()

    def _forget(self, leases: Iterable[Lease]) -> None:
        gone = {lease.server_id for lease in leases}
        self.tokens = {server: token for server, token in self.tokens.items() if server not in gone}


def _keys(servers: Iterable[int]) -> list[str]:
    return [key for server in servers for key in (lease_key(server), fence_key(server))]
