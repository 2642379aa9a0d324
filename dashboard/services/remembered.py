"""What history remembers of what a threshold reads, as points that a judge can be told."""

from collections.abc import Iterator, Sequence

from django.conf import settings

from dashboard.core.backtest import Point
from dashboard.core.readings import Doubt
from dashboard.core.threshold_metrics import GROUP_METRICS, SERVER_METRICS, STREAM_METRICS, Metric
from dashboard.history import reading
from dashboard.history.metrics import Column, Kind, Subject, Track
from dashboard.history.resolutions import Level
from dashboard.history.series import Series
from dashboard.models import Threshold
from dashboard.services.definitions import scope_of
from dashboard.services.reaching import Reached

#: The column of history behind each metric; of a share, what it is a share of. Others are not kept.
COLUMNS: dict[Metric, tuple[str, ...]] = {
    Metric.LENGTH: ("length",),
    Metric.ADDED_PER_S: ("added_per_s",),
    Metric.MEMORY_BYTES: ("memory_bytes",),
    Metric.LAG: ("lag",),
    Metric.TIME_LAG_S: ("time_lag_s",),
    Metric.PENDING: ("pending",),
    Metric.DELIVERED_PER_S: ("delivered_per_s",),
    Metric.ACKED_PER_S: ("acked_per_s",),
    Metric.OLDEST_PENDING_S: ("oldest_pending_s",),
    Metric.GHOSTS: ("ghosts",),
    Metric.LOST: ("lost",),
    Metric.LIVE_CONSUMERS: ("live_consumers",),
    Metric.DEAD_CONSUMERS: ("dead_consumers",),
    Metric.SERVER_MEMORY_BYTES: ("used_memory_bytes",),
    Metric.SERVER_MEMORY_PERCENT: ("used_memory_bytes", "max_memory_bytes"),
    Metric.EVICTED_PER_S: ("evicted_per_s",),
    Metric.REJECTED_PER_S: ("rejected_per_s",),
    Metric.REPLICAS: ("replicas",),
}
#: Columns that say how sure another one is, by what they tell of.
_DOUBTS = {"lag": "lag_quality", "time_lag_s": "time_lag_estimated", "added_per_s": "added_at_least"}
#: A column that is there wherever something was sampled.
_PRESENCE = {"group": "pending", "stream": "length", "server": "round_trip_ms"}
_MOST_POINTS = 1_000_000


def is_kept(metric: Metric) -> bool:
    """Whether history remembers the metric."""
    return metric in COLUMNS


def steps_of(*, since: float, now: float) -> list[tuple[float, float, int]]:
    """The range in stretches (since, until, seconds of a step; 0: every sample), each as finely as it is remembered."""
    found: list[tuple[float, float, int]] = []
    until = now
    levels: Sequence[Level] = settings.HISTORY_LEVELS
    for level in levels:
        begin = max(since, now - level.kept_s)
        if begin < until:
            found.insert(0, (begin, until, level.step_s))
            until = begin
    return found


def read_past(threshold: Threshold, where: Reached, *, since: float, now: float) -> list[Series]:
    """What is remembered of a stream or server, one series a stretch, oldest first."""
    kind = Kind.SERVER if where.stream_id is None else Kind.STREAM
    subject = Subject(kind, where.server_id if where.stream_id is None else where.stream_id)
    columns = COLUMNS[Metric(threshold.metric)]
    wanted = {*columns, *_PRESENCE.values(), *(_DOUBTS[name] for name in columns if name in _DOUBTS)}
    return [
        reading.read(subject, since=begin, until=until, metrics=wanted, now=now, most=_MOST_POINTS)
        for begin, until, _ in steps_of(since=since, now=now)
    ]


def groups_of(threshold: Threshold, past: list[Series]) -> list[bytes]:
    """The groups in scope that are remembered; of a metric that is not a group's the empty name alone."""
    metric, scope = Metric(threshold.metric), scope_of(threshold)
    if metric not in GROUP_METRICS:
        return [b""]
    names = {name for series in past for name in series.groups}
    return sorted(name for name in names if scope.holds_group(name))


def _tracks(series: Series, metric: Metric, group: bytes) -> dict[str, Track]:
    if metric in STREAM_METRICS | SERVER_METRICS:
        return series.own
    return series.groups.get(group, {})


def points_of(past: list[Series], metric: Metric, group: bytes) -> Iterator[Point]:
    """The points of all stretches in order; a row with nothing sampled is a hole before the next one."""
    after_hole, seen = True, float("-inf")
    for series in past:
        count, tracks = len(series.at), _tracks(series, metric, group)
        values = _values(tracks, COLUMNS[metric], count)
        place = "server" if metric in SERVER_METRICS else "group" if metric in GROUP_METRICS else "stream"
        present = _column(tracks, _PRESENCE[place], count)
        doubts = _column(tracks, _DOUBTS.get(COLUMNS[metric][0], ""), count)
        lengths = _column(series.own, "length", count)
        for row, at in enumerate(series.at):
            last = values.last[row]
            if at <= seen or (last is None and present[row] is None):
                after_hole = after_hole or at > seen
                continue
            doubt, at_least = _doubt(metric, doubts[row])
            yield Point(
                at=at,
                least=values.least[row],
                mean=values.mean[row],
                most=values.most[row],
                last=last,
                step_s=series.step_s or 0.0,
                doubt=doubt,
                at_least=at_least,
                bound=lengths[row] if metric is Metric.LAG else None,
                after_hole=after_hole,
            )
            after_hole, seen = False, at


def _column(tracks: dict[str, Track], name: str, count: int) -> Column:
    return tracks[name].most if name in tracks else [None] * count


def _values(tracks: dict[str, Track], columns: tuple[str, ...], count: int) -> Track:
    unknown: Column = [None] * count
    part, *whole = (tracks.get(name, Track(unknown, unknown, unknown, unknown)) for name in columns)
    if not whole:
        return part
    return Track(*(_shares(one, other) for one, other in zip(part, whole[0], strict=True)))


def _shares(part: Column, whole: Column) -> Column:
    pairs = zip(part, whole, strict=True)
    return [100 * one / other if one is not None and other else None for one, other in pairs]


def _doubt(metric: Metric, code: float | None) -> tuple[Doubt, bool]:
    """What a stored code means for a reading, as core.views says it of a live one."""
    if metric is Metric.LAG:
        return (Doubt.ESTIMATED if code == 2 else Doubt.KNOWN), code == 3
    if metric is Metric.TIME_LAG_S:
        return (Doubt.ESTIMATED if code else Doubt.KNOWN), False
    return Doubt.KNOWN, bool(code) and metric is Metric.ADDED_PER_S


def known_extremes(past: list[Series], metric: Metric, group: bytes, *, above: bool) -> Iterator[float]:
    """The greatest, or with `above` False the least, known value of each stretch that has one."""
    for series in past:
        track = _values(_tracks(series, metric, group), COLUMNS[metric], len(series.at))
        known = [value for value in (track.most if above else track.least) if value is not None]
        if known:
            yield max(known) if above else min(known)
