from collections.abc import Sequence

import pytest

from dashboard.core.group_state import (
    ABANDONED_AFTER_S,
    STUCK_AFTER_S,
    WINDOW_S,
    GroupHistory,
    GroupState,
    judge_group,
)
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


DAY_S = 86_400.0


def seen(
    lag: int | None, *, pending: int = 0, after_s: float = WINDOW_S + 1, consumers: int = 1, **facts: object
) -> str:
    """The state of a group that never moved, with these facts of its history, so long after it was first seen."""
    own = group(at(0), pending=pending, consumers=consumers)
    history = GroupHistory(NOON, own, lag)
    for name, value in facts.items():
        setattr(history, name, value)
    state, reason = judge_group(history, own, lag, NOON + after_s)
    assert reason.endswith(".")
    return state.value


OLDEST = {"oldest": at(-1_000_000), "oldest_since": NOON - 1000}


@pytest.mark.parametrize(
    ("state", "case"),
    [
        pytest.param("rewound", {"lag": 5, "rewound_at": NOON + 30}, id="its position fell"),
        pytest.param("stalled", {"lag": 5, "rewound_at": NOON}, id="its position fell, but before the window"),
        pytest.param("loss", {"lag": 5, "losing": True, "live": 0}, id="G3: entries were lost right ahead of it"),
        pytest.param("loss", {"lag": 0, "lost_at": NOON + 30}, id="G3: lost within the window, caught up or not"),
        pytest.param("rewound", {"lag": 5, "rewound_at": NOON + 30, "losing": True}, id="rewound before loss"),
        pytest.param("stopped", {"lag": 5, "live": 0}, id="no consumer is alive"),
        pytest.param("stopped", {"lag": None, "live": 0}, id="nor where only the number of waiting ones is unknown"),
        pytest.param("stopped", {"lag": 5, "consumers": 0}, id="there is no consumer"),
        pytest.param("stalled", {"lag": 5, "live": 1}, id="one is alive and nothing moves"),
        pytest.param("stalled", {"lag": 5}, id="nobody knows whether one is alive"),
        pytest.param("ok", {"lag": 0, "live": 0}, id="nothing waits, so nobody is missed"),
        pytest.param("stuck", {"lag": 0, "pending": 3, **OLDEST}, id="the smallest pending id never moved"),
        pytest.param("ok", {"lag": 0, "pending": 3, **OLDEST, "oldest_at": NOON + 30}, id="it moved in the window"),
        pytest.param("ok", {"lag": 0, "pending": 3, "oldest": at(0)}, id="it is not old enough"),
        pytest.param(
            "stuck", {"lag": 0, "pending": 3, **OLDEST, "poison": True, "ghosts": True}, id="stuck before poison"
        ),
        pytest.param("poison", {"lag": 0, "pending": 3, "poison": True, "ghosts": True}, id="poison before ghosts"),
        pytest.param("ghosts", {"lag": 0, "pending": 3, "ghosts": True}, id="G1: ghosts"),
        pytest.param("poison", {"lag": 5, "pending": 3, "poison": True, "after_s": 1.0}, id="poison at first sight"),
        pytest.param("ok", {"lag": 0, "poison": True, "ghosts": True}, id="nothing is pending any more"),
        pytest.param(
            "abandoned", {"lag": 5, "live": 0, "acted_at": NOON - 3 * DAY_S}, id="nobody acted for days, and some wait"
        ),
        pytest.param(
            "abandoned",
            {"lag": 0, "pending": 2, "live": 0, "acted_at": NOON - 3 * DAY_S, **OLDEST},
            id="nobody acted for days, and some are pending",
        ),
        pytest.param("ok", {"lag": 0, "live": 0, "acted_at": NOON - 3 * DAY_S}, id="nobody acted, and nothing waits"),
        pytest.param(
            "abandoned", {"lag": 5, "consumers": 0, "after_s": ABANDONED_AFTER_S}, id="without consumers for days"
        ),
    ],
)
def test_a_groups_state_is_the_first_of_the_rules_that_holds(state: str, case: dict[str, object]) -> None:
    assert seen(**case) == state  # type: ignore[arg-type]


def test_a_position_that_falls_is_seen() -> None:
    assert judged([(0, 9, 0), (5, 4, 0)]) is GroupState.REWOUND


def test_a_lag_that_is_unknown_for_a_moment_changes_nothing() -> None:
    moving = [(9, n, 0) for n in range(MINUTE)]

    assert judged([*moving, (None, MINUTE, 0)]) is GroupState.OK
    assert judged([*moving, *[(None, MINUTE + n, 0) for n in range(40)]]) is GroupState.UNKNOWN
