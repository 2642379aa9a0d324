"""Views: what an address asks for, and which streams that picks."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.core.gravity import GRAVITY
from dashboard.core.listing import SHOWS, SORTS, Entry, View, is_in, parse, picked, query_of
from tests.core.boards import entry

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)  # an address is UTF-8
views = st.builds(
    View,
    q=words,
    server=st.none() | st.integers(0, 10**18 - 1),
    state=st.sampled_from(["", "attention", *GRAVITY]),
    tag=words,
    owner=words,
    sort=st.sampled_from([sign + name for name in SORTS for sign in ("", "-")]),
    show=st.sampled_from(SHOWS),
    fold=st.booleans(),
    open=st.lists(words.filter(bool), unique=True, max_size=3).map(tuple),
)


@settings(max_examples=40)
@given(views)
def test_a_view_survives_its_address(view: View) -> None:
    assert parse(query_of(view)) == (view, [])


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_no_address_is_an_error_and_its_view_has_one_spelling(text: str) -> None:
    view, _ = parse(text)

    assert parse(query_of(view)) == (view, [])


def test_the_plain_view_has_a_plain_address() -> None:
    assert query_of(View()) == ""
    assert query_of(View(q="a&b = <c>", server=2, sort="-lag", open=("orders:{0…3}",))) == (
        "q=a%26b+%3D+%3Cc%3E&server=2&sort=-lag&open=orders%3A%7B0%E2%80%A63%7D"
    )


INVALID = [
    ("a sort that does not exist", "sort=price", ("sort", "price")),
    ("a sort from elsewhere", "sort=-__proto__", ("sort", "-__proto__")),
    ("a state that does not exist", "state=<b>", ("state", "<b>")),
    ("a server that is no id", "server=one", ("server", "one")),
    ("a server that is nearly an id", "server=²", ("server", "²")),
    ("what cannot be shown", "show=none", ("show", "none")),
    ("a fold that is neither", "fold=2", ("fold", "2")),
    ("a filter without end", "q=" + "x" * 501, ("address", "")),
    (
        "fields without end",
        "&".join(["open=x"] * 300),
        ("address", ""),
    ),
]


@pytest.mark.parametrize(("text", "said"), [case[1:] for case in INVALID], ids=[case[0] for case in INVALID])
def test_what_an_address_cannot_mean_is_left_out_and_said(text: str, said: tuple[str, str]) -> None:
    assert parse(text) == (View(), [said])


def test_what_is_the_browsers_own_is_passed_over() -> None:
    assert parse("?columns=length,lag&q=pay&x=%ff%00") == (View(q="pay"), [])


PICKS: list[tuple[str, str, dict[str, Any], bool]] = [
    ("every word of the filter", "q=Pay++EU", {"name": "payments:eu"}, True),
    ("one word of two", "q=pay+us", {"name": "payments:eu"}, False),
    ("the other server", "server=2", {}, False),
    ("its tag", "tag=core", {"tags": ("core", "x")}, True),
    ("part of its tag", "tag=cor", {"tags": ("core",)}, False),
    ("its owner", "owner=team+pay", {"owner": "team pay"}, True),
    ("another owner", "owner=team", {"owner": "team pay"}, False),
    ("nothing, and it has vanished", "", {"vanished": True}, True),
    ("nothing, and nobody reads it", "", {"watched": False}, False),
    ("what is not watched", "show=unwatched", {"watched": False}, True),
    ("what is not watched, and it is", "show=unwatched", {}, False),
    ("what is new", "show=new", {"new": True}, True),
    ("what is new, and it is not", "show=new", {}, False),
    ("what is new, and nobody reads it", "show=new", {"new": True, "watched": False}, False),
    ("what has vanished", "show=vanished", {"vanished": True}, True),
    ("all there is", "show=all", {"watched": False}, True),
]


@pytest.mark.parametrize(("text", "facts", "shown"), [case[1:] for case in PICKS], ids=[case[0] for case in PICKS])
def test_a_view_picks_what_it_asks_for(text: str, facts: dict[str, Any], shown: bool) -> None:
    each: Entry = entry(1, **{"name": "a", **facts})

    assert picked(parse(text)[0], [each]) == ([each] if shown else [])


STATES = [
    ("no state", "", "ok", False, True),
    ("its state", "slow", "slow", False, True),
    ("another state", "slow", "ok", False, False),
    ("what needs attention, while well", "attention", "ok", False, False),
    ("what needs attention, while well with an open alert", "attention", "ok", True, True),
    ("what needs attention, while waiting", "attention", "waiting", False, False),
    ("what needs attention, while unknown", "attention", "unknown", False, True),
    ("what needs attention, vanished", "attention", "vanished", False, True),
    ("what needs attention, not watched", "attention", "unwatched", False, False),
]


@pytest.mark.parametrize(
    ("asked", "state", "alerted", "wanted"), [case[1:] for case in STATES], ids=[case[0] for case in STATES]
)
def test_a_view_asks_for_a_state(asked: str, state: str, alerted: bool, wanted: bool) -> None:
    assert is_in(asked, GRAVITY.index(state), alerted=alerted) is wanted
