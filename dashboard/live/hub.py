"""The hub: one a process and event loop. It takes each event once from the channel layer and hands it to every socket.

The channel layer carries one message a server and tick to each process, however many sockets watch. Each distinct view of
a sample is cut and encoded once. A hub runs while it has sockets. When it cannot hear the channel layer it closes them
all: browsers then know that they are not live, and begin anew with the latest facts, so no alert is missed unnoticed.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from typing import Any, ClassVar, Protocol
from weakref import WeakKeyDictionary

import msgspec
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import DatabaseError
from django.utils import timezone
from redis.exceptions import RedisError

from dashboard.live import publish, slices
from dashboard.live.events import Event, SampleTaken, ServerRecovered, ServerUnreachable
from dashboard.live.latest import read_latest
from dashboard.live.slices import NO_ROWS, Frame, Rows, View
from dashboard.live.standing import EVENT_PERMISSIONS, WATCH_PERMISSION, Standing, read_standings
from dashboard.live.topics import NEWS_TOPIC, server_topic
from dashboard.models import Server

logger = logging.getLogger(__name__)

SIGNED_OUT = 4401
FORBIDDEN = 4403
NOT_READING = 4408
TOO_MUCH = 4429
INTERRUPTED = 4503

#: Seconds between two looks at every socket's session, account and permissions.
RECHECK_S = 5.0
#: Without a database nobody's standing can be read; so long it is trusted.
TRUSTED_S = 60.0
_BEAT_S = 1.0
_BEATS_UNHEARD = 4  # so many of our own without an echo: our Redis hangs
_TIMEOUT_S = 2.0
_SOCKETS_A_TURN = 50  # then other tasks may run: acknowledgements, pages

_LayerError = (RedisError, OSError, TimeoutError)


class Member(Protocol):
    """What the hub knows of a socket."""

    session_key: str
    view: View
    standing: Standing
    closed: bool

    async def take_sample(self, server: int, frame: Frame) -> None:
        """Sends the frame, or keeps it while the browser lags."""

    async def take_event(self, frame: Frame) -> None:
        """Sends the frame, or queues it while the browser lags."""

    async def drop_sample(self, server: int) -> None:
        """Forgets a sample that is held of the server."""

    async def close(self, code: int) -> None:
        """Ends the connection."""

    def is_overdue(self, now: float) -> bool:
        """True where the browser has stopped acknowledging."""


class Hub:
    """The sockets of one event loop, and what they watch."""

    _hubs: ClassVar[WeakKeyDictionary[asyncio.AbstractEventLoop, "Hub"]] = WeakKeyDictionary()

    def __init__(self) -> None:
        self.members: set[Member] = set()
        self._loop = asyncio.get_running_loop()
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._forget()

    def _forget(self) -> None:
        self._channel = ""
        self._topics: set[str] = set()
        self._known: frozenset[int] = frozenset()
        self._latest: dict[int, SampleTaken] = {}
        self._problems: dict[int, ServerUnreachable] = {}
        self._fresh: dict[int, SampleTaken] = {}
        self._news: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._asked = asyncio.Event()
        self._beats_unheard = 0
        self._was_cut = False
        self._checked_at = time.monotonic()

    @classmethod
    def here(cls) -> "Hub":
        """The hub of the running event loop."""
        loop = asyncio.get_running_loop()
        if loop not in cls._hubs:
            cls._hubs[loop] = cls()
        return cls._hubs[loop]

    @classmethod
    def recheck_everywhere(cls) -> None:
        """Has every hub of this process look at its sockets' standing now; callable from any thread."""
        for loop, hub in list(cls._hubs.items()):
            with contextlib.suppress(RuntimeError):  # its loop has ended
                loop.call_soon_threadsafe(hub._asked.set)

    # Coming and going

    async def join(self, member: Member) -> None:
        """Lets the socket have events; raises RedisError, OSError or TimeoutError where none can come."""
        async with self._lock:
            if self._task is None or self._task.done():
                await self._start()
            self.members.add(member)

    async def leave(self, member: Member) -> None:
        """Gives the socket nothing more; the last one ends the hub's work."""
        async with self._lock:
            self.members.discard(member)
            if not self.members:
                await self._stop()
            else:
                await self._subscribe()

    async def watch(self, member: Member) -> None:
        """Sends what is known of what the socket now watches, then keeps it up to date. Raises as `join` does."""
        async with self._lock:
            if member.view.everything:
                self._known = await database_sync_to_async(_read_servers)()
            await self._subscribe()
            servers = member.view.servers_among(self._known)
            await self._learn(servers)
        for server in sorted(servers):
            await self._tell(member, server)

    async def _tell(self, member: Member, server: int) -> None:
        if sample := self._latest.get(server):
            await member.take_sample(server, slices.encode(slices.cut(sample, member.view.rows_of(server))))
        if problem := self._problems.get(server):
            await self._take_news([member], problem)

    # Beginning and end

    async def _start(self) -> None:
        self._forget()
        layer = get_channel_layer()
        async with asyncio.timeout(_TIMEOUT_S):
            self._channel = await layer.new_channel()
            await layer.group_add(NEWS_TOPIC, self._channel)
        self._topics = {NEWS_TOPIC}
        self._listen_for_cuts(layer)
        self._task = asyncio.create_task(self._run())

    async def _stop(self) -> None:
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None
        await self._unsubscribe()

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                for work in (self._receive, self._deliver, self._keep_time, self._recheck):
                    tasks.create_task(work())
        except* Exception as problems:
            if isinstance(problems.exceptions[0], _LayerError):
                logger.warning("the channel layer does not answer (%s): sockets closed", problems.exceptions[0])
            else:
                logger.error("the hub failed: sockets closed", exc_info=problems)
            await self._give_up()

    async def _give_up(self) -> None:
        # With the lock: who joins meanwhile waits, and then starts the hub anew.
        async with self._lock:
            for member in list(self.members):
                await member.close(INTERRUPTED)
            self.members.clear()
            await self._unsubscribe()
            self._task = None

    async def _unsubscribe(self) -> None:
        layer = get_channel_layer()
        topics, self._topics = self._topics, set()
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                for topic in topics:
                    await layer.group_discard(topic, self._channel)
        except _LayerError:
            # A layer that lost its server half-way is not to be trusted: it begins anew, with new connections.
            with contextlib.suppress(*_LayerError):
                async with asyncio.timeout(_TIMEOUT_S):
                    await layer.flush()

    async def _subscribe(self) -> None:
        """Makes the topics those of the servers that somebody watches; call with the lock."""
        wanted = {NEWS_TOPIC} | {
            server_topic(server) for member in self.members for server in member.view.servers_among(self._known)
        }
        layer = get_channel_layer()
        async with asyncio.timeout(_TIMEOUT_S):
            for topic in wanted - self._topics:
                await layer.group_add(topic, self._channel)
                self._topics.add(topic)
            for topic in self._topics - wanted:
                await layer.group_discard(topic, self._channel)
                self._topics.discard(topic)
        self._listen_for_cuts(layer)

    def _listen_for_cuts(self, layer: Any) -> None:
        # The layer connects again by itself and tells nobody, but what was sent meanwhile is lost. It has no public way
        # to learn of it; a layer of another kind, or a later one, merely goes without.
        shards = getattr(layer._get_layer(), "_shards", ()) if hasattr(layer, "_get_layer") else ()
        for shard in shards:
            if connection := getattr(getattr(shard, "_pubsub", None), "connection", None):
                connection.register_connect_callback(self._note_cut)

    def _note_cut(self, _: object) -> None:
        self._was_cut = True

    async def _learn(self, servers: frozenset[int]) -> None:
        """Reads the latest word on servers of which nothing was heard yet; a word that arrives meanwhile is later."""
        missing = sorted(servers - self._latest.keys() - self._problems.keys())
        try:
            words = await read_latest(missing)
        except msgspec.DecodeError as error:  # written by another version of ours
            logger.warning("the latest samples cannot be read: %s", error)
            return
        for server, latest in words.items():
            if server in self._latest or server in self._problems:
                continue
            if latest.sample:
                self._latest[server] = latest.sample
            if latest.problem:
                self._problems[server] = latest.problem

    # From the channel layer

    async def _receive(self) -> None:
        layer = get_channel_layer()
        while True:
            message = await layer.receive(self._channel)
            if message["type"] == "beat":
                self._beats_unheard = 0
                continue
            try:
                self._take(publish.decode(message["body"]))
            except msgspec.DecodeError as error:
                logger.error("an event that cannot be read was left out: %s", error)

    def _take(self, event: Event) -> None:
        match event:
            case SampleTaken():
                self._latest[event.server] = event
                self._problems.pop(event.server, None)
                self._fresh[event.server] = event  # the latest wins here too, should we be slower than the samplers
            case _:
                self._note(event)
                self._news.append(event)
        self._arrived.set()

    def _note(self, event: Event) -> None:
        if isinstance(event, ServerUnreachable):
            self._problems[event.server] = event
            self._fresh.pop(event.server, None)
        elif isinstance(event, ServerRecovered):
            self._problems.pop(event.server, None)

    # To the sockets

    async def _deliver(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._news or self._fresh:
                if self._news:
                    await self._take_news(list(self.members), self._news.popleft())
                else:
                    await self._take_sample(self._fresh.pop(next(iter(self._fresh))))
                await asyncio.sleep(0)

    async def _take_sample(self, sample: SampleTaken) -> None:
        frames: dict[Rows, Frame] = {}
        for turn, member in enumerate(list(self.members)):
            rows = member.view.rows_of(sample.server)
            if rows == NO_ROWS:
                continue
            if rows not in frames:
                frames[rows] = slices.encode(slices.cut(sample, rows))
            await member.take_sample(sample.server, frames[rows])
            if turn % _SOCKETS_A_TURN == 0:
                await asyncio.sleep(0)

    async def _take_news(self, members: list[Member], event: Event) -> None:
        frame = slices.encode(event)
        needed = EVENT_PERMISSIONS[str(type(event).__struct_config__.tag)]
        for member in members:
            if needed not in member.standing.permissions:
                continue
            if isinstance(event, ServerUnreachable):
                await member.drop_sample(event.server)
            await member.take_event(frame)

    # By the clock

    async def _keep_time(self) -> None:
        layer = get_channel_layer()
        while True:
            # Counted, not timed: a loop that was busy for seconds is not deaf.
            if self._beats_unheard >= _BEATS_UNHEARD:
                raise TimeoutError("no echo")
            if self._was_cut:
                raise ConnectionError("the subscription was cut off")
            self._beats_unheard += 1
            async with asyncio.timeout(_TIMEOUT_S):
                await layer.send(self._channel, {"type": "beat"})
            await asyncio.sleep(_BEAT_S)
            now = time.monotonic()
            for member in list(self.members):
                if member.is_overdue(now):
                    await member.close(NOT_READING)

    async def _recheck(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RECHECK_S):
                    await self._asked.wait()
            self._asked.clear()
            try:
                await self._check_standings()
            except DatabaseError as error:
                logger.warning("nobody's standing can be read: %s", type(error).__name__)
                if time.monotonic() - self._checked_at > TRUSTED_S:
                    raise

    async def _check_standings(self) -> None:
        members = list(self.members)
        keys = {member.session_key for member in members}
        standings, self._known = await database_sync_to_async(_read_all)(keys)
        self._checked_at = time.monotonic()
        for member in members:
            await self._settle(member, standings.get(member.session_key))
        async with self._lock:
            await self._subscribe()

    async def _settle(self, member: Member, standing: Standing | None) -> None:
        if refusal := refusal_of(standing):
            await member.close(refusal)
        elif standing is not None:
            member.standing = standing


def refusal_of(standing: Standing | None) -> int | None:
    """The close code for somebody who may not watch, None for others."""
    if standing is None:
        return SIGNED_OUT
    return None if WATCH_PERMISSION in standing.permissions else FORBIDDEN


def _read_servers() -> frozenset[int]:
    return frozenset(Server.objects.enabled().values_list("pk", flat=True))


def _read_all(session_keys: set[str]) -> tuple[dict[str, Standing], frozenset[int]]:
    return read_standings(session_keys, timezone.now()), _read_servers()
