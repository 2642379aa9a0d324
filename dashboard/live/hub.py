"""The hub: one a process and event loop. It takes each event once from the channel layer and hands it to every socket.

The channel layer carries one message a server and tick to each process, however many sockets watch. A hub runs while it
has sockets. When it cannot hear the channel layer it closes them all: browsers then know that they are not live, and
begin anew with the latest facts, so no alert is missed unnoticed.
"""

import asyncio
import contextlib
import logging
import time
from typing import ClassVar
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.db import DatabaseError
from django.utils import timezone

from dashboard.live.serving.desk import Wish
from dashboard.live.serving.handing import Member, hand_out
from dashboard.live.serving.known import LastWords, Waiting
from dashboard.live.serving.listings import Listings
from dashboard.live.serving.standing import WATCH_PERMISSION, Standing, read_standings
from dashboard.live.serving.subscription import LAYER_ERRORS, Subscription
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
        self._subscription = Subscription()
        self._words = LastWords()
        self._waiting = Waiting()
        self._listings = Listings(self._words)
        self._servers: frozenset[int] = frozenset()  # all that are registered and enabled
        self._asked = asyncio.Event()
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
            self._listings.drop(member)
            if not self.members:
                await self._stop()
            else:
                await self._subscribe()

    async def watch(self, member: Member) -> None:
        """Sends what is known of what the socket now watches, then keeps it up to date. Raises as `join` does."""
        async with self._lock:
            await self._subscribe()
            servers = member.view.all_servers
            await self._words.learn(servers)
        for server in sorted(servers):
            for event in (self._words.samples.get(server), self._words.problems.get(server)):
                if event:
                    await hand_out(event, [member])

    async def begin_list(self, member: Member, wish: Wish) -> None:
        """Sends the rows that the socket wants to see, now and from now on. Raises as `join` does."""
        async with self._lock:
            if member not in self.members:
                return  # closed meanwhile
            if not self._listings:
                self._servers = await database_sync_to_async(_read_servers)()
            self._listings.put(member, wish)
            await self._subscribe()
            await self._words.learn(self._servers)
            self._listings.start(member)

    async def end_list(self, member: Member) -> None:
        """Sends no rows any more. Raises as `join` does."""
        async with self._lock:
            self._listings.drop(member)
            await self._subscribe()

    async def _subscribe(self) -> None:
        """Makes the topics those of the servers that somebody watches, all where somebody lists; call with the lock."""
        watched = {server for member in self.members for server in member.view.all_servers}
        if self._listings:
            watched |= self._servers
        await self._subscription.change({NEWS_TOPIC, *map(server_topic, watched)})

    # Beginning and end

    async def _start(self) -> None:
        self._forget()
        await self._subscription.change({NEWS_TOPIC})
        self._task = asyncio.create_task(self._run())

    async def _stop(self) -> None:
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None
        await self._subscription.close()

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                for work in (self._receive, self._deliver, self._listings.run, self._keep_time, self._recheck):
                    tasks.create_task(work())
        except* Exception as problems:
            if isinstance(problems.exceptions[0], LAYER_ERRORS):
                words = str(problems.exceptions[0]) or type(problems.exceptions[0]).__name__
                logger.warning("the channel layer does not answer (%s): sockets closed", words)
            else:
                logger.error("the hub failed: sockets closed", exc_info=problems)
            await self._give_up()

    async def _give_up(self) -> None:
        # With the lock: who joins meanwhile waits, and then starts the hub anew.
        async with self._lock:
            for member in list(self.members):
                await member.close(INTERRUPTED)
            for member in self.members:
                self._listings.drop(member)
            self.members.clear()
            await self._subscription.close()
            self._task = None

    # What it does all the time

    async def _receive(self) -> None:
        while True:
            event = await self._subscription.next_event()
            self._words.take(event)
            self._waiting.put(event)
            self._listings.note(event)

    async def _deliver(self) -> None:
        while True:
            await hand_out(await self._waiting.take(), self.members)
            await asyncio.sleep(0)

    async def _keep_time(self) -> None:
        while True:
            await self._subscription.beat()
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
        standings, self._servers = await database_sync_to_async(_read_all)(keys)
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
