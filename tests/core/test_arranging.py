"""The order of a view's rows: the worst first, unknown last, and no stream lost or doubled."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.arranging import Arranged, arrange
from dashboard.core.families import families
from dashboard.core.fleet import Alarm, Fleet
from dashboard.core.listing import SORTS, Entry, View
from tests.core.boards import NOT_KNOWN, Tick, board, entry

Case = tuple[str, dict[str, Any], dict[str, Any]]  # name, what the stream has, what its group has


def arranged(cases: Sequence[Case], view: View, *, alarms: dict[str, str] | None = None) -> Arranged:
    """The rows of streams that stand by name as they are written."""
    entries = [entry(pk, name) for pk, (name, _, _) in enumerate(cases)]
    found = board({pk: (own, {"g": group}) for pk, (_, own, group) in enumerate(cases)})
    by_name = {each.name: each.id for each in entries}
    open_on = {by_name[name]: Alarm(severity, (severity,)) for name, severity in (alarms or {}).items()}
    return arrange(view, entries, Fleet({1: found}, open_on))


def names(found: Arranged) -> list[str]:
    return [row.entries[0].name for row in found.rows]


def test_the_worst_come_first_and_the_calm_keep_to_their_names() -> None:
    found = arranged(
        [
            ("a9", {}, {}),
            ("a10", {}, {}),
            ("b", {}, {"lag": 3}),
            ("not known", {}, {"state": "unknown"}),
            ("slow", {}, {"state": "slow", "lag": 30}),
            ("slow and far", {}, {"state": "slow", "lag": 900}),
            ("slow and more pending", {"pending": 9}, {"state": "slow", "lag": 30}),
            ("stopped", {}, {"state": "stopped", "lag": 1}),
            ("waiting", {}, {"state": "waiting", "lag": 5000}),
        ],
        View(),
    )

    assert names(found) == [
        "stopped",
        "slow and far",
        "slow and more pending",
        "slow",
        "not known",
        "waiting",
        "a9",
        "a10",
        "b",
    ]


def test_an_open_alert_lifts_a_stream_above_all_that_are_well() -> None:
    cases: list[Case] = [
        ("a", {}, {}),
        ("b", {}, {}),
        ("c", {}, {}),
        ("d", {}, {"state": "slow"}),
        ("e", {}, {"state": "waiting"}),
    ]

    found = arranged(cases, View(), alarms={"b": "warning", "c": "critical"})

    assert names(found) == ["d", "c", "b", "e", "a"]


NUMBERS = [
    ("the longest", "-length", ["many", "few", "none"]),
    ("the shortest", "length", ["few", "many", "none"]),
    ("the largest lag", "-lag", ["many", "none", "few"]),
    ("the most time until drained", "-drain", ["many", "few", "none"]),
    ("the name", "name", ["few", "many", "none"]),
    ("the name turned around", "-name", ["none", "many", "few"]),
    ("the calmest", "state", ["few", "none", "many"]),
    ("the gravest", "-state", ["many", "few", "none"]),
]


@pytest.mark.parametrize(("sort", "order"), [case[1:] for case in NUMBERS], ids=[case[0] for case in NUMBERS])
def test_a_number_orders_the_rows_and_what_is_not_known_comes_last(sort: str, order: list[str]) -> None:
    cases: list[Case] = [
        ("few", {"length": 2}, {"lag": 0, "drain_s": 1.0}),
        ("many", {"length": 30}, {"lag": 1, "drain_s": None, "never_drains": True, "state": "slow"}),
        ("none", {"length": None}, NOT_KNOWN),
    ]

    assert names(arranged(cases, View(sort=sort))) == order


def test_a_state_is_asked_of_streams_and_all_states_are_counted() -> None:
    cases: list[Case] = [("a", {}, {}), ("b", {}, {"state": "slow"}), ("c", {}, {"state": "slow"})]

    found = arranged(cases, View(state="slow"))

    assert (names(found), found.streams, found.states) == (["b", "c"], 2, {"slow": 2, "ok": 1})


def test_what_no_tick_has_waits_has_vanished_or_is_not_watched() -> None:
    entries = [entry(1, "a"), entry(2, "b", vanished=True), entry(3, "c", watched=False), entry(4, "d", server=2)]

    found = arrange(View(), entries, Fleet({1: board({3: ({}, {})})}, {}))

    assert found.states == {"vanished": 1, "waiting": 2, "unwatched": 1}


# Families

keys = st.lists(st.from_regex(r"[ab](:\{[0-3]\}|[:-][0-3]|)", fullmatch=True), unique=True, max_size=14)


def of_keys(found: Sequence[str]) -> list[Entry]:
    family_of = families((1, key.encode()) for key in found)
    return [entry(pk, key, family=family_of.get((1, key.encode()), "")) for pk, key in enumerate(found)]


states = st.lists(st.sampled_from(["ok", "waiting", "slow", "stopped", "melted"]), min_size=14, max_size=14)


@given(keys, states, st.sampled_from(["", "slow", "attention"]), st.sampled_from(SORTS), st.booleans(), st.booleans())
def test_folding_never_loses_or_doubles_a_stream(
    found: list[str], of_streams: list[str], state: str, sort: str, fold: bool, opened: bool
) -> None:
    entries = of_keys(found)
    fleet = Fleet({1: board({pk: ({}, {"g": {"state": of_streams[pk]}}) for pk in range(len(found))})}, {})
    names_of_families = tuple({each.family for each in entries if each.family}) if opened else ()

    flat = arrange(View(state=state, sort=sort, fold=False), entries, fleet)
    rows = arrange(View(state=state, sort=sort, fold=fold, open=names_of_families), entries, fleet)

    listed = sorted(each.id for row in rows.rows if row.kind != "member" for each in row.entries)
    assert listed == sorted(row.entries[0].id for row in flat.rows)
    assert rows.streams == flat.streams == len(listed)
    members = sorted(row.entries[0].id for row in rows.rows if row.kind == "member")
    in_families = sorted(each.id for row in rows.rows if row.kind == "family" for each in row.entries)
    assert members == (in_families if opened else [])
    assert all(len(row.entries) > 1 for row in rows.rows if row.kind == "family")


@given(keys, states, st.sampled_from(SORTS), st.booleans(), st.randoms())
def test_an_order_is_total_and_stable(
    found: list[str], of_streams: list[str], sort: str, turned: bool, chance: Any
) -> None:
    entries = of_keys(found)
    lengths = [None if chance.random() < 0.3 else chance.randrange(3) for _ in found]
    tick = {pk: ({"length": length}, {"g": {"state": of_streams[pk]}}) for pk, length in enumerate(lengths)}
    view = View(sort=f"-{sort}" if turned else sort)

    once = arrange(view, entries, Fleet({1: board(tick)}, {}))
    again = arrange(view, entries, Fleet({1: board(tick)}, {}))

    assert once == again


@given(keys, st.lists(st.none() | st.integers(0, 9), min_size=14, max_size=14))
def test_rows_stand_by_the_very_numbers_that_they_show(found: list[str], numbers: list[int | None]) -> None:
    entries = of_keys(found)
    tick: Tick = {pk: ({"length": numbers[pk], "added_per_s": numbers[-pk]}, {}) for pk in range(len(found))}
    fleet = Fleet({1: board(tick)}, {})

    for sort, field in (("length", "length"), ("added", "added_per_s")):
        shown = [getattr(fleet.row(row), field) for row in arrange(View(sort=sort), entries, fleet).rows]
        known = [value for value in shown if value is not None]
        assert shown == sorted(known) + [None] * (len(shown) - len(known))


def test_the_members_of_an_open_family_follow_it_in_the_order_of_the_view() -> None:
    entries = of_keys(["a:0", "a:1", "a:2", "b"])
    lengths = {0: 5, 1: 9, 2: 7, 3: 30}
    fleet = Fleet({1: board({pk: ({"length": length}, {}) for pk, length in lengths.items()})}, {})

    found = arrange(View(sort="-length", open=("a:0…2",)), entries, fleet)

    assert [(row.kind, row.entries[0].name) for row in found.rows] == [
        ("stream", "b"),
        ("family", "a:0"),
        ("member", "a:1"),
        ("member", "a:2"),
        ("member", "a:0"),
    ]


def test_a_family_of_which_one_member_matches_is_that_stream() -> None:
    entries = of_keys(["a:0", "a:1"])
    fleet = Fleet({1: board({0: ({}, {}), 1: ({}, {"g": {"state": "slow"}})})}, {})

    found = arrange(View(state="slow"), entries, fleet)

    assert [(row.kind, row.entries[0].name) for row in found.rows] == [("stream", "a:1")]


def test_families_of_the_same_name_on_two_servers_stay_apart() -> None:
    entries = [entry(pk, f"a:{pk % 2}", server=1 + pk // 2, family="a:0…1") for pk in range(4)]

    found = arrange(View(), entries, Fleet({}, {}))

    assert [[each.id for each in row.entries] for row in found.rows] == [[0, 1], [2, 3]]
