"""Readings: what a doubtful value counts as, by a threshold's word on it."""

from datetime import UTC, datetime

import pytest

from dashboard.core.readings import Doubt, Otherwise, Range, Reading, range_of

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
INFINITE = float("inf")
KNOWN = Reading(NOON, 40)
AT_LEAST = Reading(NOON, 40, at_least=True)
ESTIMATED = Reading(NOON, 40, doubt=Doubt.ESTIMATED, most=90)
BOUNDLESS = Reading(NOON, 40, doubt=Doubt.ESTIMATED)
UNKNOWN = Reading(NOON, None, doubt=Doubt.UNKNOWN, most=90)
MISSING = Reading(NOON, None, doubt=Doubt.NO_DATA)


@pytest.mark.parametrize(
    ("reading", "otherwise", "above", "expected"),
    [
        (KNOWN, Otherwise.SKIP, True, Range(40, 40)),
        (AT_LEAST, Otherwise.SKIP, True, Range(40, INFINITE)),
        (ESTIMATED, Otherwise.USE, True, Range(40, 40)),
        (ESTIMATED, Otherwise.SKIP, True, None),
        (ESTIMATED, Otherwise.BOUND, True, Range(90, 90)),
        (ESTIMATED, Otherwise.BOUND, False, Range(0, 0)),
        (BOUNDLESS, Otherwise.BOUND, True, Range(40, 40)),
        (ESTIMATED, Otherwise.ALERT, True, Range(INFINITE, INFINITE)),
        (UNKNOWN, Otherwise.USE, True, None),
        (UNKNOWN, Otherwise.SKIP, True, None),
        (UNKNOWN, Otherwise.BOUND, True, Range(90, 90)),
        (UNKNOWN, Otherwise.FINE, True, Range(-INFINITE, -INFINITE)),
        (UNKNOWN, Otherwise.FINE, False, Range(INFINITE, INFINITE)),
        (UNKNOWN, Otherwise.ALERT, False, Range(-INFINITE, -INFINITE)),
        (MISSING, Otherwise.BOUND, True, None),
        (MISSING, Otherwise.ALERT, True, Range(INFINITE, INFINITE)),
    ],
)
def test_a_value_in_doubt_counts_as_the_threshold_says(
    reading: Reading, otherwise: Otherwise, above: bool, expected: Range | None
) -> None:
    assert range_of(reading, otherwise, above=above) == expected
