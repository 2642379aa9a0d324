"""How a stream stands in one row: unknown stays unknown, and the worst of its groups speaks for it."""

from typing import Any

import pytest

from dashboard.core.board import Board
from dashboard.core.gravity import GRAVITY, gravity
from dashboard.core.group_state import GroupState
from dashboard.core.sample import ProblemKind
from dashboard.core.standing import Standing, weakest
from dashboard.live.events import GroupColumns, StreamColumns
from tests.core.boards import GROUP, NOT_KNOWN, board


def stand(groups: dict[str, dict[str, Any]], **own: Any) -> Standing:
    found = board({7: (own, groups)}).standing(7)
    assert found is not None
    return found


def test_a_stream_with_no_group_is_well_and_has_no_lag() -> None:
    found = stand({})

    assert (found.state, found.lag, found.lag_quality, found.time_lag_s, found.drain_s) == ("ok", None, "", None, None)
    assert (found.length, found.added_per_s, found.pending, found.memory_bytes) == (10, 1.0, 2, 100)


def test_a_stream_is_as_bad_as_its_gravest_group_and_shows_the_largest_lag() -> None:
    found = stand(
        {
            "far": {"lag": 900, "state": "slow", "delivered_per_s": 7.0},
            "dead": {"lag": 3, "state": "stopped", "state_reason": "Nobody reads."},
        }
    )

    assert (found.state, found.whose, found.reason) == ("stopped", "dead", "Nobody reads.")
    assert (found.group, found.lag, found.delivered_per_s) == ("far", 900, 7.0)


LAGS = [
    ("none and one that is not known", {"none": {}, "unknown": NOT_KNOWN}, "unknown"),
    ("one that is not known and one that is there", {"unknown": NOT_KNOWN, "one": {"lag": 1}}, "one"),
    ("two alike", {"first": {"lag": 3}, "second": {"lag": 3}}, "first"),
]


@pytest.mark.parametrize(("groups", "worst"), [case[1:] for case in LAGS], ids=[case[0] for case in LAGS])
def test_an_unknown_lag_outweighs_none_and_nothing_that_is_known(groups: dict[str, dict[str, Any]], worst: str) -> None:
    assert stand(groups).group == worst


def test_a_problem_of_the_stream_outranks_its_groups() -> None:
    found = stand({"g": {"state": "loss"}}, problem="vanished", length=None)

    assert (found.state, found.reason, found.length) == ("vanished", "The key is gone.", None)


DRAINS = [
    ("all are done when the last one is", {"a": {"drain_s": 3.0}, "b": {"drain_s": 8.0}}, (8.0, False)),
    ("one that is not known leaves it open", {"a": {"drain_s": 3.0}, "b": {"drain_s": None}}, (None, False)),
    ("one never is", {"a": {"drain_s": 3.0}, "b": {"drain_s": None, "never_drains": True}}, (None, True)),
]


@pytest.mark.parametrize(("groups", "drained"), [case[1:] for case in DRAINS], ids=[case[0] for case in DRAINS])
def test_a_stream_is_drained_when_no_group_lags(groups: dict[str, dict[str, Any]], drained: object) -> None:
    found = stand(groups)

    assert (found.drain_s, found.never_drains) == drained


def test_the_longest_time_lag_is_shown_and_marked_where_another_is_not_known() -> None:
    found = stand(
        {
            "a": {"time_lag_s": 4.0, "time_lag_estimated": True, "oldest_pending_s": 9.0},
            "b": {"time_lag_s": None, "oldest_pending_s": 2.0},
        }
    )

    assert (found.time_lag_s, found.time_lag_estimated, found.oldest_pending_s) == (4.0, True, 9.0)
    assert found.partial == ("time_lag_s",)


def test_a_state_that_is_new_to_us_counts_as_unknown_and_not_as_well() -> None:
    assert stand({"g": {"state": "melted"}}).state == "unknown"
    assert gravity("melted") < gravity("ok")


def test_every_state_and_problem_has_its_gravity() -> None:
    assert {*GroupState, *ProblemKind} <= set(GRAVITY)
    assert [state for state in GRAVITY if state in set(GroupState)] == list(GroupState)


def test_a_stream_that_the_tick_does_not_have_has_no_standing() -> None:
    found = board({7: ({}, {})})

    assert (found.standing(8), found.gravity(8), found.groups(8)) == (None, None, ())


def test_the_next_tick_tells_new_numbers_of_the_same_streams_and_of_others() -> None:
    first = board({1: ({}, {"g": {}}), 2: ({}, {"g": {"lag": 4}})})
    same = board({1: ({}, {"g": {"lag": 5}}), 2: ({}, {"g": {"lag": 6}})}, before=first)
    other = board({2: ({}, {}), 3: ({}, {"g": {"lag": 7}})}, before=same)

    assert [standing and standing.lag for standing in map(same.standing, (1, 2))] == [5, 6]
    assert [standing and standing.lag for standing in map(other.standing, (1, 2, 3))] == [None, None, 7]


def test_columns_that_are_not_in_step_are_refused_and_never_read_as_well() -> None:
    columns: dict[str, Any] = {name: [value] for name, value in GROUP.items() if name != "state"}
    groups = GroupColumns(stream=[1], name=["g"], **columns)

    with pytest.raises(ValueError, match=r"not in step: state$"):
        Board(StreamColumns(), groups, taken_at=1, interval=1)


RATES = [
    ("all known", [{}, {}], (2.0, True)),
    ("one not known", [{}, {"added_per_s": None}], (1.0, False)),
    ("none known", [{"added_per_s": None}], (None, False)),
    ("one vanished", [{}, {"added_per_s": None, "problem": "vanished"}], (1.0, True)),
    ("one counted up to a cap", [{"added_at_least": True}], (1.0, False)),
    ("no stream", [], (None, True)),
]


@pytest.mark.parametrize(("streams", "total"), [case[1:] for case in RATES], ids=[case[0] for case in RATES])
def test_a_sum_over_rates_that_are_not_all_known_says_so(streams: list[dict[str, Any]], total: object) -> None:
    assert board({pk: (own, {}) for pk, own in enumerate(streams)}).added_per_s() == total


QUALITIES = [
    (["exact", "exact"], "exact"),
    (["exact", "measured"], "measured"),
    (["measured", "approximate"], "approximate"),
    (["approximate", "at_least"], "at_least"),
    (["exact", "unknown"], "at_least"),
    (["unknown", "unknown"], "unknown"),
]


@pytest.mark.parametrize(("parts", "whole"), QUALITIES)
def test_a_sum_is_as_good_as_its_weakest_part(parts: list[str], whole: str) -> None:
    assert weakest(parts) == whole
