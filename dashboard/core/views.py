"""Views: what thresholds see of a server at one moment, a tick's numbers or that there are none."""

from collections.abc import Mapping
from datetime import datetime

from dashboard.core.columns import Column, column_of
from dashboard.core.gauge import Function, Gauge
from dashboard.core.metrics import GroupMetrics, LagQuality, ServerTick
from dashboard.core.readings import Doubt, Reading
from dashboard.core.sample import ProblemKind, ServerProblem, ServerState
from dashboard.core.subjects import Gone, Layout, Subject
from dashboard.core.threshold_metrics import CONSUMER_METRICS, GROUP_METRICS, SERVER_METRICS, Metric

_NO_RANGE = (float("inf"), float("-inf"))
#: A server that loads its data answers soon: neither reachable nor not.
_UNREACHABLE = frozenset(set(ServerState) - {ServerState.UP, ServerState.LOADING})
_NO_COLUMNS: Mapping[Gauge, Column] = {}


class TickView:
    """The readings of one tick, by gauge and subject. `windows` are the columns of gauges that look back."""

    def __init__(
        self, tick: ServerTick, layout: Layout, now: datetime, windows: Mapping[Gauge, Column] = _NO_COLUMNS
    ) -> None:
        self.tick, self.layout, self.now = tick, layout, now
        self.streams = list(tick.streams.values())
        self.groups = [group for stream in self.streams for group in stream.groups]
        self._columns: dict[Gauge, Column] = dict(windows)
        self._ranges: dict[Gauge, tuple[float, float]] = {}

    def range(self, gauge: Gauge) -> tuple[float, float]:
        """The least and the most of the gauge's known values; least above most where none is known."""
        if gauge not in self._ranges:
            self._ranges[gauge] = _range(self.column(gauge))
        return self._ranges[gauge]

    def column(self, gauge: Gauge) -> Column:
        """The gauge's value in each row; None where it is unknown."""
        if gauge not in self._columns:
            self._columns[gauge] = column_of(gauge, self.tick, self.streams, self.groups)
        return self._columns[gauge]

    def reading(self, gauge: Gauge, subject: Subject) -> Reading | Gone:
        """The subject's reading, with its doubt, or how the subject ended."""
        metric = gauge.metric
        if metric in SERVER_METRICS:
            return _plain(self.now, self.column(gauge)[0])
        row = self.layout.rows(metric).get(subject)
        if metric is not Metric.NO_DATA_S and (gone := self._gone(subject)):
            return gone
        if row is None:
            return self._without_row(metric, subject)
        if (stream := self.tick.streams[subject.key]).problem and metric is not Metric.NO_DATA_S:
            return Reading(self.now, None, doubt=Doubt.ERROR, detail=stream.detail or str(stream.problem))
        value = self.column(gauge)[row]
        if gauge.function is not Function.LAST:
            return _plain(self.now, value)
        return (
            self._of_group(metric, subject, row, value)
            if metric in GROUP_METRICS
            else self._of_stream(metric, subject, value)
        )

    def detail(self, subject: Subject) -> str:
        """Why the subject's stream could not be read, or what its group's state was seen by; empty where there is neither."""
        stream = self.tick.streams.get(subject.key)
        if stream and stream.problem:
            return stream.detail or str(stream.problem)
        row = self.layout.group_rows.get(subject)
        return "" if row is None else self.groups[row].state_reason

    def _of_stream(self, metric: Metric, subject: Subject, value: float | None) -> Reading:
        at_least = metric is Metric.ADDED_PER_S and self.tick.streams[subject.key].added_at_least
        return Reading(self.now, value, at_least) if at_least else _plain(self.now, value)

    def _of_group(self, metric: Metric, subject: Subject, row: int, value: float | None) -> Reading:
        group = self.groups[row]
        if metric is Metric.LAG:
            return self._lag(group, self.tick.streams[subject.key].length)
        if metric is Metric.TIME_LAG_S and group.time_lag_estimated and value is not None:
            return Reading(self.now, value, doubt=Doubt.ESTIMATED)
        return _plain(self.now, value)

    def _lag(self, group: GroupMetrics, length: int | None) -> Reading:
        """Lags are never above the length of their stream: that is the worst of one in doubt."""
        lag = group.lag
        if lag.quality is LagQuality.UNKNOWN or lag.value is None:
            return Reading(self.now, None, doubt=Doubt.UNKNOWN, most=length, detail=lag.reason)
        if lag.quality is LagQuality.APPROXIMATE:
            return Reading(self.now, lag.value, doubt=Doubt.ESTIMATED, most=length, detail=lag.reason)
        return Reading(self.now, lag.value, lag.quality is LagQuality.AT_LEAST, most=length)

    def _gone(self, subject: Subject) -> Gone | None:
        stream = self.tick.streams.get(subject.key)
        return Gone("The stream is gone.") if stream and stream.problem is ProblemKind.VANISHED else None

    def _without_row(self, metric: Metric, subject: Subject) -> Reading | Gone:
        if subject.key not in self.layout.ids:
            return Gone("The stream is no longer watched.")
        stream = self.tick.streams.get(subject.key)
        if stream is None or stream.problem is not None:
            return Reading(
                self.now, None, doubt=Doubt.NO_DATA if stream is None else Doubt.ERROR, detail=self.detail(subject)
            )
        if metric in CONSUMER_METRICS and (group := next((g for g in stream.groups if g.name == subject.group), None)):
            # Not read yet, or one of more consumers than are looked at.
            is_read = group.who is not None and len(group.who.seen) == group.who.total
            return Gone("The consumer is gone.") if is_read else Reading(self.now, None, doubt=Doubt.UNKNOWN)
        if metric in GROUP_METRICS | CONSUMER_METRICS:
            return Gone("The group is gone.")
        return Reading(self.now, None, doubt=Doubt.NO_DATA)


