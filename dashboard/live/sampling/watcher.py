"""The watcher of one server: rounds at its interval in a thread of its own, and what state the server is in."""

import asyncio
import contextlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from math import floor

import msgspec
import redis
from django.utils import timezone

from dashboard.core.lease import Lease
from dashboard.core.names import display
from dashboard.core.sample import ServerProblem, ServerState
from dashboard.live.events import SampleTaken, ServerRecovered, ServerUnreachable
from dashboard.live.publish import encode
from dashboard.live.sampling import patience
from dashboard.live.sampling.books import Books, StateChange
from dashboard.live.sampling.columns import sample_taken
from dashboard.live.sampling.common import Common
from dashboard.live.sampling.reader import Definition, Reading
from dashboard.live.sampling.readers import reader_of
from dashboard.models import Server
from dashboard.redis_io.connect import explain

logger = logging.getLogger(__name__)

_OURS = ServerProblem(ServerState.ERROR, "An error in Streamgauge itself; the sampler's log has the details.")


class _Round(msgspec.Struct, frozen=True):
    reading: Reading
    event: SampleTaken
    body: bytes


class Watcher:
    """Watches one server until it is stopped. It never raises: whatever happens is this server's state alone."""

    def __init__(
        self, server: Server, definition: Definition, lease: Lease, common: Common, *, pause_s: float = 0.0
    ) -> None:
        self.definition = definition
        self.lease = lease
        self.name = display(server.name.encode())
        self._pause_s = pause_s
        self._abandoned = False
        self._interval_s = definition.interval_s  # longer where the cost budget demands it
        self.books = Books(server, lease)
        self._wake = common.wake
        self._outbox = common.outbox
        self._recorder = common.recorder
        self._leases = common.leases
        self._reader = reader_of(definition)
        self._thread = ThreadPoolExecutor(1, f"server-{server.pk}")
        self._stopping = False
        self._stirred = asyncio.Event()  # ends a pause before its time
        self._renewed: Definition | None = None
        self._state, self._detail = server.state, server.state_detail
        self._since = server.state_since.timestamp() if server.state_since else 0.0
        self._problem: ServerProblem | None = None
        self._failures = 0
        self._try_at = 0.0
        self._loop = asyncio.get_running_loop()
        self._started_at = self._loop.time()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins, after its pause."""
        self._task = asyncio.create_task(self._run(), name=f"watch server {self.definition.server_id}")

    async def stop(self) -> None:
        """Lets the round in progress end, and closes the connection."""
        self._stopping = True
        self._stirred.set()
        if self._task:
            await self._task
        self._thread.shutdown(wait=False)

    def abandon(self) -> None:
        """Begins no round and does nothing more with the one in progress: the server is another sampler's."""
        self._abandoned = self._stopping = True
        self._stirred.set()

    @property
    def _may_go_on(self) -> bool:
        """False where another sampler may have the server: what was read is thrown away, and nothing is said."""
        return not self._abandoned and self._leases.trusted(self.lease)

    def renew(self, definition: Definition) -> None:
        """Signs in anew with the definition's credentials before the next round; at once where there is a problem."""
        self.definition = self._renewed = definition
        if self._problem:
            self._stirred.set()

    async def _run(self) -> None:
        await self._wait(self._pause_s)
        self._started_at = self._loop.time()
        while not self._stopping:
            await self._sign_in_anew()
            if self._loop.time() >= self._try_at:
                await self._round()
            elif self._problem:
                self._report(self._problem)
            await self._pause()
        await self._loop.run_in_executor(self._thread, self._reader.close)

    async def _sign_in_anew(self) -> None:
        definition, self._renewed = self._renewed, None
        if definition:
            await self._loop.run_in_executor(self._thread, self._reader.renew, definition)
            self._failures, self._try_at = 0, 0.0

    async def _pause(self) -> None:
        """Until the next beat of the interval: a round that took longer leaves beats out, and none drifts."""
        interval, now = self._interval_s, self._loop.time()
        due = self._started_at + (floor((now - self._started_at) / interval) + 1) * interval
        if self._problem:
            due = min(due, max(self._try_at, now + 0.05), now + patience.RETRY_AT_MOST_S)
        await self._wait(due - now)

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._stirred.wait()
        self._stirred.clear()

    async def _round(self) -> None:
        try:
            done = await self._loop.run_in_executor(self._thread, self._observe)
            if not self._may_go_on:
                return
            self._succeed(done)
            # Only now, so that nobody waits for it.
            await self._loop.run_in_executor(self._thread, self._record, done)
        except (redis.RedisError, OSError) as error:
            await self._fail(explain(error))
        except Exception:
            if self._problem is not _OURS:  # once, and not at every try
                logger.exception("A round of server %s failed.", self.name)
            await self._fail(_OURS)

    # In the server's thread

    def _observe(self) -> _Round:
        ids = self.books.ids
        reading = self._reader.read(tuple(ids))
        event = sample_taken(reading.tick, ids, server_id=self.definition.server_id, taken_at=time.time())
        return _Round(reading, event, encode(event))

    def _record(self, done: _Round) -> None:
        self._recorder.append(done.event)

    def _renew(self, problem: ServerProblem) -> None:
        """After an error of ours nothing that the reader remembers is trusted."""
        self._reader.close()
        if problem is _OURS:
            self._reader = reader_of(self.definition)

    # In the event loop's thread

    def _succeed(self, done: _Round) -> None:
        self._outbox.sample(done.event, done.body, self.lease)
        self.books.note_found(done.reading.found)
        self.books.note_tick(done.reading.tick, datetime.fromtimestamp(done.event.taken_at, UTC))
        self.books.note_marks(done.reading.tick, done.event.taken_at)
        self._interval_s = done.reading.tick.interval_s
        self._problem, self._failures, self._try_at = None, 0, 0.0
        was_lost = self._state not in (Server.State.NEW, Server.State.UP)
        if self._become(ServerState.UP.value, "") and was_lost:
            logger.info("Server %s answers again.", self.name)
            self._outbox.news(ServerRecovered(server=self.definition.server_id, since=self._since), self.lease)
        self._wake.set()

    async def _fail(self, problem: ServerProblem) -> None:
        await self._loop.run_in_executor(self._thread, self._renew, problem)
        self._failures += 1
        self._problem = problem
        self._try_at = self._loop.time() + patience.wait_s(problem.state, self._failures, self.definition.interval_s)
        self._report(problem)

    def _report(self, problem: ServerProblem) -> None:
        if not self._may_go_on:
            return
        changed = self._become(problem.state.value, problem.detail)
        event = ServerUnreachable(
            server=self.definition.server_id, state=problem.state.value, detail=problem.detail, since=self._since
        )
        self._outbox.problem(event, self.lease)
        if changed:
            logger.info("Server %s is %s: %s", self.name, problem.state.value, problem.detail)
            self._outbox.news(event, self.lease)
        self.books.note_tick(problem, timezone.now())
        self._wake.set()

    def _become(self, state: str, detail: str) -> bool:
        """Notes the state where it or its words changed, and returns whether they did."""
        if (state, detail) == (self._state, self._detail):
            return False
        now = timezone.now()
        if state != self._state:
            self._since = now.timestamp()
        self._state, self._detail = state, detail
        self.books.note_state(StateChange(state, detail, now))
        return True
