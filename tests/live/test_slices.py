"""Rows of a sample, and their text."""

import json
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.live.events import Event, SampleTaken
from dashboard.live.serving.slices import NO_ROWS, View, cut, encode
from tests.live.events import action_finished, alert_opened, sample_of, server_unreachable


@given(st.lists(st.integers(1, 30), unique=True), st.frozensets(st.integers(1, 30)))
def test_a_cut_keeps_the_watched_rows_with_their_columns_in_step(streams: list[int], watched: frozenset[int]) -> None:
    sample = sample_of(1, streams)
    sample.streams.length = [stream * 100 for stream in streams]
    sample.groups.lag = [stream * 1000 for stream in sample.groups.stream]

    piece = cut(sample, watched, with_health=True)

    kept = [stream for stream in streams if stream in watched]
    assert piece.streams.id == kept
    assert piece.streams.length == [stream * 100 for stream in kept]
    assert piece.groups.stream == [stream for stream in kept for _ in range(2)]
    assert piece.groups.lag == [stream * 1000 for stream in piece.groups.stream]
    for columns in (piece.streams, piece.groups):
        assert len({len(getattr(columns, name)) for name in columns.__struct_fields__}) == 1
    assert isinstance(piece, SampleTaken)
    assert (piece.server, piece.at, piece.health) == (sample.server, sample.at, sample.health)


def test_a_whole_sample_is_not_copied() -> None:
    sample = sample_of(1, [1, 2])

    assert cut(sample, None, with_health=True) is sample


def test_who_watches_one_stream_gets_less_than_two_kilobytes_a_tick_of_a_server_with_ten_thousand() -> None:
    sample = sample_of(1, list(range(1, 10_001)))
    sample.groups.lag_reason = ["Entries were deleted below the group's position: the server does not say."] * 20_000
    sample.groups.state_reason = ["Entries wait and none was delivered for 60 s, though a consumer is alive."] * 20_000

    text = encode(cut(sample, frozenset({7_000}), with_health=False)).numbered(86_400)

    assert json.loads(text)["streams"]["id"] == [7_000]
    assert len(text.encode()) <= 2_000


@pytest.mark.parametrize(
    ("view", "wanted"),
    [
        (View(servers=frozenset({1})), True),
        (View(health=frozenset({1})), True),
        (View(streams={1: frozenset({2})}), False),
        (View(streams={1: frozenset({2})}, health=frozenset({1})), True),
    ],
)
def test_health_is_sent_to_who_shows_it(view: View, wanted: bool) -> None:
    assert view.wants_health(1) is wanted


@pytest.mark.parametrize(
    "event",
    [sample_of(1, [2]), alert_opened(1, 1), action_finished(1, 1), server_unreachable(1)],
    ids=lambda event: type(event).__name__,
)
def test_a_frame_is_the_event_with_its_number(event: Event) -> None:
    text = encode(event).numbered(41)

    assert json.loads(text) == {**json.loads(msgspec.json.encode(event)), "seq": 41}
    assert text.startswith(f'{{"type":"{type(event).__struct_config__.tag}","seq":41,')


def test_every_event_begins_with_its_type_and_has_more() -> None:
    for event in get_args(Event):
        assert event.__struct_config__.tag_field == "type"
        assert event.__struct_fields__


def test_hostile_names_stay_inside_their_string() -> None:
    sample = sample_of(1, [2], groups=1)
    sample.groups.name = ['","seq":999,"x":"\u2028</script>\x00']

    frame = json.loads(encode(sample).numbered(3))

    assert frame["seq"] == 3
    assert frame["groups"]["name"] == sample.groups.name


def test_what_nobody_knows_is_null() -> None:
    sample = sample_of(1, [2])
    sample.streams.added_per_s = [float("nan")]

    assert json.loads(encode(sample).numbered(1))["streams"]["added_per_s"] == [None]


@pytest.mark.parametrize(
    ("view", "rows", "servers"),
    [
        (View(), NO_ROWS, set()),
        (View(servers=frozenset({1})), None, {1}),
        (View(streams={1: frozenset({7})}), frozenset({7}), {1}),
        (View(servers=frozenset({2}), streams={3: frozenset({7})}), NO_ROWS, {2, 3}),
        (View(servers=frozenset({1}), streams={1: frozenset({7})}), None, {1}),
    ],
)
def test_a_view_knows_what_it_wants_of_server_one(view: View, rows: object, servers: set[int]) -> None:
    assert view.rows_of(1) == rows
    assert view.all_servers == servers


def test_samples_are_told_apart_from_other_events() -> None:
    assert isinstance(msgspec.json.decode(encode(sample_of(1, [2])).numbered(1), type=SampleTaken), SampleTaken)
