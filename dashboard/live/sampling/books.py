"""The books of one server: what its rounds found out and the database does not know yet.

The event loop notes, the database's thread settles. A database that does not answer delays the books and nothing else.
"""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

import msgspec
from django.db import Error as DatabaseError

from dashboard.core.lease import Lease
from dashboard.core.metrics import ServerTick
from dashboard.core.sample import ProblemKind, ServerProblem
from dashboard.live.alerts import event_of
from dashboard.live.events import Event
from dashboard.live.marks import mark_made
from dashboard.models import Alert, Server, Threshold
from dashboard.services import marking, registry
from dashboard.services.alerting import AlertChange, Judge
from dashboard.services.fencing import fenced

SAMPLED_EVERY_S = 5.0
PRESENT_EVERY_S = 60.0
#: So many marks wait at most for a database that does not answer; the oldest are left out.
MOST_MARKS = 1000
#: So many ticks of small servers wait at most for it, and fewer of larger ones: so many streams in all, but always a dozen.
MOST_TICKS, _MOST_STREAMS, _LEAST_TICKS = 300, 100_000, 12
#: Of a storm of alerts so many changes are told live a tick; the others follow with the next ones.
MOST_TOLD = 100


class StateChange(msgspec.Struct, frozen=True):
    """What a server became, and when."""

    state: str
    detail: str
    at: datetime


Ticked = tuple[ServerTick | ServerProblem, datetime]  # what a round came to, and when


class Notes(msgspec.Struct):
    """What was noted since the books were last settled: of states the latest is enough, of ticks and marks all count."""

    ticks: list[Ticked] = []
    state: StateChange | None = None
    found: set[bytes] = msgspec.field(default_factory=set)
    marks: list[marking.Seen] = []


