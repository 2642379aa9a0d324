"""Thresholds: what readings mean against a limit. Told the time, so that no clock decides."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from dashboard.core.threshold_metrics import GROUP_METRICS, LASTING_METRICS, SERVER_METRICS, Metric

__all__ = [
    "GROUP_METRICS",
    "LASTING_METRICS",
    "SERVER_METRICS",
    "Comparison",
    "Limit",
    "Metric",
    "Reading",
    "Track",
    "Verdict",
    "judge",
]

_NONE = timedelta()
#: Readings further apart than this are not one continuous breach.
GAP = timedelta(seconds=5)


class Verdict(StrEnum):
    """What a threshold says about its subject now. UNKNOWN neither opens nor resolves an alert."""

    UNKNOWN = "unknown"
    OK = "ok"
    BREACHING = "breaching"  # beyond the limit, not yet for as long as the hold
    BREACHED = "breached"


class Comparison(StrEnum):
    """On which side of its limit a reading breaches. The limit itself never does."""

    ABOVE = "above"
    BELOW = "below"


class Reading(msgspec.Struct, frozen=True):
    """One value of a metric at a time. None is unknown; `at_least` marks a lower bound."""

    at: datetime
    value: float | None
    at_least: bool = False


class Limit(msgspec.Struct, frozen=True):
    """The number, its side, and how long a breach must last."""

    value: float
    comparison: Comparison = Comparison.ABOVE
    hold: timedelta = _NONE

    def breaks(self, reading: Reading) -> bool | None:
        """Whether the reading is beyond the limit; None where the reading cannot tell."""
        if reading.value is None:
            return None
        if self.comparison is Comparison.ABOVE:
            beyond = reading.value > self.value
            return None if reading.at_least and not beyond else beyond
        beyond = reading.value < self.value
        return None if reading.at_least and beyond else beyond


class Track(msgspec.Struct, frozen=True):
    """What is remembered of a subject from one reading to the next."""

    at: datetime
    verdict: Verdict
    since: datetime | None = None  # the first reading of the breach
    held: timedelta = _NONE  # how long the breach was seen, without gaps and unknown readings


def judge(track: Track | None, reading: Reading, limit: Limit, gap: timedelta = GAP) -> Track:
    """The verdict on a reading, given the track of those before it.

    An unknown reading freezes the hold, and so does a gap or a clock set back: only the time between two readings that
    both breach, no further apart than `gap`, counts. A known reading within the limit ends the breach.
    """
    before = track or Track(reading.at, Verdict.OK)
    breaks = limit.breaks(reading)
    if breaks is None:
        return Track(reading.at, Verdict.UNKNOWN, before.since, before.held)
    if not breaks:
        return Track(reading.at, Verdict.OK)
    held = before.held + _seen_since(before, reading.at, gap)
    verdict = Verdict.BREACHED if held >= limit.hold else Verdict.BREACHING
    return Track(reading.at, verdict, before.since or reading.at, held)


def _seen_since(before: Track, now: datetime, gap: timedelta) -> timedelta:
    if before.verdict not in (Verdict.BREACHING, Verdict.BREACHED):
        return _NONE
    step = now - before.at
    return step if _NONE <= step <= gap else _NONE
