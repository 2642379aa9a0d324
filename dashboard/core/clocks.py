"""Clocks that count how long something was seen to last: stopped while nobody looks, and not misled where time jumps."""

from datetime import datetime, timedelta

import msgspec

NONE = timedelta()


class Clock(msgspec.Struct, frozen=True, array_like=True):
    """Runs since a moment, or stands still. One that runs stays the same from reading to reading."""

    since: datetime | None
    held: timedelta = NONE  # of one that stands still

    def shows(self, at: datetime) -> timedelta:
        """How long it has counted, at the last reading that it was told of."""
        return self.held if self.since is None else at - self.since


def running(clock: Clock | None, before: datetime, at: datetime, gap: timedelta) -> Clock:
    """The clock, counting from the last reading (`before`) on; what it did not count until then, and a gap, stay uncounted."""
    if clock is None:
        return Clock(at)
    if clock.since is not None and NONE <= at - before <= gap:
        return clock
    return Clock(at - clock.shows(before))


def stopped(clock: Clock | None, at: datetime) -> Clock | None:
    """The clock, standing still since the last reading that it counted."""
    return clock if clock is None or clock.since is None else Clock(None, clock.shows(at))
