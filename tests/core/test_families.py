"""Which keys are a family, and what it is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.families import families, place_of

FAMILIES = [
    ("braces around the number", [b"orders:{0}", b"orders:{1}", b"orders:{3}"], "orders:{0…3}"),
    ("braces around more than the number", [b"{orders:0}:in", b"{orders:12}:in"], "{orders:0…12}:in"),
    ("the last number within the braces", [b"{a1-b2}", b"{a1-b3}"], "{a1-b2…3}"),
    ("braces without a number before those with one", [b"{eu}:{p1}", b"{eu}:{p2}"], "{eu}:{p1…2}"),
    ("a number after braces without one", [b"{orders}:3", b"{orders}:4"], "{orders}:3…4"),
    ("a number after a colon", [b"clicks:9", b"clicks:10"], "clicks:9…10"),
    ("a number after a hyphen", [b"clicks-1", b"clicks-2"], "clicks-1…2"),
    ("a number after a dot", [b"clicks.1", b"clicks.2"], "clicks.1…2"),
    ("numbers with noughts before them", [b"c:001", b"c:010", b"c:002"], "c:001…010"),
    ("bytes that are no text", [b"\xff\n{1}<script>", b"\xff\n{2}<script>"], "\\xff\\n{1…2}<script>"),
]
STRANGERS = [
    ("one member", [b"orders:{0}"]),
    ("different text", [b"orders:{0}", b"clicks:{1}"]),
    ("different separators", [b"clicks:1", b"clicks-2"]),
    ("a number without a separator", [b"clicks1", b"clicks2"]),
    ("no number", [b"{a}", b"{b}", b"", b"{}"]),
    ("numbers that no partition has", [b"c:%d" % 10**20, b"c:%d" % 10**21]),
    ("braces that never close", [b"{1", b"{2"]),
]


@pytest.mark.parametrize(("keys", "name"), [case[1:] for case in FAMILIES], ids=[case[0] for case in FAMILIES])
def test_keys_that_differ_in_one_number_are_a_family(keys: list[bytes], name: str) -> None:
    assert families((1, key) for key in keys) == {(1, key): name for key in keys}


@pytest.mark.parametrize("keys", [case[1] for case in STRANGERS], ids=[case[0] for case in STRANGERS])
def test_other_keys_are_none(keys: list[bytes]) -> None:
    assert families((1, key) for key in keys) == {}


def test_the_same_keys_on_two_servers_are_two_families_or_none() -> None:
    assert families([(1, b"a:1"), (2, b"a:2")]) == {}
    assert set(families([(1, b"a:1"), (1, b"a:2"), (2, b"a:1"), (2, b"a:2")])) == {
        (1, b"a:1"),
        (1, b"a:2"),
        (2, b"a:1"),
        (2, b"a:2"),
    }


@given(st.binary(max_size=60) | st.text("{}:-.0123a", max_size=60).map(str.encode))
def test_a_place_is_the_key_cut_in_three(key: bytes) -> None:
    if place := place_of(key):
        assert place.before + place.number + place.after == key
        assert place.number.isdigit()


def test_a_hostile_key_does_not_take_long() -> None:
    # A pattern that tries every split would not come to an end.
    for key in (b"{1" * 500, b"{" * 1000, b"{}" * 500, b"{a1" * 330, b":1" * 500 + b"x", b"1" * 100_000):
        place_of(key)
