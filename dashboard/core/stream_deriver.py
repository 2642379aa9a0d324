"""What one stream's samples mean: rates and, group by group, all the rest. The deriver calls it for each stream.

Arguments are passed by place: Python calls such a function in half the time of one that is given names.
"""

from dashboard.core.by_position import by_position
from dashboard.core.damage import tail_deleted
from dashboard.core.group_deriver import aged_group, derived_group, same_until, stepped_group
from dashboard.core.group_track import NEVER, GroupTrack
from dashboard.core.interpolation import Counters
from dashboard.core.metrics import GroupMetrics, StreamMetrics
from dashboard.core.moment import Moment
from dashboard.core.rates import added_between, only_grew, per_second
from dashboard.core.sample import GroupSample, StreamSample
from dashboard.core.time_lag import is_clock

_of_stream = by_position(
    StreamMetrics,
    *("key", "length", "added_per_s", "pending", "memory_bytes", "first_id", "last_id", "groups"),
    *("added_at_least", "tail_deleted", "every_s", "problem", "detail"),
)


class StreamTrack:
    """What is remembered of one stream: its last sample and what it came to."""

    __slots__ = ("at", "counters", "groups", "metrics", "same_until", "sample", "settled")

    def __init__(self) -> None:
        self.at = NEVER  # when it was read last
        self.sample: StreamSample | None = None
        self.metrics: StreamMetrics | None = None
        self.groups: dict[bytes, GroupTrack] = {}
        self.counters: Counters | None = None  # None: the stream's ids are a clock
        self.settled = False  # the last two samples were equal, so every rate is 0 as long as that goes on
        self.same_until = NEVER  # an equal sample before then means the very same metrics


def derived_stream(moment: Moment, track: StreamTrack, sample: StreamSample) -> StreamMetrics:
    """The metrics of a stream that was read whole, after what is remembered of it."""
    before = track.sample
    track.at = moment.at
    if before is None or moment.elapsed_s is None:
        return _derived(moment, track, sample, None)
    if track.settled and (sample is before or sample == before):
        return _aged(moment, track)
    if sample.entries_added is None:
        added, whole = _added_uncounted(moment, before, sample)
        return _derived(moment, track, sample, added, not whole)
    return _derived(moment, track, sample, added_between(before, sample, moment.calls))


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
    moment: Moment, track: StreamTrack, sample: StreamSample, added: int | None, at_least: bool = False
) -> StreamMetrics:
    if track.counters is not None or not is_clock(sample.last_generated_id, moment.at):
        _count_on_clock(moment, track, sample, added)
    groups = _groups(moment, track, sample, added)
    track.settled = added == 0 and sample == track.sample
    track.same_until = NEVER
    track.sample = sample
    if len(track.groups) > len(groups):
        names = {group.name for group in groups}
        track.groups = {name: group for name, group in track.groups.items() if name in names}
    track.metrics = _of_stream(
        sample.key,
        sample.length,
        per_second(added, moment.elapsed_s),
        sum([group.pending for group in groups]),
        moment.memory.get(sample.key),
        sample.first_id,
        sample.last_id,
        groups,
        at_least,
        sample.last_generated_id is not sample.last_id and tail_deleted(sample),
    )
    return track.metrics


def _groups(moment: Moment, track: StreamTrack, sample: StreamSample, added: int | None) -> tuple[GroupMetrics, ...]:
    """The metrics of all groups, by the short way where all of them took an ordinary step: most streams, most of the time."""
    elapsed_s, before = moment.elapsed_s, track.sample
    found: list[GroupMetrics] = []
    groups = sample.groups
    if elapsed_s and elapsed_s > 0 and before is not None and added is not None and only_grew(before, sample, added):
        of, counters = track.groups, track.counters
        for group in groups:
            own = of.get(group.name)
            metrics = stepped_group(moment, elapsed_s, own, sample, group, added, counters) if own is not None else None
            if metrics is None:
                break
            found.append(metrics)
        if len(found) == len(groups) == len(of):
            return tuple(found)
    moment.unusual.append(sample.key)
    return (*found, *[_group(moment, track, sample, group, added) for group in groups[len(found) :]])


def _group(
    moment: Moment, track: StreamTrack, sample: StreamSample, group: GroupSample, added: int | None
) -> GroupMetrics:
    own, metrics = derived_group(moment, track.groups.get(group.name), sample, group, added, track.counters)
    track.groups[group.name] = own
    if not own.counted:
        moment.uncounted[sample.key, group.name] = None
    return metrics


def _count_on_clock(moment: Moment, track: StreamTrack, sample: StreamSample, added: int | None) -> None:
    """Notes when the counter stood where, on streams whose ids are no clock."""
    if sample.last_id is None or sample.entries_added is None or is_clock(sample.last_generated_id, moment.at):
        track.counters = None
        return
    if track.counters is None or added is None:
        track.counters = Counters()
    elif track.sample is not None and track.sample.entries_added is not None:
        track.counters.observe(track.sample.entries_added, moment.last_at)  # nothing came until then
    track.counters.observe(sample.entries_added, moment.at)


def _aged(moment: Moment, track: StreamTrack) -> StreamMetrics:
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
