"""The deriver: what samples mean. Sweeps in, one after the other; a tick out for each."""

from bisect import bisect_left
from collections import deque
from collections.abc import Mapping, Sequence

import msgspec

from dashboard.core.entry_id import EntryId
from dashboard.core.group_state import GroupHistory, judge_group
from dashboard.core.lag import derive_lag, trusts_server_lag
from dashboard.core.metrics import GroupMetrics, ServerTick, StreamMetrics
from dashboard.core.rates import Reading, acknowledged_between, added_between, delivered_between, per_second
from dashboard.core.sample import GroupSample, ProblemKind, ServerInfo, StreamProblem, StreamSample, Sweep
from dashboard.core.time_lag import oldest_waiting, time_lag_s


class _GroupTrack:
    """What is remembered of one group: its last reading, its history, and the id that its time lag counts from."""

    __slots__ = ("history", "judged_until", "oldest", "reading")

    def __init__(self, reading: Reading, history: GroupHistory) -> None:
        self.reading = reading
        self.history = history
        self.oldest: EntryId | None = None
        self.judged_until = float("-inf")  # the same reading before then means the same state


class _Track:
    """What is remembered of one stream: its last sample and what it came to."""

    __slots__ = ("at", "groups", "metrics", "same_until", "sample", "settled")

    def __init__(self) -> None:
        self.at = float("-inf")  # when it was read last
        self.sample: StreamSample | None = None
        self.metrics: StreamMetrics | None = None
        self.groups: dict[bytes, _GroupTrack] = {}
        self.settled = False  # the last two samples were equal, so every rate is 0 as long as that goes on
        self.same_until = float("-inf")  # an equal sample before then means the very same metrics


class _Moment(msgspec.Struct):
    """What the streams of one sweep share."""

    sweep: Sweep
    at: float
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
        self._same_since = float("-inf")  # the first sweep of the process that answers now
        self._info: ServerInfo | None = None
        self._calls = _CallCounts()

    def take(
        self, sweep: Sweep, *, info: ServerInfo | None, memory: Mapping[bytes, int], interval_s: float
    ) -> ServerTick:
        """What this sweep means after those before it.

        `info` was read after the sweep; None, or the same object again, where it was not read this time.
        """
        moment = self._moment(sweep, info, memory)
        streams = {key: self._stream(moment, key, sample) for key, sample in sweep.streams.items()}
        if sweep.held:
            streams = self._with_held(streams, sweep.held)
        if len(self._tracks) > len(streams):
            self._tracks = {key: track for key, track in self._tracks.items() if key in streams}
        streams.update((key, _unreadable(problem, memory)) for key, problem in sweep.problems.items())
        self._at = sweep.at
        return ServerTick(
            at=sweep.at, interval_s=interval_s, streams=streams, info=self._info, round_trip_s=sweep.round_trip_s
        )

    def _with_held(self, streams: dict[bytes, StreamMetrics], held: Sequence[bytes]) -> dict[bytes, StreamMetrics]:
        """Also what streams that were left out this time came to when they were read last; always in the same order."""
        last = {key: track.metrics for key in held if (track := self._tracks.get(key))} | streams
        return {key: metrics for key in self._tracks if (metrics := last.get(key))}

    def _moment(self, sweep: Sweep, info: ServerInfo | None, memory: Mapping[bytes, int]) -> _Moment:
        if self._at is not None and sweep.at < self._at:
            self._tracks.clear()  # the server's clock was set back: what we remember lies in its future
        fresh = info if info is not self._info else None
        told_apart = not sweep.reconnected or (fresh is not None and bool(fresh.run_id))
        same = told_apart and _same_server(self._info, info)
        calls = self._calls.since_before_last(_calls_told(sweep, fresh), same, sweep.at)
        self._info = info or self._info
        if not same:
            self._same_since = sweep.at
        elapsed = sweep.at - self._at if same and self._at is not None else None
        last_at = sweep.at if self._at is None else min(self._at, sweep.at)
        return _Moment(sweep, sweep.at, last_at, elapsed, calls, trusts_server_lag(self._info), memory)

    def _stream(self, moment: _Moment, key: bytes, sample: StreamSample) -> StreamMetrics:
        track = self._tracks.get(key)
        if track is None:
            track = self._tracks[key] = _Track()
        elif track.at != self._at:
            moment = self._since(moment, track.at)
        track.at = moment.at
        before = track.sample
        if before is None or moment.elapsed_s is None:
            return _derived(moment, track, sample, None)
        if track.settled and (sample is before or sample == before):
            return _aged(moment, track)
        return _derived(moment, track, sample, added_between(before, sample, at_most=moment.calls))

    def _since(self, moment: _Moment, at: float) -> _Moment:
        """The moment as a stream sees it that was left out of some sweeps and read last at `at`."""
        elapsed = moment.at - at if moment.elapsed_s is not None and at >= self._same_since else None
        return msgspec.structs.replace(moment, last_at=at, elapsed_s=elapsed, calls=self._calls.since(at))


class _CallCounts:
    """Bounds what a sweep can find added. A bound needs a count from before the former sweep, so it reaches back two."""

    def __init__(self) -> None:
        self._older: int | None = None  # read before the former sweep
        self._last: int | None = None  # read after it
        self._log: deque[tuple[float, int]] = deque(maxlen=256)  # each count with the sweep that it was read after

    def since_before_last(self, calls: int | None, same_server: bool, at: float) -> int | None:
        """XADD calls in a time that holds all of the last interval; None where INFO was not read now or so long ago."""
        if not same_server:
            self._older = self._last = None
            self._log.clear()
        bound = calls - self._older if calls is not None and self._older is not None else None
        self._older = self._older if self._last is None else self._last
        self._last = calls
        if calls is not None:
            self._log.append((at, calls))
        return bound

    def since(self, at: float) -> int | None:
        """XADD calls since before the sweep at `at`; None where INFO was not read now, or not before that."""
        place = bisect_left(self._log, (at, -1))
        return self._last - self._log[place - 1][1] if self._last is not None and place else None


