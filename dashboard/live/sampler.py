"""The sampler: keeps a watcher on every server that it holds, and the books, in one process.

Every server has a thread of its own, the database has one for all, and the event loop never blocks. A watched server, the
database and our Redis can each be gone without disturbing the others.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable

from django.db import Error as DatabaseError
from django.db import reset_queries

from dashboard.history.recorder import Recorder
from dashboard.live.sampling.common import Common
from dashboard.live.sampling.database import Database
from dashboard.live.sampling.leases import Leases
from dashboard.live.sampling.outbox import Outbox
from dashboard.live.sampling.roster import Roster
from dashboard.services.fencing import held_among

logger = logging.getLogger(__name__)

REGISTRY_EVERY_S = 1.0
KEEP_EVERY_S = 5.0
FLUSH_EVERY_S = 0.5
RETRY_S = 1.0


class Sampler:
    """`run` in an event loop; `stop` lets it end. Any number of samplers share the servers of one registry."""

    def __init__(self) -> None:
        self._leases = Leases()
        self._recorder = Recorder(holds=self._held)
        self._outbox = Outbox(self._leases.certain)
        self._database = Database()
        self._stopping = False
        self._wake = asyncio.Event()
        common = Common(self._outbox, self._recorder, self._leases, self._wake)
        self._roster = Roster(self._database, common)
        self._due: dict[str, float] = {}

    @property
    def name(self) -> str:
        """What the registry calls the sampler of the servers that it holds."""
        return self._leases.me

    def _held(self, servers: frozenset[int]) -> frozenset[int]:
        """Those of the servers whose history is ours to write, until the transaction ends."""
        tokens = self._leases.tokens
        return frozenset(held_among({server: tokens[server] for server in servers if server in tokens}))

    def stop(self) -> None:
        """Ends `run` after the rounds in progress; callable from a signal handler of the event loop."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Samples until it is stopped, then writes what it holds and frees its servers."""
        leases = asyncio.create_task(self._roster.keep_leases())
        outbox = asyncio.create_task(self._outbox.run())
        try:
            while not self._stopping:
                if leases.done():
                    leases.result()  # an error of ours: better to end, and be started again, than to hold nothing for ever
                if not await self._keep_books():
                    await asyncio.sleep(RETRY_S)
                await self._woken()
        finally:
            await self._roster.stop()
            await self._end()
            for task in (leases, outbox):
                task.cancel()
            await asyncio.gather(leases, outbox, return_exceptions=True)
            await self._outbox.aclose()
            await self._leases.give(self._leases.all(), leaving=True)
            await self._leases.aclose()

    async def _woken(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_EVERY_S):
                await self._wake.wait()
        self._wake.clear()

    async def _end(self) -> None:
        try:
            await self._roster.settle()
            await self._database(self._recorder.flush)
            await self._roster.release()
        except DatabaseError as error:
            logger.warning("The last seconds of history could not be written: %s", error)
        await self._database.close()

    # Everything that needs the database, one after the other

    async def _keep_books(self) -> bool:
        """One look at everything that is due; returns whether the database answered."""
        try:
            await self._every(REGISTRY_EVERY_S, self._roster.follow_registry)
            await self._roster.share_out()
            await self._every(KEEP_EVERY_S, self._roster.keep)
            await self._roster.settle()
            await self._every(FLUSH_EVERY_S, self._flush)
        except DatabaseError as error:
            await self._database.failed(error)
            await self._roster.look_on()
            return False
        self._database.recovered(self._recorder.dropped)
        return True

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        if time.monotonic() >= self._due.get(work.__name__, 0.0):
            await work()
            self._due[work.__name__] = time.monotonic() + seconds

    async def _flush(self) -> None:
        await self._database(self._recorder.flush)
        await self._database(reset_queries)  # with DEBUG on, Django keeps every statement until a request ends
