"""Thresholds: what readings come to against limits, as one episode from its first breach to its end.

Told the time by the readings, so that no clock decides. A `Track` is all that is remembered from one to the next.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

import msgspec

from dashboard.core.clocks import NONE, Clock, running, stopped
from dashboard.core.readings import Doubt, Otherwise, Range, Reading, range_of
from dashboard.core.schedule import Schedule
from dashboard.core.threshold_metrics import GROUP_METRICS, LASTING_METRICS, SERVER_METRICS, Metric

__all__ = [
    "GROUP_METRICS",
    "LASTING_METRICS",
    "SERVER_METRICS",
    "Change",
    "Comparison",
    "Definition",
    "Limit",
    "Metric",
    "Reading",
    "Track",
    "Transition",
    "adopted",
    "step",
]

#: Readings further apart than this are not one continuous breach.
GAP = timedelta(seconds=5)
OUTSIDE_HOURS = "Its active hours are over."


class Comparison(StrEnum):
    """On which side of its limit a reading breaches. The limit itself never does."""

    ABOVE = "above"
    BELOW = "below"


class Limit(msgspec.Struct, frozen=True):
    """The number, its side, how long a breach of it must last, and the value at which it ends (None: the number)."""

    value: float
    comparison: Comparison = Comparison.ABOVE
    hold: timedelta = NONE
    clear: float | None = None
    severity: str = ""

    def breaks(self, span: Range, *, since_before: bool = False) -> bool | None:
        """Whether a value within the span is beyond the limit; None where it cannot tell.

        A breach that lasts `since_before` goes on until the value has come back to `clear`.
        """
        edge = self.clear if since_before and self.clear is not None else self.value
        if self.comparison is Comparison.ABOVE:
            return True if span.least > edge else False if span.most <= edge else None
        return True if span.most < edge else False if span.least >= edge else None


class Definition(msgspec.Struct, frozen=True):
    """What a threshold says: its limits, mildest first, and what counts where a value is in doubt."""

    limits: tuple[Limit, ...]
    keep_open: timedelta = NONE
    on_estimated: Otherwise = Otherwise.USE
    on_unknown: Otherwise = Otherwise.SKIP
    on_no_data: Otherwise = Otherwise.SKIP
    on_error: Otherwise = Otherwise.SKIP
    hours: Schedule | None = None
    lasting: bool = False  # what is read is a condition, and the limits are how long it may last

    @property
    def above(self) -> bool:
        """Whether values above the limits break them."""
        return self.limits[0].comparison is Comparison.ABOVE

    def span(self, reading: Reading) -> Range | None:
        """What the reading's value may be, by the threshold's word on its doubt; None: it decides nothing."""
        doubt = Doubt.UNKNOWN if reading.value is None and reading.doubt is Doubt.KNOWN else reading.doubt
        return range_of(reading, self._otherwise(doubt), above=self.above)

    def _otherwise(self, doubt: Doubt) -> Otherwise:
        if doubt is Doubt.UNKNOWN:
            return self.on_unknown
        if doubt is Doubt.NO_DATA:
            return self.on_no_data
        return self.on_error if doubt is Doubt.ERROR else self.on_estimated


class Track(msgspec.Struct, frozen=True):
    """What is remembered of a subject that breaks a limit, or did until lately. Of others there is no track."""

    at: datetime  # the last reading
    since: datetime  # the first reading of the episode
    clocks: tuple[Clock | None, ...]  # for each limit: how long it has been broken, without gaps and unknown readings
    open: tuple[bool, ...]  # for each limit: whether that was long enough, and has not ended
    level: int = -1  # the limit that the alert stands at, by its number; -1: there is no alert yet
    recovery: Clock | None = None  # how long it has been back within all limits
    recovering_since: datetime | None = None

    @property
    def runs(self) -> bool:
        """Whether a clock goes on with the next reading, so that it matters when the last one was."""
        return any(clock is not None and clock.since for clock in (*self.clocks, self.recovery))

    @property
    def lasted(self) -> timedelta:
        """How long the mildest limit has been broken, as far as it is still counted."""
        clock = self.clocks[0]
        return clock.shows(self.at) if clock else NONE


class Change(StrEnum):
    """What became of an alert."""

    OPENED = "opened"
    ESCALATED = "escalated"
    EASED = "eased"
    RECOVERING = "recovering"
    RELAPSED = "relapsed"
    RESOLVED = "resolved"


class Transition(msgspec.Struct, frozen=True):
    """One change of an alert at a reading, and the limit that it stands at since, by its number."""

    change: Change
    level: int
    reason: str = ""  # a sentence where the reading does not say it


Step = tuple[Track | None, tuple[Transition, ...]]


def step(track: Track | None, reading: Reading, definition: Definition, gap: timedelta = GAP) -> Step:
    """The track after one more reading, and what became of the alert at it.

    A reading that decides nothing freezes all clocks, and so does a gap or a clock set back: only the time between two
    readings that both break a limit, no further apart than `gap`, counts for it. The same reading again changes nothing.
    """
    if definition.hours and not _is_active(definition.hours, reading.at):
        is_open = track is not None and track.level >= 0
        return None, (Transition(Change.RESOLVED, track.level, OUTSIDE_HOURS),) if track and is_open else ()
    if (span := definition.span(reading)) is None:
        return track and _frozen(track, reading.at), ()
    if track and _is_worst(track, definition) and definition.limits[-1].breaks(span):
        return track, ()  # as most that are looked at, in a storm: no clock runs, and it cannot get graver
    before = track or Track(reading.at, reading.at, (None,) * len(definition.limits), (False,) * len(definition.limits))
    broken = _broken(before, span, definition)
    after = _levels(before, broken, reading.at, definition, gap)
    if before.level < 0:
        return _unopened(after)
    return _open(before, after) if any(after.open) else _back(before, after, broken, definition, gap)


def _is_worst(track: Track, definition: Definition) -> bool:
    return all(track.open) and not definition.lasting


@lru_cache(maxsize=256)
def _is_active(hours: Schedule, at: datetime) -> bool:  # a tick asks the same for thousands of subjects
    return hours.is_active(at)


def _frozen(track: Track, at: datetime) -> Track:
    clocks = tuple(stopped(clock, track.at) for clock in track.clocks)
    return msgspec.structs.replace(track, at=at, clocks=clocks, recovery=stopped(track.recovery, track.at))


def _broken(before: Track, span: Range, definition: Definition) -> list[bool | None]:
    pairs = zip(definition.limits, before.open, strict=True)
    return [limit.breaks(span, since_before=is_open) for limit, is_open in pairs]


def _levels(before: Track, broken: list[bool | None], at: datetime, definition: Definition, gap: timedelta) -> Track:
    """The track with each limit's clock and whether it is open, each for itself."""
    clocks: list[Clock | None] = []
    opens: list[bool] = []
    for level, (limit, breaks) in enumerate(zip(definition.limits, broken, strict=True)):
        was_open, clock = before.open[level], before.clocks[level]
        if breaks is None:
            clocks.append(stopped(clock, before.at))
            opens.append(was_open)
            continue
        clock = running(clock, before.at, at, gap) if breaks else None
        # What was open a moment ago, and is kept open still, need not hold again.
        at_once = was_open or (before.recovery is not None and level <= before.level)
        is_open = clock is not None and (at_once or clock.shows(at) >= limit.hold)
        clocks.append(None if is_open and not definition.lasting else clock)
        opens.append(is_open)
    return msgspec.structs.replace(before, at=at, clocks=tuple(clocks), open=tuple(opens))


