"""Listings: who lists what, and when they are told. The work is done in a thread, for everybody in one go."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from channels.db import database_sync_to_async
from django.db import Error

from dashboard.live.events import AlertChanged, AlertOpened, AlertResolved, Event, SampleTaken
from dashboard.live.serving import catalogue, slices
from dashboard.live.serving.catalogue import Catalogue
from dashboard.live.serving.desk import Desk, Order, Wish
from dashboard.live.serving.handing import Member
from dashboard.live.serving.known import LastWords
from dashboard.live.serving.slices import Frame

logger = logging.getLogger(__name__)

#: Seconds between two listings to everybody, however many servers tick meanwhile.
GAP_S = 0.5
#: Seconds between two looks at whether the catalogue is still right.
CHECK_S = 2.0
ALERTS_PERMISSION = "dashboard.view_alert"
_MEMBERS_A_TURN = 50


#: A wish, and the order that its socket was given last.
_Ask = tuple[Wish, Order | None]


@dataclass
class _Listener:
    """What a socket wants to see, and the order that it was given last."""

    wish: Wish
    order: Order | None = None
    waits: bool = False  # it has asked and was not answered yet


class Listings:
    """The listings of one hub."""

    def __init__(self, words: LastWords) -> None:
        self._words = words
        self._listeners: dict[Member, _Listener] = {}
        self._desk = Desk()
        self._catalogue: Catalogue | None = None
        self._look_at = float("-inf")
        self._wake = asyncio.Event()
        self._stale = True  # something was heard that not everybody has been told of

    def __bool__(self) -> bool:
        return bool(self._listeners)

    def put(self, member: Member, wish: Wish) -> None:
        """Notes what the member wants to see."""
        before = self._listeners.get(member)
        same = before is not None and before.wish.text == wish.text
        self._listeners[member] = _Listener(wish, before.order if same and before else None)

    def start(self, member: Member) -> None:
        """Has the member told what it wants to see at once, and from now on."""
        if listener := self._listeners.get(member):
            listener.waits = True
            self._wake.set()

    def drop(self, member: Member) -> None:
        """Tells the member nothing more."""
        self._listeners.pop(member, None)

    def note(self, event: Event) -> None:
        """Hears of everything that happens."""
        if isinstance(event, AlertOpened | AlertResolved | AlertChanged):
            # Soon: alerts come in crowds.
            self._look_at = min(self._look_at, time.monotonic() + GAP_S)
        elif isinstance(event, SampleTaken):
            self._stale = True
            if self._listeners:
                self._wake.set()

    # What it does all the time

    async def run(self) -> None:
        """Tells everybody what they want to see, once a gap, and who has just asked at once."""
        told_at = float("-inf")
        while True:
            await self._woken(told_at + GAP_S)
            if not self._listeners or not await self._look():
                continue
            everybody = self._stale and time.monotonic() - told_at >= GAP_S
            if everybody:
                told_at, self._stale = time.monotonic(), False
            listeners = {
                member: listener for member, listener in self._listeners.items() if everybody or listener.waits
            }
            if listeners:
                await self._tell(listeners)

    async def _woken(self, gap_ends_at: float) -> None:
        """Waits until somebody asks, something is heard that may be told, or the catalogue has to be looked at."""
        until = None
        if self._listeners:
            now = time.monotonic()
            until = max(0.0, (min(gap_ends_at, self._look_at) if self._stale else self._look_at) - now)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(until):
                await self._wake.wait()
        self._wake.clear()

    async def _look(self) -> bool:
        """Whether there is a catalogue to list from; where it is time, looks whether it is still right."""
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + CHECK_S
            before = self._catalogue
            try:
                self._catalogue = await database_sync_to_async(catalogue.current)()
            except Error as error:
                logger.warning("the registry cannot be read: %s", type(error).__name__)
            self._stale |= self._catalogue is not before
        return self._catalogue is not None

    async def _tell(self, listeners: dict[Member, _Listener]) -> None:
        asks = [
            (
                replace(listener.wish, alerts=ALERTS_PERMISSION in member.standing.permissions),
                listener.order,
            )
            for member, listener in listeners.items()
        ]
        wanted = [listener.wish for listener in self._listeners.values()]
        done = await asyncio.to_thread(self._work, asks, dict(self._words.samples), wanted)
        for turn, ((member, listener), answer) in enumerate(zip(listeners.items(), done, strict=True)):
            listener.waits = False
            if answer and self._listeners.get(member) is listener and not member.closed:
                frame, listener.order = answer
                await member.take_listing(frame)
            if turn % _MEMBERS_A_TURN == 0:
                await asyncio.sleep(0)

    def _work(
        self, asks: Sequence[_Ask], samples: Mapping[int, SampleTaken], wanted: Sequence[Wish]
    ) -> list[tuple[Frame, Order] | None]:
        """A frame for each wish, the same one for all that want to see the same; None where that failed."""
        assert self._catalogue is not None  # noqa: S101 - _look has seen to it
        self._desk.lay_out(self._catalogue, samples)
        now = time.monotonic()
        frames: dict[object, Frame] = {}
        done: list[tuple[Frame, Order] | None] = []
        for wish, held in asks:
            try:
                order = self._desk.order(wish, now, held=held)
                key = (replace(wish, hold=False), id(order))
                if key not in frames:
                    frames[key] = slices.encode(self._desk.listing(wish, order))
                done.append((frames[key], order))
            except Exception:
                # Any error: what one person asks for must not take the listing from the others.
                logger.exception("a listing failed")
                done.append(None)
        self._desk.forget_all_but(wanted)
        return done
