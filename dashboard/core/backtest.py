"""Backtests: the alerts that a threshold would have opened over what is remembered. The very step that judges live samples.

What is older is remembered by steps, of which the least, the most and the last value are known and the order is not. So a step
is judged by three readings: from the extreme that is nearer to what was before, over the other one, to the last. A breach
that lasted all step long is seen to last; when within a step one began or ended is not known better than the step.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from dashboard.core.gauge import Function, Gauge
from dashboard.core.readings import Doubt, Reading
from dashboard.core.subjects import SERVER
from dashboard.core.thresholds import GAP, Change, Definition, Track, step
from dashboard.core.windows import Window

_EVER = timedelta(days=400)


class Point(msgspec.Struct, frozen=True, gc=False):
    """A sample, or a step that begins at `at` and lasts `step_s`; None: it was sampled, and is unknown.

    `after_hole`: nothing was sampled just before it.
    """

    at: float
    least: float | None
    mean: float | None
    most: float | None
    last: float | None
    step_s: float = 0.0
    doubt: Doubt = Doubt.KNOWN
    at_least: bool = False
    bound: float | None = None  # the greatest that a value in doubt can be
    after_hole: bool = False


class Past(msgspec.Struct, frozen=True):
    """An alert that would have been: seconds since the epoch; `until` None: it would be open still."""

    since: float
    until: float | None
    severity: str  # the gravest that it had
    value: float | None  # the worst


class Paced(NamedTuple):
    """A reading, how far back it may follow another one without a gap, and whether it stands for a part of a step."""

    reading: Reading
    gap: timedelta
    of_step: bool


def would_open(points: Iterable[Point], gauge: Gauge, definition: Definition) -> list[Past]:
    """The alerts, oldest first."""
    found: list[Past] = []
    track: Track | None = None
    is_open = False
    for reading, gap, of_step in readings(points, gauge):
        before = track
        track, transitions = step(before, reading, definition, gap)
        for transition in transitions:
            is_open = transition.change is not Change.RESOLVED
            at = _held(before, transition.level, definition) if of_step and is_open else None
            found = _changed(found, transition.change, transition.level, reading, at or reading.at, definition)
        if is_open and reading.value is not None:
            worst = (max if definition.above else min)(reading.value, _known(found[-1].value, reading.value))
            found[-1] = msgspec.structs.replace(found[-1], value=worst)
    return found


def _changed(
    found: list[Past], change: Change, level: int, reading: Reading, at: datetime, definition: Definition
) -> list[Past]:
    severity = definition.limits[level].severity
    if change is Change.OPENED:
        return [*found, Past(at.timestamp(), None, severity, reading.value)]
    if change is Change.RESOLVED:
        return [*found[:-1], msgspec.structs.replace(found[-1], until=at.timestamp())]
    if change is Change.ESCALATED:
        names = [limit.severity for limit in definition.limits]
        graver = max(found[-1].severity, severity, key=names.index)
        return [*found[:-1], msgspec.structs.replace(found[-1], severity=graver)]
    return found


def _held(before: Track | None, level: int, definition: Definition) -> datetime | None:
    """When a limit had been broken for as long as its hold: between two readings, where all between them broke it."""
    clock = before.clocks[level] if before else None
    return clock.since + definition.limits[level].hold if clock and clock.since else None


def readings(points: Iterable[Point], gauge: Gauge) -> Iterator[Paced]:
    """What a judge would have been told, of the gauge's function where it has one."""
    if gauge.function is not Function.LAST:
        yield from _windowed(points, gauge)
        return
    before: float | None = None
    for point in points:
        gap = GAP if point.after_hole else _EVER
        for at, value in _within(point, before):
            yield Paced(_reading(point, at, value), gap, bool(point.step_s))
            gap = _EVER
        before = point.last


def _within(point: Point, before: float | None) -> list[tuple[float, float | None]]:
    if not point.step_s or point.least == point.most:
        ends = (point.at, point.at + point.step_s) if point.step_s else (point.at,)
        return [(at, point.last) for at in ends]
    least, most = _known(point.least, 0.0), _known(point.most, 0.0)
    nearer_to_most = before is not None and abs(before - most) < abs(before - least)
    first, second = (most, least) if nearer_to_most else (least, most)
    return [(point.at, first), (point.at + point.step_s / 2, second), (point.at + point.step_s, point.last)]


def _reading(point: Point, at: float, value: float | None) -> Reading:
    doubt = Doubt.UNKNOWN if value is None else point.doubt
    return Reading(_moment(at), value, point.at_least, doubt, point.bound)


def _windowed(points: Iterable[Point], gauge: Gauge) -> Iterator[Paced]:
    window, rows = Window(gauge), {SERVER: 0}
    for point in points:
        at = point.at + point.step_s
        window.take(at, [(SERVER, _taken(point, gauge.function))])
        value = window.column(at, rows, rows)[0]
        doubt = Doubt.UNKNOWN if value is None else Doubt.KNOWN
        yield Paced(Reading(_moment(at), value, doubt=doubt), GAP if point.after_hole else _EVER, False)


def _taken(point: Point, function: Function) -> float | None:
    if function is Function.LEAST:
        return point.least
    if function is Function.MOST:
        return point.most
    return point.mean if function is Function.AVERAGE else point.last


def _known(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
