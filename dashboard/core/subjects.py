"""Subjects: what thresholds are judged on. A tick is laid out in rows, so that most judging is one pass over a column."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from dashboard.core.glob import matches
from dashboard.core.metrics import GroupMetrics, LagQuality, ServerTick, StreamMetrics
from dashboard.core.readings import Reading
from dashboard.core.sample import ProblemKind, ServerProblem, ServerState
from dashboard.core.threshold_metrics import GROUP_METRICS, SERVER_METRICS, Metric

Column = list[float | None]


class Subject(NamedTuple):
    """A stream, a group of it, or a consumer of that; all empty for the server itself."""

    key: bytes
    group: bytes = b""
    consumer: bytes = b""


SERVER = Subject(b"")


class Gone(msgspec.Struct, frozen=True):
    """A subject that has ended, and how, in a sentence."""

    reason: str


class Layout:
    """The streams and groups of a tick in rows. Good for every tick that `fits`."""

    def __init__(self, tick: ServerTick, ids: Mapping[bytes, int]) -> None:
        self._shape = _shape(tick)
        self.ids = dict(ids)
        self.stream_rows = {Subject(key): row for row, key in enumerate(tick.streams)}
        pairs = (Subject(key, group.name) for key, stream in tick.streams.items() for group in stream.groups)
        self.group_rows = {subject: row for row, subject in enumerate(pairs)}

    def fits(self, tick: ServerTick, ids: Mapping[bytes, int]) -> bool:
        """Whether the tick has the same streams and groups, in the same order, under the same ids."""
        return self.ids == ids and self._shape == _shape(tick)

    def rows(self, metric: Metric) -> dict[Subject, int]:
        """The row of each subject that has the metric, one of a stream or a group."""
        return self.group_rows if metric in GROUP_METRICS else self.stream_rows


def _shape(tick: ServerTick) -> tuple[list[bytes], list[int], list[bytes]]:
    streams = tick.streams.values()
    return list(tick.streams), [len(s.groups) for s in streams], [g.name for s in streams for g in s.groups]


class Scope(msgspec.Struct, frozen=True):
    """Which subjects a threshold is for: one stream by its id, or every stream that the pattern matches."""

    metric: Metric
    stream_id: int | None = None
    key_pattern: bytes = b"*"
    group_pattern: bytes = b"*"

    def subjects(self, layout: Layout) -> dict[int, Subject]:
        """The subjects in scope by their rows."""
        if self.metric in SERVER_METRICS:
            return {0: SERVER}
        rows = layout.rows(self.metric)
        keys = {key for key, pk in layout.ids.items() if self.holds(key, pk)}
        groups = {group for group in {subject.group for subject in rows} if self._holds_group(group)}
        return {row: subject for subject, row in rows.items() if subject.key in keys and subject.group in groups}

    def holds(self, key: bytes, stream_id: int) -> bool:
        """Whether the stream is in scope."""
        if self.stream_id is not None:
            return stream_id == self.stream_id
        return self.key_pattern == b"*" or matches(self.key_pattern, key)

    def _holds_group(self, group: bytes) -> bool:
        if self.metric not in GROUP_METRICS or self.group_pattern == b"*":
            return True
        return matches(self.group_pattern, group)


# Whole columns, since a call a row would take three times as long.
_OF_STREAMS: dict[Metric, Callable[[list[StreamMetrics]], Column]] = {
    Metric.LENGTH: lambda streams: [stream.length for stream in streams],
    Metric.ADDED_PER_S: lambda streams: [stream.added_per_s for stream in streams],
    Metric.MEMORY_BYTES: lambda streams: [stream.memory_bytes for stream in streams],
    Metric.NO_DATA_S: lambda streams: [0 if stream.problem is None else 1 for stream in streams],
}
_OF_GROUPS: dict[Metric, Callable[[list[GroupMetrics]], Column]] = {
    Metric.LAG: lambda groups: [group.lag.value for group in groups],
    Metric.TIME_LAG_S: lambda groups: [group.time_lag_s for group in groups],
    Metric.PENDING: lambda groups: [group.pending for group in groups],
}
_NO_RANGE = (float("inf"), float("-inf"))
#: A server that loads its data answers soon: neither reachable nor not.
_UNREACHABLE = frozenset(set(ServerState) - {ServerState.UP, ServerState.LOADING})


class TickView:
    """The readings of one tick, by metric and subject."""

    def __init__(self, tick: ServerTick, layout: Layout, now: datetime) -> None:
        self.tick, self.layout, self.now = tick, layout, now
        self.streams = list(tick.streams.values())
        self.groups = [group for stream in self.streams for group in stream.groups]
        self._columns: dict[Metric, Column] = {}
        self._ranges: dict[Metric, tuple[float, float]] = {}

    def range(self, metric: Metric) -> tuple[float, float]:
        """The least and the most of the metric's known values; least above most where none is known."""
        if metric not in self._ranges:
            known = [value for value in self.column(metric) if value is not None]
            self._ranges[metric] = (min(known), max(known)) if known else _NO_RANGE
        return self._ranges[metric]

    def column(self, metric: Metric) -> Column:
        """The metric's value in each row; None where it is unknown."""
        if metric not in self._columns:
            self._columns[metric] = self._read(metric)
        return self._columns[metric]

    def _read(self, metric: Metric) -> Column:
        if metric in _OF_GROUPS:
            return _OF_GROUPS[metric](self.groups)
        if metric in _OF_STREAMS:
            return _OF_STREAMS[metric](self.streams)
        if metric is Metric.SERVER_UNREACHABLE_S:
            return [0]
        return [self.tick.info.used_memory_bytes if self.tick.info else None]

    def reading(self, metric: Metric, subject: Subject) -> Reading | Gone:
        """The subject's reading, unknown where this tick has none, or how the subject ended."""
        if metric in SERVER_METRICS:
            return Reading(self.now, self.column(metric)[0])
        row = self.layout.rows(metric).get(subject)
        if metric is not Metric.NO_DATA_S and (gone := self._gone(subject)):
            return gone
        if row is None:
            return self._without_row(metric, subject)
        return Reading(self.now, self.column(metric)[row], metric is Metric.LAG and self._is_floor(row))

    def detail(self, subject: Subject) -> str:
        """Why the subject's stream could not be read; empty where it could."""
        stream = self.tick.streams.get(subject.key)
        return (stream.detail or str(stream.problem)) if stream and stream.problem else ""

    def _gone(self, subject: Subject) -> Gone | None:
        stream = self.tick.streams.get(subject.key)
        return Gone("The stream is gone.") if stream and stream.problem is ProblemKind.VANISHED else None

    def _without_row(self, metric: Metric, subject: Subject) -> Reading | Gone:
        if subject.key not in self.layout.ids:
            return Gone("The stream is no longer watched.")
        stream = self.tick.streams.get(subject.key)
        if metric in GROUP_METRICS and stream and stream.problem is None:
            return Gone("The group is gone.")
        return Reading(self.now, None)

    def _is_floor(self, row: int) -> bool:
        return self.groups[row].lag.quality is LagQuality.AT_LEAST


class ProblemView:
    """The readings while a server cannot be swept: it is unreachable, everything else is unknown."""

    def __init__(self, problem: ServerProblem, now: datetime) -> None:
        self.problem, self.now = problem, now

    def column(self, metric: Metric) -> Column:
        """The metric's value in each row; rows other than the server's are unknown and left out."""
        if metric is not Metric.SERVER_UNREACHABLE_S:
            return []
        return [1 if self.problem.state in _UNREACHABLE else None]

    def range(self, metric: Metric) -> tuple[float, float]:
        """The least and the most of the metric's known values; least above most where none is known."""
        known = [value for value in self.column(metric) if value is not None]
        return (min(known), max(known)) if known else _NO_RANGE

    def reading(self, metric: Metric, subject: Subject) -> Reading | Gone:
        """The subject's reading: unknown, but for the server's unreachability."""
        column = self.column(metric) or [None]
        return Reading(self.now, column[0])

    def detail(self, subject: Subject) -> str:
        """Why the server could not be read."""
        return self.problem.detail


View = TickView | ProblemView
