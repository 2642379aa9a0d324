"""Verdicts: tables for the rules, Hypothesis for what must never happen."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.thresholds import GAP, Comparison, Limit, Reading, Track, Verdict, judge

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNKNOWN, OK, BREACHING, BREACHED = Verdict.UNKNOWN, Verdict.OK, Verdict.BREACHING, Verdict.BREACHED


def verdicts(values: list[float | None], limit: Limit, every: float = 1.0) -> list[Verdict]:
    return [track.verdict for track in tracks([(i * every, value) for i, value in enumerate(values)], limit)]


def tracks(points: list[tuple[float, float | None]], limit: Limit) -> list[Track]:
    found: list[Track] = []
    for at, value in points:
        reading = Reading(NOON + timedelta(seconds=at), value)
        found.append(judge(found[-1] if found else None, reading, limit))
    return found


def hold(seconds: float, value: float = 100, comparison: Comparison = Comparison.ABOVE) -> Limit:
    return Limit(value, comparison, timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("values", "limit", "expected"),
    [
        pytest.param([99, 100, 101], hold(0), [OK, OK, BREACHED], id="the limit itself does not breach"),
        pytest.param([101, 102, 103], hold(2), [BREACHING, BREACHING, BREACHED], id="a breach must last its hold"),
        pytest.param([101, 99, 101, 101], hold(1), [BREACHING, OK, BREACHING, BREACHED], id="a known ok starts anew"),
        pytest.param([101, None, 101, 101], hold(1), [BREACHING, UNKNOWN, BREACHING, BREACHED], id="unknown freezes"),
        pytest.param([101, 101, None, 101], hold(1), [BREACHING, BREACHED, UNKNOWN, BREACHED], id="frozen, not lost"),
        pytest.param([None, None], hold(0), [UNKNOWN, UNKNOWN], id="unknown alone says nothing"),
        pytest.param([5, 4, 0], hold(0, 5, Comparison.BELOW), [OK, BREACHED, BREACHED], id="below"),
        pytest.param([0.0], hold(0, 0), [OK], id="zero is not above zero"),
    ],
)
def test_a_verdict_follows_from_the_readings(values: list[float | None], limit: Limit, expected: list[Verdict]) -> None:
    assert verdicts(values, limit) == expected


@pytest.mark.parametrize(
    ("comparison", "value", "verdict"),
    [
        (Comparison.ABOVE, 101, BREACHED),
        (Comparison.ABOVE, 100, UNKNOWN),
        (Comparison.ABOVE, 5, UNKNOWN),
        (Comparison.BELOW, 5, UNKNOWN),
        (Comparison.BELOW, 100, OK),
    ],
)
def test_a_lower_bound_judges_only_what_it_proves(comparison: Comparison, value: float, verdict: Verdict) -> None:
    reading = Reading(NOON, value, at_least=True)

    assert judge(None, reading, Limit(100, comparison)).verdict is verdict


def test_a_gap_between_readings_freezes_the_hold() -> None:
    found = tracks([(0, 101), (2, 101), (60, 101), (62, 101)], hold(4))

    assert [track.verdict for track in found] == [BREACHING, BREACHING, BREACHING, BREACHED]
    assert found[-1].held == timedelta(seconds=4)


@pytest.mark.parametrize("jump", [3600, -3600])
def test_a_clock_that_is_set_neither_opens_nor_resolves(jump: float) -> None:
    found = tracks([(0, 101), (1, 101), (1 + jump, 101), (2 + jump, 101)], hold(2))

    assert [track.verdict for track in found] == [BREACHING, BREACHING, BREACHING, BREACHED]


def test_the_breach_remembers_its_first_reading() -> None:
    found = tracks([(0, 5), (1, 101), (2, None), (3, 102), (4, 3)], hold(10))

    assert [track.since and (track.since - NOON).total_seconds() for track in found] == [None, 1, 1, 1, None]


readings = st.lists(st.tuples(st.floats(-10, 10), st.none() | st.floats(0, 200)), min_size=1, max_size=40)
holds = st.floats(0, 20)


@given(readings, holds)
def test_unknown_never_opens_and_never_resolves(steps: list[tuple[float, float | None]], seconds: float) -> None:
    found = tracks(steps, hold(seconds))

    for (_, value), track in zip(steps, found, strict=True):
        assert (track.verdict is UNKNOWN) == (value is None)


@given(readings, holds)
def test_a_breach_never_holds_longer_than_it_was_seen(steps: list[tuple[float, float | None]], seconds: float) -> None:
    found = tracks(steps, hold(seconds))

    seen = timedelta()
    for (before, value_before), (at, value) in pairwise(steps):
        step = timedelta(seconds=at) - timedelta(seconds=before)
        if value_before is not None and value_before > 100 and value is not None and value > 100:
            seen += step if timedelta() <= step <= GAP else timedelta()
    assert found[-1].held <= seen + timedelta(microseconds=len(steps))
    if found[-1].verdict is BREACHED:
        assert found[-1].held >= timedelta(seconds=seconds)


@given(readings, holds, st.integers(0, 39))
def test_an_unknown_reading_in_between_never_brings_a_breach_forward(
    steps: list[tuple[float, float | None]], seconds: float, where: int
) -> None:
    gone = [(at, None if i == where else value) for i, (at, value) in enumerate(steps)]
    if any(value is not None and value <= 100 for value in [steps[where][1] if where < len(steps) else None]):
        return  # it replaces an ok that would have ended the breach

    assert tracks(gone, hold(seconds))[-1].held <= tracks(steps, hold(seconds))[-1].held


@given(readings, holds)
def test_an_ok_forgets_everything_before_it(steps: list[tuple[float, float | None]], seconds: float) -> None:
    after = [(100.0, 0.0), *((at + 200, value) for at, value in steps)]

    assert tracks([*steps, *after], hold(seconds))[-1] == tracks(after, hold(seconds))[-1]
