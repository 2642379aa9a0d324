"""Interpolated time lag: when a stream's counter passed a number, for ids that are no clock."""

from bisect import bisect_right
from typing import NamedTuple

MOST_POINTS = 60


class Passed(NamedTuple):
    """When it was, by the server's clock; `extrapolated` where it lies before everything that was seen."""

    at: float
    extrapolated: bool


class Counters:
    """Up to sixty points (entries added, time), the older ones further apart."""

    __slots__ = ("_added", "_at")

    def __init__(self) -> None:
        self._added: list[int] = []
        self._at: list[float] = []

    def observe(self, added: int, at: float) -> None:
        """Takes a point, unless its time or its counter goes back. The same counter again moves the last point's time."""
        if self._at and (at < self._at[-1] or added < self._added[-1]):
            return
        if self._added and added == self._added[-1]:
            self._at[-1] = at
            return
        self._added.append(added)
        self._at.append(at)
        if len(self._at) > MOST_POINTS:
            del self._added[1:-30:2], self._at[1:-30:2]

    def passed(self, counter: int, now: float) -> Passed | None:
        """When so many had been added; None where fewer than two points tell, or it is not reached yet."""
        if len(self._at) < 2:
            return None
        # The newest segment that holds it.
        end = bisect_right(self._added, counter)
        if end == len(self._added):
            return Passed(min(self._at[-1], now), False) if counter == self._added[-1] else None
        end = max(1, end)
        (low, high), (began, ended) = self._added[end - 1 : end + 1], self._at[end - 1 : end + 1]
        slope = (ended - began) / (high - low) if high > low else 0.0
        return Passed(min(began + (counter - low) * slope, now), counter < self._added[0])
