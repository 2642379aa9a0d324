"""The deriver: what samples mean. Sweeps in, one after the other; a tick out for each."""

from collections.abc import Mapping, Sequence

import msgspec

from dashboard.core.call_counts import CallCounts, calls_told, same_server
from dashboard.core.consumers import ConsumerFacts
from dashboard.core.damage import PendingFacts
from dashboard.core.group_track import NEVER, GroupTrack
from dashboard.core.insight import NOTHING_NEW, Insights, Place
from dashboard.core.lag import trusts_server_lag
from dashboard.core.metrics import ServerTick, StreamMetrics
from dashboard.core.moment import Moment
from dashboard.core.sample import ProblemKind, ServerInfo, StreamProblem, StreamSample, Sweep
from dashboard.core.stream_deriver import StreamTrack, derived_stream
from dashboard.core.thin import thin_metrics


class Deriver:
    """Turns the sweeps of one server into ticks. It is told the time by its samples and remembers one sample a stream."""

    def __init__(self) -> None:
        self._tracks: dict[bytes, StreamTrack] = {}
        self._at: float | None = None
        self._same_since = NEVER  # the first sweep of the process that answers now
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
            at=sweep.at,
            interval_s=interval_s,
            streams=streams,
            info=self._info,
            round_trip_s=sweep.round_trip_s,
            unusual=moment.unusual,
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
        own.judged_until = NEVER
        track = self._tracks[place[0]]
        track.same_until = NEVER
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
        return Moment(sweep, sweep.at, last_at, elapsed, calls, trusted, memory, insights, self._uncounted, [])

    def _stream(self, moment: Moment, key: bytes, sample: StreamSample) -> StreamMetrics:
        track = self._tracks.get(key)
        if track is None:
            track = self._tracks[key] = StreamTrack()
        if sample.whole_at is not None:
            elapsed = moment.at - track.at if track.metrics else 0.0
            return thin_metrics(track.metrics, sample, memory_bytes=moment.memory.get(key), elapsed_s=elapsed)
        if track.at != self._at:
            moment = self._since(moment, track.at)
        return derived_stream(moment, track, sample)

    def _since(self, moment: Moment, at: float) -> Moment:
        """The moment as a stream sees it that was left out of some sweeps and read last at `at`."""
        elapsed = moment.at - at if moment.elapsed_s is not None and at >= self._same_since else None
        return msgspec.structs.replace(moment, last_at=at, elapsed_s=elapsed, calls=self._calls.since(at))


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
