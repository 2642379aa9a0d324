"""Schedules: hours of some days of the week in a zone, for active hours of thresholds and for maintenance windows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import msgspec

ALL_DAYS = 127  # Monday is 1, Tuesday 2, Wednesday 4 … Sunday 64
_DAY = timedelta(days=1)


class Schedule(msgspec.Struct, frozen=True):
    """Begins at `begins` of the chosen days and lasts for `lasts`, by the clocks of the zone: also across midnight.

    An hour that the clocks leave out or repeat in the zone counts as the clocks on the wall show it.
    """

    zone: str
    begins: time
    lasts: timedelta
    days: int = ALL_DAYS
    first_day: date | None = None
    last_day: date | None = None

    def is_active(self, now: datetime) -> bool:
        """Whether `now`, an aware time, is within it."""
        return any(began <= now < ended for began, ended in self._around(now))

    def occurrences(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """When it begins and ends, in UTC, from the one that has not ended at `since` on; empty where it never comes again."""
        day = since.astimezone(ZoneInfo(self.zone)).date() - self._back()
        while self.days and day.year < 9999 and (self.last_day is None or day <= self.last_day):
            if (span := self._on(day)) and span[1] > since:
                yield span
            day = max(day + _DAY, self.first_day or date.min)

    def _around(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        today = now.astimezone(ZoneInfo(self.zone)).date()
        for back in range(self._back().days + 1):
            if span := self._on(today - timedelta(days=back)):
                yield span

    def _back(self) -> timedelta:
        """How many days ago one may have begun that still lasts."""
        return timedelta(days=self.lasts.days + 1)

    def _on(self, day: date) -> tuple[datetime, datetime] | None:
        if not self.days & 1 << day.weekday():
            return None
        if (self.first_day and day < self.first_day) or (self.last_day and day > self.last_day):
            return None
        # Wall clocks are added up before the zone is asked, so that 9 to 17 ends at 17 on every day of the year.
        zone, begins = ZoneInfo(self.zone), datetime.combine(day, self.begins)
        ends = begins + self.lasts
        return begins.replace(tzinfo=zone).astimezone(UTC), ends.replace(tzinfo=zone).astimezone(UTC)


def active_hours(zone: str, days: int, begins: time | None, ends: time | None) -> Schedule | None:
    """The schedule of `begins` to `ends` on the days, over midnight where the end comes first; None: always active."""
    if days == ALL_DAYS and begins == ends:
        return None
    start, end = begins or time(), ends or time()
    lasts = timedelta(hours=end.hour - start.hour, minutes=end.minute - start.minute, seconds=end.second - start.second)
    return Schedule(zone, start, lasts if lasts > timedelta() else lasts + _DAY, days)


def zone_problem(zone: str) -> str:
    """What is wrong with the name of a zone, in a sentence; empty where nothing is."""
    return "" if zone in available_timezones() else f"“{zone}” is no time zone: for example UTC or Europe/Berlin."
