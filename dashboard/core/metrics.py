"""Metrics: what samples mean. Two sweeps in, one tick out."""

from collections.abc import Mapping

import msgspec

from dashboard.core.entry_id import EntryId
from dashboard.core.group_state import GroupHistory, GroupState, judge_group
from dashboard.core.lag import Lag, LagQuality, derive_lag, trusts_server_lag
from dashboard.core.rates import Reading, acknowledged_between, added_between, delivered_between, per_second
from dashboard.core.sample import GroupSample, ProblemKind, ServerInfo, StreamProblem, StreamSample, Sweep
from dashboard.core.time_lag import oldest_waiting, time_lag_s

__all__ = ["Deriver", "GroupMetrics", "GroupState", "Lag", "LagQuality", "ServerTick", "StreamMetrics"]


class GroupMetrics(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One group at one tick. Rates are per second, time lag in seconds."""

    name: bytes
    lag: Lag
    time_lag_s: float | None
    pending: int
    delivered_per_s: float | None
    acked_per_s: float | None
    consumers: int
    last_delivered_id: EntryId
    state: GroupState
    state_reason: str


class StreamMetrics(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One stream at one tick; every number is None where `problem` says why it could not be read."""

    key: bytes
    length: int | None
    added_per_s: float | None  # None: first sample, or the series restarted
    pending: int | None  # over all groups
    memory_bytes: int | None  # read on a slow cadence
    first_id: EntryId | None = None
    last_id: EntryId | None = None
    groups: tuple[GroupMetrics, ...] = ()
    problem: ProblemKind | None = None
    detail: str = ""


class ServerTick(msgspec.Struct, frozen=True, kw_only=True):
    """What one sweep of one server came to."""

    at: float  # the server's TIME
    interval_s: float
    streams: dict[bytes, StreamMetrics]
    info: ServerInfo | None = None
    round_trip_s: float | None = None


class _Track:
    """What is remembered of one stream: its last sample, what it came to, and its groups' histories."""

    __slots__ = ("histories", "metrics", "readings", "same_until", "sample")

    def __init__(self, sample: StreamSample) -> None:
        self.sample = sample
        self.metrics: StreamMetrics | None = None
        self.readings: dict[bytes, Reading] = {}
        self.histories: dict[bytes, GroupHistory] = {}
        self.same_until = float("-inf")  # an equal sample before then means equal metrics


class _Moment(msgspec.Struct):
    """What the streams of one sweep share."""

    sweep: Sweep
    last_at: float
    elapsed_s: float | None  # None: nothing to compare with
    calls: int | None
    trusted: bool
    memory: Mapping[bytes, int]


class Deriver:
    """Turns the sweeps of one server into ticks. It is told the time by its samples and remembers one sample a stream."""

    def __init__(self) -> None:
        self._tracks: dict[bytes, _Track] = {}
        self._at: float | None = None
        self._info: ServerInfo | None = None
        # XADD calls after each of the last two sweeps; None where INFO was not read then.
        self._calls: tuple[int | None, int | None] = (None, None)

    def take(
        self, sweep: Sweep, *, info: ServerInfo | None, memory: Mapping[bytes, int], interval_s: float
    ) -> ServerTick:
        """What this sweep means after those before it.

        `info` was read after the sweep; None, or the same object again, where it was not read this time.
        """
        moment = self._moment(sweep, info, memory)
        streams = {key: self._stream(moment, sample) for key, sample in sweep.streams.items()}
        streams.update((key, _unreadable(problem, memory)) for key, problem in sweep.problems.items())
        if len(self._tracks) > len(sweep.streams):
            self._tracks = {key: track for key, track in self._tracks.items() if key in sweep.streams}
        self._at = sweep.at
        return ServerTick(
            at=sweep.at, interval_s=interval_s, streams=streams, info=self._info, round_trip_s=sweep.round_trip_s
        )

    def _moment(self, sweep: Sweep, info: ServerInfo | None, memory: Mapping[bytes, int]) -> _Moment:
        if self._at is not None and sweep.at < self._at:
            self._tracks.clear()  # the server's clock was set back: what we remember lies in its future
        fresh = info is not None and info is not self._info
        same = self._same_server(info)
        calls = info.xadd_calls if fresh and info else None
        # A bound needs a count from before the former sweep, so it reaches back two.
        bound = calls - self._calls[0] if same and calls is not None and self._calls[0] is not None else None
        self._calls = (self._calls[1] if same else None, calls)
        self._info = info or self._info
        elapsed = sweep.at - self._at if same and self._at is not None else None
        last_at = sweep.at if self._at is None else min(self._at, sweep.at)
        return _Moment(sweep, last_at, elapsed, bound, trusts_server_lag(self._info), memory)

    def _same_server(self, info: ServerInfo | None) -> bool:
        """False after a restart or a failover: counters may have gone back to what a disk or a replica had."""
        known = self._info
        if info is None or known is None:
            return True
        calls_fell = (info.xadd_calls or 0) < (known.xadd_calls or 0) and info.xadd_calls is not None
        return info.run_id == known.run_id and info.role == known.role and not calls_fell

    def _stream(self, moment: _Moment, sample: StreamSample) -> StreamMetrics:
        track = self._tracks.get(sample.key)
        if track is None:
            track = self._tracks[sample.key] = _Track(sample)
            return self._derive(moment, track, sample, None)
        memory = moment.memory.get(sample.key)
        usual = moment.elapsed_s is not None and moment.sweep.at < track.same_until
        if usual and sample == track.sample and track.metrics is not None:
            if track.metrics.memory_bytes != memory:
                track.metrics = msgspec.structs.replace(track.metrics, memory_bytes=memory)
            return track.metrics
        added = None
        if moment.elapsed_s is not None:
            added = added_between(track.sample, sample, at_most=moment.calls)
        return self._derive(moment, track, sample, added)

    def _derive(self, moment: _Moment, track: _Track, sample: StreamSample, added: int | None) -> StreamMetrics:
        groups = tuple([_group(moment, track, sample, group, added) for group in sample.groups])
        unchanged = track.metrics is not None and sample == track.sample and added == 0
        track.same_until = _same_until(track, groups) if unchanged else float("-inf")
        track.sample = sample
        track.metrics = StreamMetrics(
            key=sample.key,
            length=sample.length,
            added_per_s=per_second(added, moment.elapsed_s),
            pending=sum([group.pending for group in sample.groups]),
            memory_bytes=moment.memory.get(sample.key),
            first_id=sample.first_id,
            last_id=sample.last_id,
            groups=groups,
        )
        if len(track.histories) > len(groups):
            _forget(track, {group.name for group in groups})
        return track.metrics


def _group(moment: _Moment, track: _Track, stream: StreamSample, group: GroupSample, added: int | None) -> GroupMetrics:
    at, name = moment.sweep.at, group.name
    lag = derive_lag(stream, group, trusted=moment.trusted)
    reading = Reading(stream, group, lag)
    before = track.readings.get(name)
    delivered = acknowledged = None
    if before is not None and moment.elapsed_s is not None:
        delivered = delivered_between(before, reading, added)
        acknowledged = acknowledged_between(before.group, group, delivered)
    track.readings[name] = reading
    history = _observed(moment, track, group, lag.value)
    state, reason = judge_group(history, group, lag.value, at)
    return GroupMetrics(
        name=name,
        lag=lag,
        time_lag_s=0.0 if lag.value == 0 else _time_lag(moment.sweep, stream, group),
        pending=group.pending,
        delivered_per_s=per_second(delivered, moment.elapsed_s),
        acked_per_s=per_second(acknowledged, moment.elapsed_s),
        consumers=group.consumers,
        last_delivered_id=group.last_delivered_id,
        state=state,
        state_reason=reason,
    )


def _time_lag(sweep: Sweep, stream: StreamSample, group: GroupSample) -> float | None:
    looked_up = sweep.first_undelivered.get((stream.key, group.name))
    return time_lag_s(sweep.at, oldest_waiting(stream, group, looked_up))


def _observed(moment: _Moment, track: _Track, group: GroupSample, lag: int | None) -> GroupHistory:
    history = track.histories.get(group.name)
    if history is None:
        history = track.histories[group.name] = GroupHistory(moment.sweep.at, group, lag)
    else:
        history.observe(moment.sweep.at, moment.last_at, group, lag)
    return history


def _same_until(track: _Track, groups: tuple[GroupMetrics, ...]) -> float:
    """Until when the same sample will mean the same: a group that lags waits longer with every sample."""
    if any(group.lag.value != 0 for group in groups):
        return float("-inf")
    ends = [track.histories[group.name].unchanged_until() for group in groups if group.state is not GroupState.STUCK]
    return min(ends, default=float("inf"))


def _forget(track: _Track, names: set[bytes]) -> None:
    track.readings = {name: reading for name, reading in track.readings.items() if name in names}
    track.histories = {name: history for name, history in track.histories.items() if name in names}


def _unreadable(problem: StreamProblem, memory: Mapping[bytes, int]) -> StreamMetrics:
    vanished = problem.kind in (ProblemKind.VANISHED, ProblemKind.WRONG_TYPE)
    return StreamMetrics(
        key=problem.key,
        length=None,
        added_per_s=None,
        pending=None,
        memory_bytes=None if vanished else memory.get(problem.key),
        problem=problem.kind,
        detail=problem.detail,
    )
