"""Thresholds: a table for the rules, and a reference that looks at whole histories for all that a table forgets."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.core.clocks import NONE
from dashboard.core.readings import Doubt, Otherwise, Reading
from dashboard.core.schedule import active_hours
from dashboard.core.subjects import Subject
from dashboard.core.thresholds import GAP, Change, Comparison, Definition, Limit, Track, adopted, step
from dashboard.core.track_memory import DamagedMemory, packed, unpacked

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
SUBJECT = Subject(b"orders", b"billing")
BELOW = Comparison.BELOW
SEVERITIES = ("notice", "warning", "critical")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def limits(
    *values: float, hold: float = 0, clear: float | None = None, side: Comparison = Comparison.ABOVE
) -> tuple[Limit, ...]:
    held = timedelta(seconds=hold)
    return tuple(Limit(value, side, held, clear, name) for value, name in zip(values, SEVERITIES, strict=False))


def one(
    hold: float = 0, keep: float = 0, clear: float | None = None, side: Comparison = Comparison.ABOVE
) -> Definition:
    return Definition(limits(100, hold=hold, clear=clear, side=side), timedelta(seconds=keep))


def said(readings: list[Reading], definition: Definition) -> list[str]:
    """What became of the alert, in words: the second, the change, and the number of the limit."""
    track, words = None, []
    for reading in readings:
        track, transitions = step(track, reading, definition)
        second = (reading.at - NOON).total_seconds()
        words += [f"{second:g} {transition.change} {transition.level}" for transition in transitions]
    return words


def every_second(*values: float | None) -> list[Reading]:
    return [Reading(at(second), value) for second, value in enumerate(values)]


LADDER = Definition(limits(10, 20, 30, hold=2))


@pytest.mark.parametrize(
    ("definition", "values", "expected"),
    [
        pytest.param(one(), [99, 100, 101], ["2 opened 0"], id="the limit itself does not breach"),
        pytest.param(one(hold=2), [101] * 4, ["2 opened 0"], id="a breach must last its hold"),
        pytest.param(one(hold=1), [101, 99, 101, 101], ["3 opened 0"], id="a known ok starts anew"),
        pytest.param(one(hold=1), [101, None, 101, 101], ["3 opened 0"], id="unknown freezes"),
        pytest.param(one(hold=1), [101, 101, None, 99], ["1 opened 0", "3 resolved 0"], id="unknown ends nothing"),
        pytest.param(one(), [None, None], [], id="unknown alone says nothing"),
        pytest.param(one(side=BELOW), [100, 99, 100], ["1 opened 0", "2 resolved 0"], id="below"),
        pytest.param(one(clear=50), [101, 60, 99, 50], ["0 opened 0", "3 resolved 0"], id="open until it is clear"),
        pytest.param(one(hold=2, clear=50), [101, 60, 101, 101, 101], ["4 opened 0"], id="clear is for alerts alone"),
        pytest.param(one(side=BELOW, clear=150), [99, 120, 150], ["0 opened 0", "2 resolved 0"], id="clear above"),
        pytest.param(
            one(keep=2), [101, 5, 5, 5], ["0 opened 0", "1 recovering 0", "3 resolved 0"], id="kept open for a while"
        ),
        pytest.param(
            one(hold=1, keep=2),
            [101, 101, 5, 101, 5, 5, 5],
            ["1 opened 0", "2 recovering 0", "3 relapsed 0", "4 recovering 0", "6 resolved 0"],
            id="a relapse needs no hold",
        ),
        pytest.param(
            one(keep=2),
            [101, 5, None, 5, 5, 5],
            ["0 opened 0", "1 recovering 0", "5 resolved 0"],
            id="recovery freezes",
        ),
        pytest.param(
            LADDER,
            [35] * 4 + [25, 15, 5],
            ["2 opened 2", "4 eased 1", "5 eased 0", "6 resolved 0"],
            id="down the ladder",
        ),
        pytest.param(
            LADDER, [15, 15, 15, 25, 25, 25], ["2 opened 0", "5 escalated 1"], id="each limit holds for itself"
        ),
        pytest.param(
            LADDER, [15, 25, 35, 35, 35], ["2 opened 0", "3 escalated 1", "4 escalated 2"], id="up the ladder"
        ),
        pytest.param(LADDER, [35, 35, 35, 5], ["2 opened 2", "3 resolved 2"], id="over at once"),
        pytest.param(
            Definition(limits(10, 20), timedelta(seconds=9)),
            [25, 5, 15],
            ["0 opened 1", "1 recovering 1", "2 relapsed 0", "2 eased 0"],
            id="it may relapse more mildly",
        ),
    ],
)
def test_an_alert_follows_from_the_readings(
    definition: Definition, values: list[float | None], expected: list[str]
) -> None:
    assert said(every_second(*values), definition) == expected


def test_a_lower_bound_within_the_limit_freezes_recovery() -> None:
    readings = every_second(101, 5, 5, 5, 5)
    readings[2] = Reading(at(2), 5, at_least=True)

    assert said(readings, one(keep=1)) == ["0 opened 0", "1 recovering 0", "4 resolved 0"]


UNKNOWN = Reading(NOON, None, doubt=Doubt.UNKNOWN, most=120)
LOW, HIGH = Reading(NOON, 90, at_least=True), Reading(NOON, 101, at_least=True)
GUESS = Reading(NOON, 90, doubt=Doubt.ESTIMATED, most=120)


@pytest.mark.parametrize(
    ("reading", "policy", "opens"),
    [
        (LOW, {}, False),
        (HIGH, {}, True),
        (UNKNOWN, {}, False),
        (UNKNOWN, {"on_unknown": Otherwise.BOUND}, True),
        (UNKNOWN, {"on_unknown": Otherwise.ALERT}, True),
        (UNKNOWN, {"on_unknown": Otherwise.FINE}, False),
        (UNKNOWN, {"on_no_data": Otherwise.ALERT, "on_error": Otherwise.ALERT}, False),
        (Reading(NOON, None), {"on_unknown": Otherwise.ALERT}, True),
        (Reading(NOON, None, doubt=Doubt.NO_DATA), {"on_no_data": Otherwise.ALERT}, True),
        (Reading(NOON, None, doubt=Doubt.ERROR), {"on_error": Otherwise.ALERT}, True),
        (GUESS, {}, False),
        (GUESS, {"on_estimated": Otherwise.BOUND}, True),
        (GUESS, {"on_estimated": Otherwise.ALERT}, True),
    ],
)
def test_a_value_in_doubt_opens_as_the_threshold_says(reading: Reading, policy: dict[str, Any], opens: bool) -> None:
    _, transitions = step(None, reading, Definition(limits(100), **policy))

    assert [transition.change for transition in transitions] == [Change.OPENED] * opens


@pytest.mark.parametrize(
    ("policy", "ends"), [(Otherwise.SKIP, False), (Otherwise.FINE, True), (Otherwise.ALERT, False)]
)
def test_an_unknown_value_ends_an_alert_only_where_it_counts_as_fine(policy: Otherwise, ends: bool) -> None:
    words = said(every_second(101, None), Definition(limits(100), on_unknown=policy))

    assert words == ["0 opened 0", *["1 resolved 0"] * ends]


@pytest.mark.parametrize("jump", [60, 3600, -3600])
def test_a_gap_and_a_clock_that_is_set_count_for_nothing(jump: float) -> None:
    seconds = [0, 1, 1 + jump, 2 + jump]

    words = said([Reading(at(second), 101) for second in seconds], one(hold=2))

    assert words == [f"{2 + jump:g} opened 0"]


def test_a_condition_that_lasts_says_how_long() -> None:
    held = [
        Limit(0.5, hold=timedelta(seconds=seconds), severity=name)
        for seconds, name in ((2, "warning"), (4, "critical"))
    ]
    definition, track, lasted = Definition(tuple(held), lasting=True), None, []

    for reading in every_second(1, 1, 1, None, 1, 1, 1):
        track, _ = step(track, reading, definition)
        assert track
        lasted.append(track.lasted.total_seconds())

    assert lasted == [0, 1, 2, 2, 2, 3, 4]
    assert said(every_second(1, 1, 1, None, 1, 1, 1, 0), definition) == ["2 opened 0", "6 escalated 1", "7 resolved 1"]


def test_outside_its_hours_nothing_opens_and_an_open_alert_resolves() -> None:
    definition = Definition(limits(100), hours=active_hours("UTC", 127, time(11), time(12, 0, 2)))

    track, words = None, []
    for reading in every_second(101, 101, 101, 101):
        track, transitions = step(track, reading, definition)
        words += [(transition.change, transition.reason) for transition in transitions]

    assert words == [(Change.OPENED, ""), (Change.RESOLVED, "Its active hours are over.")]
    assert track is None


def test_an_alert_of_which_nothing_is_remembered_goes_on_at_its_severity() -> None:
    track: Track | None = adopted("warning", LADDER, since=NOON, recovering_since=None, at=NOON)

    track, first = step(track, Reading(at(1), 25), LADDER)
    _, second = step(track, Reading(at(2), 15), LADDER)

    assert (first, [transition.change for transition in second]) == ((), [Change.EASED])


def test_damaged_memory_is_told_from_tracks() -> None:
    track, _ = step(None, Reading(NOON, 25), LADDER)
    assert track
    kept = packed({SUBJECT: track})

    assert unpacked(kept, NOON, 3) == {SUBJECT: track}
    assert unpacked(b"", NOON, 3) == {}
    for data, count in ((kept[:-1], 3), (b"\xff" + kept, 3), (kept, 2), (b"nonsense", 3)):
        with pytest.raises(DamagedMemory):
            unpacked(data, NOON, count)


# The reference looks at all readings of an episode anew at each of them, and adds up what lies between them.


class _Seen(NamedTuple):
    at: datetime
    broken: tuple[bool | None, ...]


def _added_up(seen: list[tuple[datetime, bool | None]]) -> timedelta:
    """The time between neighbours that are both true, from the last false on."""
    total = NONE
    for (one_at, one_is), (next_at, next_is) in pairwise(seen):
        if next_is is False:
            total = NONE
        elif one_is and next_is and NONE <= next_at - one_at <= GAP:
            total += next_at - one_at
    return total


def _beyond(reading: Reading, edge: float) -> bool | None:
    if reading.value is None or (reading.at_least and reading.value <= edge):
        return None
    return reading.value > edge


def reference(readings: list[Reading], definition: Definition) -> list[str]:
    """What `said` says, worked out from whole histories."""
    words: list[str] = []
    seen: list[_Seen] = []
    back: list[tuple[datetime, bool | None]] = []
    opens, level = [False] * len(definition.limits), -1
    for reading in readings:
        second = f"{(reading.at - NOON).total_seconds():g}"
        edges = [
            limit.clear if limit.clear is not None and is_open else limit.value
            for limit, is_open in zip(definition.limits, opens, strict=True)
        ]
        broken = tuple(_beyond(reading, edge) for edge in edges)
        seen.append(_Seen(reading.at, broken))
        for number, limit in enumerate(definition.limits):
            if broken[number] is False:
                opens[number] = False
            elif broken[number] and not opens[number]:
                held = _added_up([(one.at, one.broken[number]) for one in seen])
                opens[number] = held >= limit.hold or (bool(back) and number <= level)
        now = max((number for number, is_open in enumerate(opens) if is_open), default=-1)
        if level < 0 <= now:
            words.append(f"{second} opened {now}")
            level = now
        elif now >= 0:
            words += [f"{second} relapsed {now}"] * bool(back)
            words += [f"{second} {'escalated' if now > level else 'eased'} {now}"] * (now != level)
            back, level = [], now
        elif level >= 0 and (back or None not in broken):
            back.append((reading.at, None if None in broken else True))
            if len(back) == 1:
                words += [f"{second} recovering {level}"] * (definition.keep_open > NONE)
            if None not in broken and _added_up(back) >= definition.keep_open:
                words.append(f"{second} resolved {level}")
                back, level, seen = [], -1, []
    return words


values = st.none() | st.sampled_from([0.0, 5, 8, 10, 12, 18, 20, 22, 28, 30, 35])
steps = st.sampled_from([1.0, 1.0, 1.0, 0.5, 2.5, 5.0, 5.5, 3600.0, -3.0, 0.0])
histories = st.lists(st.tuples(steps, values, st.integers(0, 5)), min_size=1, max_size=60)
definitions = st.builds(
    lambda count, hold, keep, clear: Definition(
        tuple(
            Limit(value, hold=timedelta(seconds=hold), clear=value - clear if clear else None, severity=name)
            for value, name in list(zip((10.0, 20.0, 30.0), SEVERITIES, strict=True))[:count]
        ),
        timedelta(seconds=keep),
    ),
    st.integers(1, 3),
    st.sampled_from([0, 1, 3, 8]),
    st.sampled_from([0, 2, 6]),
    st.sampled_from([0, 3]),
)


History = list[tuple[float, float | None, int]]


def _readings(history: History) -> list[Reading]:
    """Readings after so many seconds each; one in six is a lower bound."""
    now, readings = 0.0, []
    for seconds, value, luck in history:
        now += seconds
        readings.append(Reading(at(now), value, at_least=luck == 5))
    return readings


@settings(max_examples=400, deadline=None)
@given(histories, definitions, st.sets(st.integers(0, 59)))
def test_over_gaps_jumps_unknowns_and_restarts_it_says_what_the_whole_history_says(
    history: History, definition: Definition, restarts: set[int]
) -> None:
    readings, words = _readings(history), []
    tracks: dict[Subject, Track] = {}

    for number, reading in enumerate(readings):
        track, transitions = step(tracks.get(SUBJECT), reading, definition)
        assert step(track, reading, definition) == (track, ()), "the same reading again changes nothing"
        tracks = {SUBJECT: track} if track else {}
        if number in restarts:
            tracks = unpacked(packed(tracks), reading.at, len(definition.limits))
        second = (reading.at - NOON).total_seconds()
        words += [f"{second:g} {transition.change} {transition.level}" for transition in transitions]

    assert words == reference(readings, definition)


@pytest.mark.parametrize("values", [(101, 101, 101), (101, 5, 5, 5)])
def test_while_clocks_only_run_the_same_bytes_are_kept(values: tuple[float, ...]) -> None:
    definition, track, kept = one(hold=0 if 5 in values else 9, keep=9), None, []

    for reading in every_second(*values):
        track, _ = step(track, reading, definition)
        kept.append(packed({SUBJECT: track}) if track else b"")

    assert kept[-1] == kept[-2] != b""
    assert track
    assert track.runs
