"""A family as a whole: its sums with what is unknown marked, and the member that is unlike the others."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.folding import BUSIER, GRAVER, LAGS, QUIETER, Member, Oddity, fold, odd_one_out, skew
from dashboard.core.standing import UNSEEN
from tests.core.boards import NOT_KNOWN, board

Stream = tuple[dict[str, Any], dict[str, dict[str, Any]]]


def family(*streams: Stream) -> list[Member]:
    """The members `m:0`, `m:1` …"""
    found = board(dict(enumerate(streams)))
    return [
        Member(pk, f"m:{pk}", found.standing(pk) or UNSEEN["waiting"], found.groups(pk)) for pk in range(len(streams))
    ]


def test_a_family_is_the_sum_of_its_members() -> None:
    found = fold(
        family(
            ({"length": 10, "pending": 1, "memory_bytes": 5}, {"g": {"lag": 3, "time_lag_s": 2.0}}),
            ({"length": 20, "pending": 4, "memory_bytes": 6}, {"g": {"lag": 4, "time_lag_s": 9.0}}),
        )
    )

    assert (found.length, found.pending, found.memory_bytes, found.added_per_s) == (30, 5, 11, 2.0)
    assert (found.group, found.lag, found.lag_quality, found.delivered_per_s) == ("g", 7, "exact", 2.0)
    assert (found.time_lag_s, found.state, found.reason, found.partial) == (9.0, "ok", "", ())


def test_lags_are_summed_group_by_group_where_the_members_have_the_same() -> None:
    found = fold(
        family(
            ({}, {"billing": {"lag": 90}, "audit": {"lag": 50, "delivered_per_s": 3.0}}),
            ({}, {"audit": {"lag": 60, "delivered_per_s": 4.0}, "billing": {"lag": 1}}),
        )
    )

    assert (found.group, found.lag, found.delivered_per_s) == ("audit", 110, 7.0)


def test_where_they_have_not_the_worst_lag_of_each_is_summed_and_no_group_is_named() -> None:
    found = fold(family(({}, {"billing": {"lag": 90}, "audit": {"lag": 50}}), ({}, {"audit": {"lag": 60}}), ({}, {})))

    assert (found.group, found.lag) == ("", 150)


def test_the_state_of_a_family_is_its_gravest_and_says_whose_it_is() -> None:
    found = fold(family(({}, {}), ({}, {"g": {"state": "stopped", "state_reason": "Nobody reads."}})))

    assert (found.state, found.whose, found.reason) == ("stopped", "m:1: g", "Nobody reads.")


def test_what_is_not_known_of_a_member_makes_its_sum_a_lower_bound_that_says_so() -> None:
    found = fold(
        family(
            ({"length": 10}, {"g": {"lag": 3}}),
            ({"length": None, "added_per_s": None, "pending": None}, {"g": {**NOT_KNOWN, "time_lag_s": None}}),
        )
    )

    assert (found.length, found.added_per_s, found.added_at_least, found.pending) == (10, 1.0, True, 2)
    assert (found.lag, found.lag_quality, found.lag_reason) == (3, "at_least", "It is not known of every member.")
    assert found.partial == ("length", "pending", "time_lag_s")
    assert found.drain_s is None


def test_of_what_no_member_is_known_nothing_is_said() -> None:
    found = fold([Member(pk, f"m:{pk}", UNSEEN["waiting"]) for pk in range(2)])

    assert (found.state, found.length, found.added_per_s, found.lag, found.lag_quality) == (
        "waiting",
        None,
        None,
        None,
        "",
    )
    assert (found.partial, found.taken_at, found.every_s, found.added_at_least) == ((), None, None, False)


def test_a_key_that_is_gone_holds_nothing_and_leaves_the_sums_of_the_others_whole() -> None:
    gone: Stream = ({"length": None, "added_per_s": None, "pending": None, "problem": "vanished"}, {})

    found = fold(family(({"length": 10}, {"g": {"lag": 3}}), gone))

    assert (found.state, found.whose, found.length, found.lag, found.lag_quality) == ("vanished", "m:1", 10, 3, "exact")
    assert (found.partial, found.added_at_least) == ((), False)


numbers = st.none() | st.integers(0, 10**6)


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=2, max_size=6))
def test_sums_are_right_and_marked_exactly_where_a_part_is_not_known(parts: list[tuple[int | None, ...]]) -> None:
    found = fold(
        family(
            *(
                (
                    {"length": length, "pending": pending},
                    {"g": {"lag": lag, "lag_quality": "unknown" if lag is None else "exact"}},
                )
                for length, pending, lag in parts
            )
        )
    )

    for name, values in zip(("length", "pending", "lag"), zip(*parts, strict=True), strict=True):
        known = [value for value in values if value is not None]
        assert getattr(found, name) == (sum(known) if known else None)
        marked = found.lag_quality == "at_least" if name == "lag" else name in found.partial
        assert marked is (0 < len(known) < len(values))


SKEWS = [
    ("even", [1.0, 1.0], 0.5),
    ("one takes most", [8.0, 1.0, 1.0], 0.8),
    ("one not known", [8.0, None], None),
    ("nothing added", [0.0, 0.0], None),
    ("one member alone", [3.0], 1.0),
]


@pytest.mark.parametrize(("rates", "share"), [case[1:] for case in SKEWS], ids=[case[0] for case in SKEWS])
def test_skew_is_the_largest_share_of_what_is_added(rates: list[float | None], share: float | None) -> None:
    assert skew([member.standing for member in family(*(({"added_per_s": rate}, {}) for rate in rates))]) == share


def lags(*values: int | None) -> list[Stream]:
    return [({}, {"g": {"lag": value}}) for value in values]


def rates(*values: float | None) -> list[Stream]:
    return [({"added_per_s": value}, {}) for value in values]


ODD: list[tuple[str, list[Stream], Oddity | None]] = [
    ("all alike", lags(5, 5, 5), None),
    ("one stopped", [({}, {}), ({}, {"g": {"state": "stopped"}}), ({}, {})], Oddity(1, GRAVER)),
    ("one of two stopped", [({}, {}), ({}, {"g": {"state": "stopped"}})], Oddity(1, GRAVER)),
    ("most of them stopped", [({}, {"g": {"state": "stopped"}})] * 2 + [({}, {})], None),
    ("one in its first minute", [({}, {}), ({}, {"g": {"state": "waiting"}}), ({}, {})], None),
    (
        "two stopped, and one of them further behind",
        [({}, {}), ({}, {}), ({}, {"g": {"state": "stopped"}}), ({}, {"g": {"state": "stopped", "lag": 9}})],
        Oddity(3, GRAVER),
    ),
    ("one far behind", lags(100, 120, 900), Oddity(2, LAGS, "g")),
    ("one a little behind", lags(100, 120, 300), None),
    ("a few entries against none", lags(0, 0, 60), None),
    ("one of two far behind: which is odd, nobody knows", lags(0, 900), None),
    ("far behind two of which nothing is known", lags(None, None, 900), None),
    (
        "one far behind in a group, and others in another",
        [
            ({}, {"a": {"lag": 0}, "b": {"lag": 900}}),
            ({}, {"a": {"lag": 0}, "b": {"lag": 900}}),
            ({}, {"a": {"lag": 800}, "b": {"lag": 900}}),
        ],
        Oddity(2, LAGS, "a"),
    ),
    (
        "one far behind, in other groups than the rest",
        [({}, {"a": {}}), ({}, {"a": {}}), ({}, {"b": {"lag": 900}})],
        Oddity(2, LAGS),
    ),
    ("one much busier", rates(5.0, 5.0, 60.0), Oddity(2, BUSIER)),
    ("one much quieter", rates(5.0, 0.0, 5.0), Oddity(1, QUIETER)),
    ("all nearly idle", rates(0.1, 0.0, 0.4), None),
    ("rates that are not known", rates(None, 0.0, 5.0), None),
]


@pytest.mark.parametrize(("streams", "odd"), [case[1:] for case in ODD], ids=[case[0] for case in ODD])
def test_the_odd_one_out_is_named_with_its_reason(streams: list[Stream], odd: Oddity | None) -> None:
    assert odd_one_out(family(*streams)) == odd