class ProblemView:
    """The readings while a server cannot be swept: it is unreachable, its data age, everything else is not there."""

    def __init__(self, problem: ServerProblem, now: datetime, read_at: datetime | None = None) -> None:
        self.problem, self.now = problem, now
        self._age_s = None if read_at is None else max(0.0, (now - read_at).total_seconds())

    def column(self, gauge: Gauge) -> Column:
        """The gauge's value in each row; rows other than the server's are unknown and left out."""
        if gauge.metric is Metric.WATCHDOG:
            return [1]
        if gauge.metric is Metric.SERVER_UNREACHABLE_S:
            return [1 if self.problem.state in _UNREACHABLE else None]
        return [self._age_s] if gauge.metric is Metric.DATA_AGE_S else []

    def range(self, gauge: Gauge) -> tuple[float, float]:
        """The least and the most of the gauge's known values; least above most where none is known."""
        return _range(self.column(gauge))

    def reading(self, gauge: Gauge, subject: Subject) -> Reading | Gone:
        """The subject's reading: no data, but for the server's unreachability and the age of its data."""
        value = next(iter(self.column(gauge)), None)
        if value is not None:
            return Reading(self.now, value, detail=self.problem.detail)
        doubt = Doubt.UNKNOWN if gauge.metric is Metric.SERVER_UNREACHABLE_S else Doubt.NO_DATA
        return Reading(self.now, None, doubt=doubt, detail=self.problem.detail)

    def detail(self, subject: Subject) -> str:
        """Why the server could not be read."""
        return self.problem.detail


View = TickView | ProblemView


def _plain(now: datetime, value: float | None) -> Reading:
    return Reading(now, value) if value is not None else Reading(now, None, doubt=Doubt.UNKNOWN)


def _range(column: Column) -> tuple[float, float]:
    known = [value for value in column if value is not None]
    return (min(known), max(known)) if known else _NO_RANGE
