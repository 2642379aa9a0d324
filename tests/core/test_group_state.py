from collections.abc import Sequence

import pytest

from dashboard.core.group_state import STUCK_AFTER_S, WINDOW_S, GroupHistory, GroupState, judge_group
from tests.core.samples import NOON, at, group

Step = tuple[int | None, int, int]  # lag, position, pending


def judged(steps: Sequence[Step], *, every_s: float = 1.0, consumers: int = 1) -> GroupState:
    """The state after these samples, one every `every_s` seconds."""
    history, now, own, lag = None, NOON, group(), None
    for lag, position, pending in steps:
        own = group(at(position), pending=pending, consumers=consumers)
        if history is None:
            history = GroupHistory(now, own, lag)
        else:
            now += every_s
            history.observe(now, now - every_s, own, lag)
    assert history is not None
    state, reason = judge_group(history, own, lag, now)
    assert reason.endswith(".")
    return state


MINUTE = int(WINDOW_S) + 2


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        pytest.param([(0, 0, 0)], GroupState.OK, id="caught up at the first sample"),
        pytest.param([(5, 0, 0)], GroupState.WAITING, id="not watched for long enough"),
        pytest.param([(5, 0, 0), (3, 2, 0)], GroupState.OK, id="seen to work at once"),
        pytest.param([(5, 0, 0)] * MINUTE, GroupState.STALLED, id="entries wait and nothing moves"),
        pytest.param([(0, 0, 0)] + [(5, 0, 0)] * (MINUTE + 1), GroupState.STALLED, id="caught up, but too long ago"),
        pytest.param([(0, 0, 0)] + [(5, 0, 0)] * 30, GroupState.OK, id="caught up half a minute ago"),
        pytest.param([(n, n, 0) for n in range(1, MINUTE)], GroupState.SLOW, id="moves, and its lag only rises"),
        pytest.param([(9, n, 0) for n in range(MINUTE)], GroupState.OK, id="keeps pace"),
        pytest.param([(50 + n % 7, n, 0) for n in range(MINUTE)], GroupState.OK, id="its lag goes up and down"),
        pytest.param([(None, 0, 0)] * MINUTE, GroupState.STALLED, id="how many wait is unknown, and nothing moves"),
        pytest.param([(None, n, 0) for n in range(MINUTE)], GroupState.UNKNOWN, id="its lag is unknown, but it moves"),
        pytest.param([(0, n, 0) for n in range(3 * MINUTE)], GroupState.OK, id="always caught up"),
    ],
)
def test_a_group_is_judged_over_a_window(steps: list[Step], state: GroupState) -> None:
    assert judged(steps) is state


def test_a_stalled_group_without_a_consumer_is_stopped() -> None:
    assert judged([(5, 0, 0)] * MINUTE, consumers=0) is GroupState.STOPPED


def test_pending_entries_that_nobody_acknowledges_are_stuck_even_where_nothing_waits() -> None:
    assert judged([(0, 0, 4)] * 11, every_s=STUCK_AFTER_S / 10) is GroupState.STUCK


def test_a_group_that_acknowledges_is_not_stuck() -> None:
    assert judged([(0, 0, 4 - n % 2) for n in range(11)], every_s=STUCK_AFTER_S / 10) is GroupState.OK


def test_a_quiet_group_with_nothing_pending_stays_ok() -> None:
    assert judged([(0, 0, 0)] * 11, every_s=3600) is GroupState.OK


def test_samples_in_which_nothing_changed_may_be_left_out() -> None:
    early = group(at(0))
    history = GroupHistory(NOON, early, 0)

    history.observe(NOON + 7200, NOON + 7199, early, 5)

    assert judge_group(history, early, 5, NOON + 7200)[0] is GroupState.OK
    assert judge_group(history, early, 5, NOON + 7199 + WINDOW_S + 1)[0] is GroupState.STALLED
