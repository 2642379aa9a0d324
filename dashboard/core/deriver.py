"""The deriver: what samples mean. Sweeps in, one after the other; a tick out for each."""

from collections.abc import Mapping, Sequence

import msgspec

from dashboard.core.call_counts import CallCounts, calls_told, same_server
from dashboard.core.consumers import ConsumerFacts
from dashboard.core.damage import PendingFacts, tail_deleted
from dashboard.core.group_deriver import GroupTrack, Moment, aged_group, derived_group, same_until
from dashboard.core.insight import NOTHING_NEW, Insights, Place
from dashboard.core.interpolation import Counters
from dashboard.core.lag import trusts_server_lag
from dashboard.core.metrics import GroupMetrics, ServerTick, StreamMetrics
from dashboard.core.rates import added_between, per_second
from dashboard.core.sample import GroupSample, ProblemKind, ServerInfo, StreamProblem, StreamSample, Sweep
from dashboard.core.thin import thin_metrics
from dashboard.core.time_lag import is_clock


class _Track:
    """What is remembered of one stream: its last sample and what it came to."""

    __slots__ = ("at", "counters", "groups", "metrics", "same_until", "sample", "settled")

    def __init__(self) -> None:
        self.at = float("-inf")  # when it was read last
        self.sample: StreamSample | None = None
        self.metrics: StreamMetrics | None = None
        self.groups: dict[bytes, GroupTrack] = {}
        self.counters: Counters | None = None  # None: the stream's ids are a clock
        self.settled = False  # the last two samples were equal, so every rate is 0 as long as that goes on
        self.same_until = float("-inf")  # an equal sample before then means the very same metrics


class Deriver:
    """Turns the sweeps of one server into ticks. It is told the time by its samples and remembers one sample a stream."""

    def __init__(self) -> None:
        self._tracks: dict[bytes, _Track] = {}
        self._at: float | None = None
        self._same_since = float("-inf")  # the first sweep of the process that answers now
        self._info: ServerInfo | None = None
        self._calls = CallCounts()
        self._uncounted: dict[Place, None] = {}

    def take(
        self,
        sweep: Sweep,
        *,
        info: ServerInfo | None,
        memory: Mapping[bytes, int],
        interval_s: float,
        insights: Insights = NOTHING_NEW,
    ) -> ServerTick:
        """What this sweep means after those before it.

        `info` was read after the sweep; None, or the same object again, where it was not read this time.
        """
        moment = self._moment(sweep, info, memory, insights)
        if insights is not NOTHING_NEW:
            insights = self._learn(insights, sweep.at)
        streams = {key: self._stream(moment, key, sample) for key, sample in sweep.streams.items()}
        if insights is not NOTHING_NEW:
            self._learn(insights, sweep.at)  # of groups that this sweep was the first to see, for the next one
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

    def uncounted(self) -> list[Place]:
        """The groups whose lag is not known, or only a lower bound of it, as of the last sweep."""
        found = [
            place for place in self._uncounted if (own := self._group_track(place)) is not None and not own.counted
        ]
        self._uncounted = dict.fromkeys(found)
        return found

    def _group_track(self, place: Place) -> GroupTrack | None:
        track = self._tracks.get(place[0])
        return track.groups.get(place[1]) if track is not None else None

    def _learn(self, insights: Insights, now: float) -> Insights:
        """Hands each group what was read of it; returns what was read of groups that are not known yet."""
        pending: dict[Place, PendingFacts] = {}
        consumers: dict[Place, ConsumerFacts] = {}
        for place, counted in insights.measured.items():
            if (own := self._unsettled(place)) is not None:
                own.measured = counted
        for place, facts in insights.pending.items():
            if (own := self._unsettled(place)) is not None:
                own.learn_pending(facts, now)
            else:
                pending[place] = facts
        for place, seen in insights.consumers.items():
            if (own := self._unsettled(place)) is not None:
                own.learn_consumers(seen)
            else:
                consumers[place] = seen
        return Insights(pending=pending, consumers=consumers) if pending or consumers else NOTHING_NEW

    def _unsettled(self, place: Place) -> GroupTrack | None:
        """The group's track, with everything undone that would keep it from being looked at again."""
        own = self._group_track(place)
        if own is None:
            return None
        own.judged_until = float("-inf")
        track = self._tracks[place[0]]
        track.same_until = float("-inf")
        track.settled = track.settled and own.counted
        return own

    def _moment(self, sweep: Sweep, info: ServerInfo | None, memory: Mapping[bytes, int], insights: Insights) -> Moment:
        if self._at is not None and sweep.at < self._at:
            self._tracks.clear()  # the server's clock was set back: what we remember lies in its future
        fresh = info if info is not self._info else None
        told_apart = not sweep.reconnected or (fresh is not None and bool(fresh.run_id))
        same = told_apart and same_server(self._info, info)
        calls = self._calls.since_before_last(calls_told(sweep, fresh), same, sweep.at)
        self._info = info or self._info
        if not same:
            self._same_since = sweep.at
        elapsed = sweep.at - self._at if same and self._at is not None else None
        last_at = sweep.at if self._at is None else min(self._at, sweep.at)
        trusted = trusts_server_lag(self._info)
        return Moment(sweep, sweep.at, last_at, elapsed, calls, trusted, memory, insights, self._uncounted)

    def _stream(self, moment: Moment, key: bytes, sample: StreamSample) -> StreamMetrics:
        track = self._tracks.get(key)
        if track is None:
            track = self._tracks[key] = _Track()
        if sample.whole_at is not None:
            elapsed = moment.at - track.at if track.metrics else 0.0
            return thin_metrics(track.metrics, sample, memory_bytes=moment.memory.get(key), elapsed_s=elapsed)
        if track.at != self._at:
            moment = self._since(moment, track.at)
        track.at = moment.at
        before = track.sample
        if before is None or moment.elapsed_s is None:
            return _derived(moment, track, sample, None)
        if track.settled and (sample is before or sample == before):
            return _aged(moment, track)
        if sample.entries_added is None:
            added, whole = _added_uncounted(moment, before, sample)
            return _derived(moment, track, sample, added, at_least=not whole)
        return _derived(moment, track, sample, added_between(before, sample, at_most=moment.calls))

    def _since(self, moment: Moment, at: float) -> Moment:
        """The moment as a stream sees it that was left out of some sweeps and read last at `at`."""
        elapsed = moment.at - at if moment.elapsed_s is not None and at >= self._same_since else None
        return msgspec.structs.replace(moment, last_at=at, elapsed_s=elapsed, calls=self._calls.since(at))


