"""Backtests from history: what a threshold would have opened on one stream or server, and the line to draw of it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from dashboard.core.backtest import Past, Point, readings, would_open
from dashboard.core.gauge import Function
from dashboard.core.readings import Otherwise
from dashboard.core.threshold_metrics import Metric
from dashboard.core.thresholds import Definition
from dashboard.history.series import Series
from dashboard.models import Threshold
from dashboard.services.definitions import definition_of, gauge_of
from dashboard.services.reaching import Reached
from dashboard.services.remembered import groups_of, known_extremes, points_of, read_past

_CHARTED = 500
_MAY_BREAK = {Otherwise.BOUND, Otherwise.ALERT}


class Line(msgspec.Struct):
    """What was judged, thinned for a chart; a row of None is a gap. Times are seconds since the epoch."""

    at: list[float] = []
    value: list[float | None] = []
    least: list[float | None] = []
    most: list[float | None] = []


class Found(msgspec.Struct, frozen=True):
    """An alert that would have been, and the group that it is of; b"": none."""

    group: bytes
    alert: Past


class Part(NamedTuple):
    """What was found, and how many groups to skip to go on; None: that was all. Seconds since the epoch."""

    found: list[Found]
    skip: int | None
    begins: float | None  # when the oldest of what is remembered is from


def backtest(
    threshold: Threshold,
    where: Reached,
    *,
    since: float,
    now: float,
    skip: int = 0,
    enough: Callable[[], bool] = lambda: False,
) -> Part:
    """The alerts that the threshold would have opened on a stream or server, of all groups in scope but the first `skip`.

    Ends early, after a group at least, where it is `enough`.
    """
    gauge, definition = gauge_of(threshold), definition_of(threshold)
    past = read_past(threshold, where, since=since, now=now)
    begins = next((series.at[0] for series in past if series.at), None)
    groups, found = groups_of(threshold, past), []
    for place, group in enumerate(groups[skip:], skip + 1):
        if not _is_calm(past, gauge.metric, group, gauge.function, definition):
            alerts = would_open(points_of(past, gauge.metric, group), gauge, definition)
            found += [Found(group, alert) for alert in alerts]
        if place < len(groups) and enough():
            return Part(found, place, begins)
    return Part(found, None, begins)


def line(threshold: Threshold, where: Reached, group: bytes, *, since: float, now: float) -> Line:
    """What the threshold would have read of one subject."""
    gauge = gauge_of(threshold)
    points = points_of(read_past(threshold, where, since=since, now=now), gauge.metric, group)
    if gauge.function is not Function.LAST:
        points = (
            Point(its.at.timestamp(), its.value, its.value, its.value, its.value)
            for its, _, _ in readings(points, gauge)
        )
    return _thinned(list(points), now)


def _is_calm(past: list[Series], metric: Metric, group: bytes, function: Function, definition: Definition) -> bool:
    """Whether a look at the extremes tells that nothing can have been opened, as nearly always."""
    doubtful = {definition.on_unknown, definition.on_estimated, definition.on_error, definition.on_no_data}
    if not doubtful.isdisjoint(_MAY_BREAK) or function in (Function.DELTA, Function.RATE):
        return False
    edge, extremes = definition.limits[0].value, known_extremes(past, metric, group, above=definition.above)
    return not any(value > edge if definition.above else value < edge for value in extremes)


def _thinned(points: Sequence[Point], now: float) -> Line:
    found, bucket = Line(), None
    if not points:
        return found
    begins = points[0].at
    width = max((now - begins) / _CHARTED, 0.001)
    for point in points:
        place = int((point.at - begins) / width)
        if point.after_hole and found.at:
            _add(found, (found.at[-1] + point.at) / 2, Point(point.at, None, None, None, None))
            bucket = None
        if place != bucket:
            _add(found, point.at, point)
            bucket = place
        else:
            found.value[-1] = point.last
            found.least[-1] = _both(min, found.least[-1], point.least)
            found.most[-1] = _both(max, found.most[-1], point.most)
    return found


def _add(found: Line, at: float, point: Point) -> None:
    for column, value in ((found.value, point.last), (found.least, point.least), (found.most, point.most)):
        column.append(value)
    found.at.append(at)


def _both(of: Callable[[float, float], float], one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return one if other is None else other
    return of(one, other)
