"""The short way of an ordinary step comes to the same as the long way, which proves everything."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.group_deriver import derived_group, stepped_group
from dashboard.core.group_track import GroupTrack
from dashboard.core.insight import NOTHING_NEW
from dashboard.core.moment import Moment
from dashboard.core.rates import added_between, only_grew
from dashboard.core.sample import StreamSample
from dashboard.core.stream_events import Quiet, happened
from tests.core.samples import NOON, swept
from tests.core.walks import Walk, state, steps


class Both:
    """Derives the groups of one stream by the long way, and by the short one where that is open."""

    def __init__(self) -> None:
        self.now = NOON + 100
        self.last_at = self.now
        self.before: StreamSample | None = None
        self.tracks: dict[bytes, GroupTrack] = {}
        self.short = 0  # so often the short way was taken

    def see(self, sample: StreamSample, pause: float) -> None:
        """Takes in a sample so many seconds after the one before; fails where the two ways differ, or the short one hides a mark."""
        self.now, self.last_at = self.now + pause, self.now
        elapsed = pause if self.before is not None else None
        sweep = swept(self.now, sample)
        moment = Moment(sweep, self.now, self.last_at, elapsed, None, True, {}, NOTHING_NEW, {}, [])
        added = None if self.before is None else added_between(self.before, sample)
        grew = self.before is not None and added is not None and only_grew(self.before, sample, added)
        shorter = 0
        for group in sample.groups:
            own = self.tracks.get(group.name)
            other = copy.deepcopy(own)
            self.tracks[group.name], metrics = derived_group(moment, own, sample, group, added, None)
            if other is None or added is None or not grew:
                continue
            remembered = state(other)
            stepped = stepped_group(moment, pause, other, sample, group, added, None)
            assert stepped in (None, metrics)
            assert state(other) == (remembered if stepped is None else state(self.tracks[group.name]))
            shorter += stepped is not None
        if self.before is not None and shorter == len(sample.groups):
            assert not list(happened(self.before, sample, Quiet(), self.now))
        self.before = sample
        self.short += shorter


@given(steps, st.sampled_from([1.0, 0.5, 20.0]))
def test_the_short_way_comes_to_the_same_as_the_long_one_or_is_not_taken(
    walked: list[list[tuple[str, int]]], pause: float
) -> None:
    walk, both = Walk(), Both()
    both.see(walk.sample(), pause)

    for step in walked:
        for action, number in step:
            walk.act(action, number)
        both.see(walk.sample(), pause)


def test_adding_reading_and_acknowledging_take_the_short_way() -> None:
    walk, both = Walk(), Both()
    both.see(walk.sample(), 1.0)

    for number in (0, 1):
        for action in ("add", "read", "add", "read", "acknowledge"):
            walk.act(action, number)
            both.see(walk.sample(), 1.0)

    assert both.short == 20
