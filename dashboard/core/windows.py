"""Windows: what the samples of the last minutes come to, for gauges that look back.

A window is kept in buckets, a thirtieth of it each, of what its function needs: so its memory does not grow with how
often a server is sampled. It is known once it was sampled for nine tenths of its length; a sample that is unknown adds
nothing, and where fewer than half of the buckets have one, the window is unknown again.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from dashboard.core.columns import Column
from dashboard.core.gauge import Function, Gauge
from dashboard.core.subjects import Layout, Subject

BUCKETS = 30
_FILLED = 0.9


class Cell(msgspec.Struct, gc=False):
    """Of one subject in one bucket, what its known samples came to; times are seconds."""

    least: float
    most: float
    total: float
    count: int
    first: float
    first_at: float
    last: float
    last_at: float


class Window:
    """The last `window_s` seconds of one gauge, by subject."""

    def __init__(self, gauge: Gauge) -> None:
        self.gauge = gauge
        self._step_s = gauge.window_s / BUCKETS
        self._began: float | None = None
        self._buckets: deque[tuple[float, dict[Subject, Cell]]] = deque(maxlen=BUCKETS + 1)

    def take(self, now: float, values: Iterable[tuple[Subject, float | None]]) -> None:
        """Takes in the samples of one moment."""
        if not self._buckets or now < self._buckets[-1][0]:
            self._buckets.clear()  # the clock was set back: nothing that was can be ordered with what comes
            self._began = now
        if not self._buckets or now >= self._buckets[-1][0] + self._step_s:
            self._buckets.append((now, {}))
        cells = self._buckets[-1][1]
        for subject, value in values:
            if value is not None:
                _add(cells, subject, value, now)

    def column(self, now: float, rows: Mapping[Subject, int], scope: Collection[Subject]) -> Column:
        """The function's value in each row; None where it is unknown, or out of scope."""
        found: Column = [None] * len(rows)
        recent = [cells for began, cells in self._buckets if began > now - self.gauge.window_s - self._step_s]
        if self._began is None or now - self._began < _FILLED * self.gauge.window_s:
            return found
        for subject in scope:
            cells = [cell for bucket in recent if (cell := bucket.get(subject))]
            if cells and 2 * len(cells) >= len(recent):
                found[rows[subject]] = _value(self.gauge, cells)
        return found


def _add(cells: dict[Subject, Cell], subject: Subject, value: float, now: float) -> None:
    cell = cells.get(subject)
    if cell is None:
        cells[subject] = Cell(value, value, value, 1, value, now, value, now)
        return
    cell.least, cell.most = min(cell.least, value), max(cell.most, value)
    cell.total, cell.count = cell.total + value, cell.count + 1
    cell.last, cell.last_at = value, now


def _value(gauge: Gauge, cells: Sequence[Cell]) -> float | None:
    if gauge.function is Function.AVERAGE:
        return sum(cell.total for cell in cells) / sum(cell.count for cell in cells)
    if gauge.function is Function.LEAST:
        return min(cell.least for cell in cells)
    if gauge.function is Function.MOST:
        return max(cell.most for cell in cells)
    first, last = cells[0], cells[-1]
    elapsed = last.last_at - first.first_at
    # A change is one between two ends of the window: half of it is not most of it.
    if elapsed < gauge.window_s * _FILLED - gauge.window_s / BUCKETS:
        return None
    delta = last.last - first.first
    return delta if gauge.function is Function.DELTA else delta / elapsed


class Windows:
    """The windows of all gauges that are asked for, kept while they are."""

    def __init__(self) -> None:
        self._windows: dict[Gauge, Window] = {}

    def take(
        self, now: float, asked: Mapping[Gauge, Collection[Subject]], layout: Layout, at_once: Mapping[Gauge, Column]
    ) -> dict[Gauge, Column]:
        """The columns of the gauges, now that the tick's values (`at_once`, by the gauge without its window) are in."""
        self._windows = {gauge: self._windows.get(gauge) or Window(gauge) for gauge in asked}
        found = {}
        for gauge, scope in asked.items():
            rows, values, window = layout.rows(gauge.metric), at_once[gauge.at_once], self._windows[gauge]
            window.take(now, ((subject, values[rows[subject]]) for subject in scope))
            found[gauge] = window.column(now, rows, scope)
        return found
