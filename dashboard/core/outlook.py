"""The outlook of a server: what its totals come to per second, and when its memory reaches the limit at its present growth.

Told the time by the server's own clock. Unknown is None.
"""

from collections import deque
from math import sqrt

import msgspec

from dashboard.core.sample import ServerInfo

POINT_EVERY_S = 60.0
WINDOW_S = 6 * 3600.0
EARLIEST_S = 600.0  # from fewer minutes nothing is foretold
LEAST_RISE_BYTES = 2**20  # a rise that may be a client's buffer is none
FARTHEST_S = 10 * 365 * 86400.0


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from a server's last readings."""

    evicted_per_s: float | None = None
    expired_per_s: float | None = None
    rejected_per_s: float | None = None
    memory_growth_per_s: float | None = None  # bytes; None: not growing, or too early to say
    memory_full_in_s: float | None = None  # None: not growing, no limit, or too early to say
    memory_window_s: float | None = None  # the time that the growth was seen over; None: too early to say


class Foresight:
    """Makes outlooks of the readings of one server, in order. Remembers the last reading and a point a minute."""

    def __init__(self) -> None:
        self._info: ServerInfo | None = None
        self._at = 0.0
        self._points: deque[tuple[float, int]] = deque(maxlen=int(WINDOW_S / POINT_EVERY_S) + 1)
        self._outlook: Outlook | None = None

    def take(self, at: float, info: ServerInfo | None) -> Outlook | None:
        """The outlook at `at`; the former one where `info` is the reading of before."""
        if info is None or info is self._info:
            return self._outlook
        before = self._info if self._info and self._info.run_id == info.run_id and at > self._at else None
        if before is None:
            self._points.clear()
        elapsed = at - self._at
        self._note(at, info.used_memory_bytes)
        growth, window = growth_per_s(self._points)
        self._outlook = Outlook(
            evicted_per_s=_rate(before.evicted_keys if before else None, info.evicted_keys, elapsed),
            expired_per_s=_rate(before.expired_keys if before else None, info.expired_keys, elapsed),
            rejected_per_s=_rate(before.rejected_connections if before else None, info.rejected_connections, elapsed),
            memory_growth_per_s=growth,
            memory_full_in_s=full_in_s(info.used_memory_bytes, info.max_memory_bytes, growth),
            memory_window_s=window,
        )
        self._info, self._at = info, at
        return self._outlook

    def _note(self, at: float, used: int | None) -> None:
        if used is not None and (not self._points or at - self._points[-1][0] >= POINT_EVERY_S):
            self._points.append((at, used))


def growth_per_s(points: "deque[tuple[float, int]]") -> tuple[float | None, float | None]:
    """Bytes per second by least squares over (seconds, bytes), and the seconds that they span.

    No growth (None) where the line does not rise, or rises by less than twice what points stray from it or 1 MiB.
    """
    window = points[-1][0] - points[0][0] if points else 0.0
    if window < EARLIEST_S:
        return None, None
    count = len(points)
    mid_at = sum(at for at, _ in points) / count
    mid_used = sum(used for _, used in points) / count
    slope = sum((at - mid_at) * (used - mid_used) for at, used in points) / sum((at - mid_at) ** 2 for at, _ in points)
    stray = sqrt(sum((used - mid_used - slope * (at - mid_at)) ** 2 for at, used in points) / count)
    return (slope if slope * window >= max(LEAST_RISE_BYTES, 2 * stray) else None), window


def full_in_s(used: int | None, limit: int | None, growth: float | None) -> float | None:
    """Seconds until `used` bytes reach the limit; 0 where they have. None: no limit, no growth, or in over ten years."""
    if used is None or limit is None:
        return None
    if used >= limit:
        return 0.0
    left = (limit - used) / growth if growth else None
    return left if left is not None and left <= FARTHEST_S else None


def _rate(before: int | None, after: int | None, elapsed_s: float) -> float | None:
    if before is None or after is None or after < before or elapsed_s <= 0:
        return None
    return (after - before) / elapsed_s