def _calls_told(sweep: Sweep, info: ServerInfo | None) -> int | None:
    if sweep.xadd_calls is not None:
        return sweep.xadd_calls
    return info.xadd_calls if info is not None else None


def _same_server(known: ServerInfo | None, info: ServerInfo | None) -> bool:
    """False after a restart or a failover: counters may have gone back to what a disk or a replica had."""
    if info is None or known is None or info is known:
        return True
    fell = info.xadd_calls is not None and info.xadd_calls < (known.xadd_calls or 0)
    return info.run_id == known.run_id and info.role == known.role and not fell


def _derived(moment: _Moment, track: _Track, sample: StreamSample, added: int | None) -> StreamMetrics:
    groups = tuple([_group(moment, track, sample, group, added) for group in sample.groups])
    track.settled = added == 0 and sample == track.sample
    track.same_until = float("-inf")
    track.sample = sample
    if len(track.groups) > len(groups):
        names = {group.name for group in groups}
        track.groups = {name: group for name, group in track.groups.items() if name in names}
    track.metrics = StreamMetrics(
        key=sample.key,
        length=sample.length,
        added_per_s=per_second(added, moment.elapsed_s),
        pending=sum([group.pending for group in groups]),
        memory_bytes=moment.memory.get(sample.key),
        first_id=sample.first_id,
        last_id=sample.last_id,
        groups=groups,
    )
    return track.metrics


def _aged(moment: _Moment, track: _Track) -> StreamMetrics:
    """The metrics of a stream to which nothing happened: only waiting goes on."""
    metrics = track.metrics
    assert metrics is not None  # noqa: S101  (a settled track has them)
    memory = moment.memory.get(metrics.key)
    groups = metrics.groups
    if moment.at >= track.same_until:
        groups = tuple([_aged_group(moment, track.groups[group.name], group) for group in groups])
        track.same_until = _same_until(track, groups)
    elif metrics.memory_bytes == memory:
        return metrics
    track.metrics = StreamMetrics(
        key=metrics.key,
        length=metrics.length,
        added_per_s=0.0,
        pending=metrics.pending,
        memory_bytes=memory,
        first_id=metrics.first_id,
        last_id=metrics.last_id,
        groups=groups,
    )
    return track.metrics


def _aged_group(moment: _Moment, own: _GroupTrack, metrics: GroupMetrics) -> GroupMetrics:
    lag, state, reason = metrics.lag, metrics.state, metrics.state_reason
    if moment.at >= own.judged_until:
        state, reason = judge_group(own.history, own.reading.group, lag.value, moment.at)
        own.judged_until = own.history.judged_until(moment.at)
    return GroupMetrics(
        name=metrics.name,
        lag=lag,
        time_lag_s=0.0 if lag.value == 0 else _time_lag(moment, own, own.reading.stream),
        pending=metrics.pending,
        delivered_per_s=0.0,
        acked_per_s=0.0,
        consumers=metrics.consumers,
        last_delivered_id=metrics.last_delivered_id,
        state=state,
        state_reason=reason,
    )


def _group(moment: _Moment, track: _Track, stream: StreamSample, group: GroupSample, added: int | None) -> GroupMetrics:
    lag = derive_lag(stream, group, trusted=moment.trusted)
    reading = Reading(stream, group, lag)
    own = track.groups.get(group.name)
    delivered = acknowledged = None
    if own is None:
        own = track.groups[group.name] = _GroupTrack(reading, GroupHistory(moment.at, group, lag.value))
    else:
        if moment.elapsed_s is not None:
            delivered = delivered_between(own.reading, reading, added)
            acknowledged = acknowledged_between(own.reading.group, group, delivered)
        own.history.observe(moment.at, moment.last_at, group, lag.value)
        own.reading, own.oldest, own.judged_until = reading, None, float("-inf")
    state, reason = judge_group(own.history, group, lag.value, moment.at)
    return GroupMetrics(
        name=group.name,
        lag=lag,
        time_lag_s=0.0 if lag.value == 0 else _time_lag(moment, own, stream),
        pending=group.pending,
        delivered_per_s=per_second(delivered, moment.elapsed_s),
        acked_per_s=per_second(acknowledged, moment.elapsed_s),
        consumers=group.consumers,
        last_delivered_id=group.last_delivered_id,
        state=state,
        state_reason=reason,
    )


def _time_lag(moment: _Moment, own: _GroupTrack, stream: StreamSample) -> float | None:
    if own.oldest is None:
        group = own.reading.group
        found = moment.sweep.first_undelivered
        looked_up = found.get((stream.key, group.name)) if found else None
        own.oldest = oldest_waiting(stream, group, looked_up)
    return time_lag_s(moment.at, own.oldest)


def _same_until(track: _Track, groups: tuple[GroupMetrics, ...]) -> float:
    """Until when the same sample will mean the same: a group that lags waits longer with every sample."""
    until = float("inf")
    for group in groups:
        if group.lag.value != 0:
            return float("-inf")
        until = min(until, track.groups[group.name].judged_until)
    return until


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
