"""Since when a group is in its state: what its history tells, and nothing where it does not."""

import pytest

from dashboard.core.entry_id import EntryId
from dashboard.core.group_since import since_when
from dashboard.core.group_state import GroupHistory, GroupState, judge_group
from dashboard.core.sample import GroupSample


def group(*, delivered: int = 5, pending: int = 0, consumers: int = 1) -> GroupSample:
    return GroupSample(b"billing", consumers, pending, EntryId(delivered, 0), delivered, 0)


def judged(history: GroupHistory, sample: GroupSample, lag: int | None, now: float) -> tuple[GroupState, float | None]:
    state, _ = judge_group(history, sample, lag, now)
    return state, since_when(history, sample, state)


def test_a_group_that_stands_still_has_been_stalled_since_it_moved_last() -> None:
    history = GroupHistory(1000.0, group(delivered=4), 3)
    history.observe(1010.0, 1000.0, group(), 3)
    history.observe(1140.0, 1139.0, group(), 9)

    assert judged(history, group(), 9, 1140.0) == (GroupState.STALLED, 1010.0)


def test_a_group_is_not_stalled_for_as_long_as_nothing_came() -> None:
    history = GroupHistory(1000.0, group(), 0)
    history.observe(9000.0, 8999.0, group(), 4)

    assert judged(history, group(), 4, 9070.0) == (GroupState.STALLED, 8999.0)


def test_a_group_that_only_falls_behind_has_been_slow_since_it_was_last_better() -> None:
    history = GroupHistory(1000.0, group(), 0)
    for second in range(1, 100):
        history.observe(1000.0 + second, 999.0 + second, group(delivered=5 + second), second)

    assert judged(history, group(delivered=104), 99, 1099.0) == (GroupState.SLOW, 1000.0)


def test_a_group_whose_entries_nobody_acknowledges_is_stuck_since_its_oldest_was_added() -> None:
    history = GroupHistory(1000.0, group(pending=2), 0)
    history.see_oldest(EntryId(3, 0), 990.0, 1001.0)

    assert judged(history, group(pending=2), 0, 1400.0) == (GroupState.STUCK, 990.0)


@pytest.mark.parametrize("state", [GroupState.OK, GroupState.POISON, GroupState.GHOSTS])
def test_what_nobody_saw_begin_has_no_beginning(state: GroupState) -> None:
    assert since_when(GroupHistory(1000.0, group(), 0), group(), state) is None


def test_every_state_has_an_answer() -> None:
    history = GroupHistory(1000.0, group(), 0)

    for state in GroupState:
        assert since_when(history, group(), state) in (None, 0.0, 1000.0)