class Books:
    """`note_…`, `take` and `put_back` belong to the event loop's thread, `settle` to the database's."""

    def __init__(self, server: Server, lease: Lease) -> None:
        self.server = server
        self._guard = partial(fenced, lease)
        self.ids: Mapping[bytes, int] = {}
        self._known: Collection[bytes] = frozenset()
        self._vanished: set[int] = set()
        self._fingerprint: tuple[object, ...] = ()
        self._judge = Judge(server.pk, guard=self._guard)
        self._notes = Notes()
        self._untold: deque[AlertChange] = deque()
        self._sampled_at: datetime | None = None
        self._is_judged = False
        self._present_at: datetime | None = None
        self._began = False

    def note_tick(self, tick: ServerTick | ServerProblem, at: datetime) -> None:
        """Notes what the last round came to, and when."""
        self._notes.ticks.append((tick, at))
        if len(self._notes.ticks) > _room_for(tick):
            del self._notes.ticks[_least_missed(self._notes.ticks)]

    def note_state(self, change: StateChange) -> None:
        """Notes that the server's state or its words changed."""
        self._notes.state = change

    def note_found(self, keys: Collection[bytes]) -> None:
        """Notes keys that discovery came upon."""
        self._notes.found.update(key for key in keys if key not in self._known)

    def note_marks(self, tick: ServerTick, taken_at: float) -> None:
        """Notes what happened up to a tick, which was taken at a moment of our clock."""
        ahead = taken_at - tick.at
        self._notes.marks += [marking.Seen(mark, mark.at + ahead) for mark in tick.marks]
        del self._notes.marks[:-MOST_MARKS]

    def take(self) -> Notes | None:
        """What is to be settled, if anything."""
        notes = self._notes
        if not notes.ticks and notes.state is None and not notes.found and not notes.marks:
            return None
        self._notes = Notes()
        return notes

    def put_back(self, notes: Notes) -> None:
        """Notes again what could not be settled; what was noted meanwhile is newer."""
        self._notes.ticks[:0] = notes.ticks
        self._notes.state = self._notes.state or notes.state
        self._notes.found |= notes.found
        self._notes.marks[:0] = notes.marks

    def refresh(self) -> None:
        """Reads the server's streams where the registry changed; raises DatabaseError."""
        fingerprint = registry.fingerprint(self.server.pk)
        if fingerprint != self._fingerprint:
            held = registry.holdings(self.server.pk)
            # Whole objects are swapped, so a round in another thread sees either the old or the new ones.
            self.ids, self._known, self._vanished = held.ids, held.known, set(held.vanished)
            self._fingerprint = fingerprint

    def settle(self, notes: Notes, now: datetime) -> list[Event]:
        """Writes the notes to the database and judges the ticks in turn; returns the alerts' events.

        Raises DatabaseError, and LeaseLost where another sampler has taken the server.
        """
        if notes.state:
            change = notes.state
            with self._guard():
                registry.record_state(self.server.pk, state=change.state, detail=change.detail, now=change.at)
        if notes.found:
            with self._guard():
                registry.record_seen(self.server, notes.found, now)
            self.refresh()
        latest = notes.ticks[-1][0] if notes.ticks else None
        if isinstance(latest, ServerTick):
            self._settle_streams(latest, now)
        if latest:
            self._settle_times(now, is_sampled=isinstance(latest, ServerTick))
        made = self._settle_marks(notes, latest, now)
        if notes.ticks:
            *earlier, (tick, ticked_at) = notes.ticks
            self.look_on(earlier)
            self._untold += self._judge.judge(tick, stream_ids=self.ids, now=ticked_at)
        return made + self._told()

    def _settle_times(self, now: datetime, *, is_sampled: bool) -> None:
        """Says when the server was sampled and judged last: every few seconds, and that it is judged at all at once."""
        judged_at = self._judge.judged_at
        if _due(self._sampled_at, SAMPLED_EVERY_S, now) or (judged_at and not self._is_judged):
            with self._guard():
                registry.record_sampled(self.server.pk, now if is_sampled else None, judged_at=judged_at)
            self._sampled_at, self._is_judged = now, judged_at is not None

    @property
    def noted(self) -> list[Ticked]:
        """The ticks that are not settled, in turn."""
        return list(self._notes.ticks)

    def look_on(self, ticks: Sequence[Ticked]) -> None:
        """Judges where the database cannot be asked: what comes of it is written when it answers. For the database's thread."""
        for tick, at in ticks:
            self._judge.look(tick, stream_ids=self.ids, now=at)

    def have_looked(self, at: datetime) -> None:
        """Ticks up to that one need not be judged again; the latest stays, for it is to be settled."""
        self._notes.ticks[:-1] = [ticked for ticked in self._notes.ticks[:-1] if ticked[1] > at]

    def _told(self) -> list[Event]:
        """The events of changes that were written; nobody hears of a watchdog's."""
        try:
            count = Alert.objects.open_count() if self._untold else 0
        except DatabaseError:
            return []  # the next tick tells of them; what was written must not be put back
        changes = [self._untold.popleft() for _ in range(min(len(self._untold), MOST_TOLD))]
        return [event_of(change, count) for change in changes if change.alert.metric != Threshold.Metric.WATCHDOG]

    def _settle_marks(self, notes: Notes, latest: ServerTick | ServerProblem | None, now: datetime) -> list[Event]:
        """Stores the marks; the last that may fail, so that none is stored twice."""
        began = not self._began and isinstance(latest, ServerTick)
        away = marking.absence(self.server.sampled_at, now) if began else None
        seen = [away, *notes.marks] if away else notes.marks
        stored = marking.record_marks(self.server.pk, seen, stream_ids=self.ids, guard=self._guard)
        self._began = self._began or began
        return [mark_made(mark) for mark in stored]

    def _settle_streams(self, tick: ServerTick, now: datetime) -> None:
        gone = {
            self.ids[key]
            for key, metrics in tick.streams.items()
            if metrics.problem and metrics.problem is ProblemKind.VANISHED and key in self.ids
        }
        # A replica cut off from its master deletes nothing: a key that it lacks was not sent to it yet.
        cut_off = tick.info is not None and tick.info.link_up is False
        if (went := gone - self._vanished) and not cut_off:
            with self._guard():
                registry.mark_vanished(went, now)
            self._vanished |= went
        if self._vanished and (back := self._read(tick) & self._vanished - gone):
            with self._guard():
                registry.mark_back(back, now)
            self._vanished -= back
        if _due(self._present_at, PRESENT_EVERY_S, now):
            with self._guard():
                registry.record_present(self.server.pk, now)
            self._present_at = now

    def _read(self, tick: ServerTick) -> set[int]:
        return {stream_id for key, stream_id in self.ids.items() if key in tick.streams}


def _least_missed(ticks: Sequence[Ticked]) -> int:
    """Which of them leaves the shortest hole; neither the first nor the last."""
    return min(range(1, len(ticks) - 1), key=lambda number: ticks[number + 1][1] - ticks[number - 1][1])


def _room_for(tick: ServerTick | ServerProblem) -> int:
    streams = len(tick.streams) if isinstance(tick, ServerTick) else 1
    return max(_LEAST_TICKS, min(MOST_TICKS, _MOST_STREAMS // max(1, streams)))


def _due(last: datetime | None, every_s: float, now: datetime) -> bool:
    return last is None or abs((now - last).total_seconds()) >= every_s  # abs: the clock may have been set back
