"""The sampler: keeps a watcher on every enabled server of the registry, and the books, in one process.

Every server has a thread of its own, the database has one for all, and the event loop never blocks. A watched server, the
database and our Redis can each be gone without disturbing the others.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.db import connections, reset_queries
from django.utils import timezone

from dashboard.core.names import display
from dashboard.core.sample import ServerState
from dashboard.history.expiry import expire
from dashboard.history.recorder import Recorder
from dashboard.history.rollup import roll_up
from dashboard.live.past import forget_deleted
from dashboard.live.sampling.books import Books, Notes
from dashboard.live.sampling.outbox import Outbox
from dashboard.live.sampling.reader import Definition
from dashboard.live.sampling.watcher import Watcher
from dashboard.models import Server
from dashboard.services import registry
from dashboard.services.marking import expire_marks

logger = logging.getLogger(__name__)

REGISTRY_EVERY_S = 1.0
FLUSH_EVERY_S = 0.5
EXPIRE_EVERY_S = 5.0
EXPIRE_MARKS_EVERY_S = 600.0
CLEAN_EVERY_S = 60.0
RETRY_S = 1.0

_T = TypeVar("_T")


class Sampler:
    """`run` in an event loop; `stop` lets it end."""

    def __init__(self) -> None:
        self._watchers: dict[int, Watcher] = {}
        self._recorder = Recorder()
        self._outbox = Outbox()
        self._database = ThreadPoolExecutor(1, "database")
        self._stopping = False
        self._wake = asyncio.Event()
        self._due: dict[str, float] = {}
        self._failing = False

    def stop(self) -> None:
        """Ends `run` after the rounds in progress; callable from a signal handler of the event loop."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Samples until it is stopped, then writes what it holds."""
        outbox = asyncio.create_task(self._outbox.run())
        try:
            while not self._stopping:
                if not await self._keep_books():
                    await asyncio.sleep(RETRY_S)
                await self._woken()
        finally:
            await asyncio.gather(*[watcher.stop() for watcher in self._watchers.values()])
            await self._end()
            outbox.cancel()
            await asyncio.gather(outbox, return_exceptions=True)
            await self._outbox.aclose()

    async def _woken(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), FLUSH_EVERY_S)
        self._wake.clear()

    async def _end(self) -> None:
        try:
            await self._settle_all()
            await self._in_database(lambda: self._recorder.flush())
        except DatabaseError as error:
            logger.warning("The last seconds of history could not be written: %s", error)
        await self._in_database(connections.close_all)
        self._database.shutdown(wait=False)

    # Everything that needs the database, one after the other

    async def _keep_books(self) -> bool:
        """One look at everything that is due; returns whether the database answered."""
        try:
            await self._every(REGISTRY_EVERY_S, self._follow_registry)
            await self._settle_all()
            await self._every(FLUSH_EVERY_S, self._flush)
            await self._every(FLUSH_EVERY_S, self._roll_up)
            await self._every(EXPIRE_EVERY_S, self._expire)
            await self._every(EXPIRE_MARKS_EVERY_S, self._expire_marks)
            await self._every(CLEAN_EVERY_S, self._clean)
        except DatabaseError as error:
            await self._failed(error)
            return False
        self._recovered()
        return True

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        if time.monotonic() >= self._due.get(work.__name__, 0.0):
            await work()
            self._due[work.__name__] = time.monotonic() + seconds

    async def _in_database(self, call: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._database, call)

    async def _follow_registry(self) -> None:
        wanted = {server.pk: (server, definition) for server, definition in await self._in_database(_read_servers)}
        for server_id, watcher in list(self._watchers.items()):
            if server_id in wanted and wanted[server_id][1].signs_in_otherwise(watcher.definition):
                watcher.renew(wanted[server_id][1])
            if server_id not in wanted or wanted[server_id][1] != watcher.definition:
                await self._forget(server_id, still_there=server_id in wanted)
            else:
                await self._in_database(watcher.books.refresh)
        for server_id in wanted.keys() - self._watchers.keys():
            await self._begin(*wanted[server_id])

    async def _begin(self, server: Server, definition: Definition) -> None:
        watcher = Watcher(server, definition, self._outbox, self._recorder, self._wake)
        await self._in_database(watcher.books.refresh)
        self._watchers[server.pk] = watcher
        watcher.start()

    async def _forget(self, server_id: int, *, still_there: bool) -> None:
        await self._watchers.pop(server_id).stop()
        if not still_there:
            self._outbox.forget(server_id)

    async def _settle_all(self) -> None:
        for watcher in list(self._watchers.values()):
            if notes := watcher.books.take():
                await self._settle(watcher.books, notes)

    async def _settle(self, books: Books, notes: Notes) -> None:
        try:
            events = await self._in_database(lambda: books.settle(notes, timezone.now()))
        except DatabaseError:
            books.put_back(notes)
            raise
        except Exception:
            # An error of ours on one server's numbers; the next tick may go well, and the others' books are due.
            logger.exception("The books of server %s could not be settled.", display(books.server.name.encode()))
            return
        for event in events:
            self._outbox.news(event)

    async def _flush(self) -> None:
        await self._in_database(self._recorder.flush)
        await self._in_database(reset_queries)  # with DEBUG on, Django keeps every statement until a request ends

    async def _roll_up(self) -> None:
        await self._in_database(lambda: roll_up(time.time()))

    async def _expire(self) -> None:
        await self._in_database(lambda: expire(time.time()))

    async def _clean(self) -> None:
        await self._in_database(forget_deleted)

    async def _expire_marks(self) -> None:
        await self._in_database(lambda: expire_marks(timezone.now()))

    async def _failed(self, error: Exception) -> None:
        await self._in_database(connections.close_all)
        if not self._failing:
            logger.warning("The database does not answer: %s. Sampling goes on, history waits.", error)
        self._failing = True

    def _recovered(self) -> None:
        if self._failing:
            logger.warning("The database answers again; %d rows of history were dropped.", self._recorder.dropped)
        self._failing = False


def _read_servers() -> list[tuple[Server, Definition]]:
    servers = []
    for server in Server.objects.enabled():
        try:
            servers.append((server, definition_of(server)))
        except (ImproperlyConfigured, ValueError) as error:
            registry.record_state(server.pk, state=ServerState.DENIED.value, detail=str(error), now=timezone.now())
    return servers


def definition_of(server: Server) -> Definition:
    """What the registry says about how a server is to be sampled; raises ImproperlyConfigured or ValueError."""
    return Definition(
        server_id=server.pk,
        target=server.target,
        interval_s=server.interval_s,
        include=tuple(server.include_patterns),
        exclude=tuple(server.exclude_patterns),
        read_replicas=server.read_replicas,
        budget=server.budget,
    )