def _unopened(after: Track) -> Step:
    level = _gravest(after.open)
    if level >= 0:
        return msgspec.structs.replace(after, level=level), (Transition(Change.OPENED, level),)
    return after if any(after.clocks) else None, ()


def _open(before: Track, after: Track) -> Step:
    level = _gravest(after.open)
    changes = [Transition(Change.RELAPSED, level)] if before.recovery else []
    if level != before.level:
        changes.append(Transition(Change.ESCALATED if level > before.level else Change.EASED, level))
    return msgspec.structs.replace(after, level=level, recovery=None, recovering_since=None), tuple(changes)


def _back(before: Track, after: Track, broken: list[bool | None], definition: Definition, gap: timedelta) -> Step:
    """Within all limits, or not known to be beyond one: the alert resolves after it was kept open."""
    if None in broken:
        return msgspec.structs.replace(after, recovery=stopped(before.recovery, before.at)), ()
    recovery = running(before.recovery, before.at, after.at, gap)
    if recovery.shows(after.at) >= definition.keep_open:
        return None, (Transition(Change.RESOLVED, before.level),)
    since = before.recovering_since or after.at
    changes = () if before.recovery else (Transition(Change.RECOVERING, before.level),)
    return msgspec.structs.replace(after, recovery=recovery, recovering_since=since), changes


def _gravest(opens: tuple[bool, ...]) -> int:
    return max((level for level, is_open in enumerate(opens) if is_open), default=-1)


def adopted(
    severity: str, definition: Definition, *, since: datetime, recovering_since: datetime | None, at: datetime
) -> Track:
    """The track of an alert that is open although nothing is remembered of it: as if each milder limit was broken, too."""
    severities = [limit.severity for limit in definition.limits]
    level = severities.index(severity) if severity in severities else len(severities) - 1
    recovery = Clock(None) if recovering_since else None
    opens = tuple(number <= level and not recovery for number in range(len(severities)))
    return Track(at, since, (None,) * len(severities), opens, level, recovery, recovering_since)
