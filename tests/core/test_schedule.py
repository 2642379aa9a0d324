"""Schedules: hours on the wall, also across midnight and when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import pytest

from dashboard.core.schedule import Schedule, active_hours, zone_problem

WEEKDAYS = 31
OFFICE = Schedule("Europe/Berlin", time(9), timedelta(hours=8), WEEKDAYS)
NIGHT = Schedule("Europe/Berlin", time(22), timedelta(hours=8), 16)  # from Friday evening
CHANGE = Schedule("Europe/Berlin", time(1), timedelta(hours=3))


@pytest.mark.parametrize(
    ("schedule", "now", "expected"),
    [
        (OFFICE, "2026-11-25T07:59:59+00:00", False),
        (OFFICE, "2026-11-25T08:00:00+00:00", True),
        (OFFICE, "2026-11-25T15:59:59+00:00", True),
        (OFFICE, "2026-11-25T16:00:00+00:00", False),
        (OFFICE, "2026-11-28T12:00:00+00:00", False),  # a Saturday
        (OFFICE, "2026-07-22T07:00:00+00:00", True),  # summer time
        (OFFICE, "2026-11-25T03:00:00-05:00", True),  # told in another zone
        (NIGHT, "2026-11-27T21:00:00+00:00", True),
        (NIGHT, "2026-11-28T04:59:00+00:00", True),  # Saturday's early morning is Friday's night
        (NIGHT, "2026-11-28T05:00:00+00:00", False),
        (NIGHT, "2026-11-27T04:00:00+00:00", False),  # Friday's early morning is not
        (CHANGE, "2026-03-29T01:30:00+00:00", True),  # 2 to 3 is left out: 3:30 on the wall
        (CHANGE, "2026-03-29T02:00:00+00:00", False),
        (CHANGE, "2026-10-25T02:59:00+00:00", True),  # 2 to 3 comes twice
        (CHANGE, "2026-10-25T03:00:00+00:00", False),
        (Schedule("UTC", time(), timedelta(days=3), 1), "2026-11-25T12:00:00+00:00", True),  # Monday's third day
        (Schedule("UTC", time(), timedelta(days=3), 1), "2026-11-26T00:00:00+00:00", False),
        (Schedule("UTC", time(), timedelta(days=1), 0), "2026-11-25T12:00:00+00:00", False),
    ],
)
def test_a_schedule_goes_by_the_clocks_on_the_wall(schedule: Schedule, now: str, expected: bool) -> None:
    assert schedule.is_active(datetime.fromisoformat(now)) is expected


def test_what_comes_next_is_told_and_ends_with_the_last_day() -> None:
    ending = Schedule(
        "UTC", time(2), timedelta(hours=1), WEEKDAYS, first_day=date(2026, 11, 27), last_day=date(2026, 12, 1)
    )
    since = datetime(2026, 11, 25, 12, tzinfo=UTC)

    assert [began.date().isoformat() for began, _ in ending.occurrences(since)] == [
        "2026-11-27",
        "2026-11-30",
        "2026-12-01",
    ]
    assert next(OFFICE.occurrences(since))[0] == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert len(list(islice(OFFICE.occurrences(since), 3))) == 3
    assert not list(Schedule("UTC", time(), timedelta(hours=1), 0).occurrences(since))


def test_active_hours_run_over_midnight_where_they_end_before_they_begin() -> None:
    night = active_hours("UTC", 127, time(22), time(6))
    weekend = active_hours("UTC", 96, None, None)

    assert night is not None
    assert night.is_active(datetime(2026, 11, 25, 3, tzinfo=UTC))
    assert not night.is_active(datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert weekend is not None
    assert weekend.is_active(datetime(2026, 11, 29, 23, 59, tzinfo=UTC))
    assert active_hours("UTC", 127, None, None) is None


def test_a_zone_that_does_not_exist_is_told() -> None:
    assert zone_problem("Europe/Berlin") == ""
    assert "“CET+2” is no time zone" in zone_problem("CET+2")