def _added_uncounted(moment: Moment, before: StreamSample, sample: StreamSample) -> tuple[int | None, bool]:
    """Entries added where the server keeps no count (T4), and whether that is all of them."""
    if sample.last_generated_id == before.last_generated_id:
        return 0, True
    counted = moment.insights.added.get(sample.key)
    if counted is None or counted.since != before.last_generated_id:
        return None, True
    trimmed = sample.first_id is None or sample.first_id > before.last_generated_id
    return counted.count, counted.complete and not trimmed


def _derived(
    moment: Moment, track: _Track, sample: StreamSample, added: int | None, *, at_least: bool = False
) -> StreamMetrics:
    _count_on_clock(moment, track, sample, added)
    groups = tuple([_group(moment, track, sample, group, added) for group in sample.groups])
    track.settled = added == 0 and sample == track.sample
    track.same_until = float("-inf")
    track.sample = sample
    if len(track.groups) > len(groups):
        names = {group.name for group in groups}
        track.groups = {name: group for name, group in track.groups.items() if name in names}
    track.metrics = StreamMetrics(  # by position: names cost more
        sample.key,
        sample.length,
        per_second(added, moment.elapsed_s),
        sum([group.pending for group in groups]),
        moment.memory.get(sample.key),
        sample.first_id,
        sample.last_id,
        groups,
        at_least,
        tail_deleted(sample),
    )
    return track.metrics


def _group(moment: Moment, track: _Track, sample: StreamSample, group: GroupSample, added: int | None) -> GroupMetrics:
    own, metrics = derived_group(moment, track.groups.get(group.name), sample, group, added, track.counters)
    track.groups[group.name] = own
    if not own.counted:
        moment.uncounted[sample.key, group.name] = None
    return metrics


def _count_on_clock(moment: Moment, track: _Track, sample: StreamSample, added: int | None) -> None:
    """Notes when the counter stood where, on streams whose ids are no clock."""
    if sample.last_id is None or sample.entries_added is None or is_clock(sample.last_generated_id, moment.at):
        track.counters = None
        return
    if track.counters is None or added is None:
        track.counters = Counters()
    elif track.sample is not None and track.sample.entries_added is not None:
        track.counters.observe(track.sample.entries_added, moment.last_at)  # nothing came until then
    track.counters.observe(sample.entries_added, moment.at)


def _aged(moment: Moment, track: _Track) -> StreamMetrics:
    """The metrics of a stream to which nothing happened: only waiting goes on."""
    metrics = track.metrics
    assert metrics is not None  # noqa: S101  (a settled track has them)
    memory = moment.memory.get(metrics.key)
    groups = metrics.groups
    if moment.at >= track.same_until:
        of, counters = track.groups, track.counters
        groups = tuple([aged_group(moment, of[group.name], group, counters) for group in groups])
        track.same_until = min([same_until(of[group.name], group) for group in groups], default=float("inf"))
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
        tail_deleted=metrics.tail_deleted,
    )
    return track.metrics


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
