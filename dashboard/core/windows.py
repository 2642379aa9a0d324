"""Windows: what the samples of the last minutes come to, for gauges that look back.

A window is kept in buckets, a thirtieth of it each, of what its function needs: so its memory does not grow with how
often a server is sampled. It is known while it was sampled for nine tenths of its length; a sample that is unknown adds
nothing, and where fewer than half of the buckets have one, the window is unknown again. Buckets and holes can be kept
elsewhere, so that whoever judges next goes on where the last one was.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import inf

import msgspec

from dashboard.core.columns import Column
from dashboard.core.gauge import Function, Gauge
from dashboard.core.subjects import Layout, Subject

BUCKETS = 30
_FILLED = 0.9
#: A bucket of so many subjects is kept at each sample; one of more when it ends, and at least so often.
_FEW = 500
_AT_LEAST_EVERY_S = 10.0


class Cell(msgspec.Struct, array_like=True, gc=False):
    """Of one subject in one bucket, what its known samples came to; times are seconds."""

    least: float
    most: float
    total: float
    count: int
    first: float
    first_at: float
    last: float
    last_at: float


class Span(msgspec.Struct, array_like=True):
    """Since when a window was sampled, until when, and between what times not: seconds."""

    since: float
    until: float
    holes: list[tuple[float, float]]

    def sampled_s(self, begin: float) -> float:
        """For how long of the time from `begin` on."""
        begin = max(begin, self.since)
        missing = sum(max(0.0, end - max(start, begin)) for start, end in self.holes)
        return max(0.0, self.until - begin - missing)


Bucket = tuple[float, dict[Subject, Cell]]  # when it began


class Window:
    """The last `window_s` seconds of one gauge, by subject."""

    def __init__(self, gauge: Gauge, span: Span | None = None, buckets: Iterable[Bucket] = ()) -> None:
        self.gauge = gauge
        self.step_s = gauge.window_s / BUCKETS
        self.span = span
        self._buckets: deque[Bucket] = deque(buckets, maxlen=BUCKETS + 1)
        self._unkept_from: float | None = self._buckets[-1][0] if self._buckets else None
        self._kept_at: float | None = None

    def take(self, now: float, values: Iterable[tuple[Subject, float | None]], gap_s: float = inf) -> None:
        """Takes in the samples of one moment, once; what lies between two that are further apart than `gap_s` was not sampled."""
        if not self._buckets or self.span is None or now < self._buckets[-1][0]:
            self._buckets.clear()  # the clock was set back: nothing that was can be ordered with what comes
            self.span, self._unkept_from = Span(now, now, []), None
        elif now <= self.span.until:
            return
        elif now - self.span.until > gap_s:
            oldest = now - self.gauge.window_s
            self.span.holes = [hole for hole in self.span.holes if hole[1] > oldest] + [(self.span.until, now)]
        self.span.until = now
        if not self._buckets or now >= self._buckets[-1][0] + self.step_s:
            self._buckets.append((now, {}))
        cells = self._buckets[-1][1]
        for subject, value in values:
            if value is not None:
                _add(cells, subject, value, now)

    def column(self, now: float, rows: Mapping[Subject, int], scope: Collection[Subject]) -> Column:
        """The function's value in each row; None where it is unknown, or out of scope."""
        found: Column = [None] * len(rows)
        recent = [cells for began, cells in self._buckets if began > now - self.gauge.window_s - self.step_s]
        if self.span is None or self.span.sampled_s(now - self.gauge.window_s) < _FILLED * self.gauge.window_s:
            return found
        for subject in scope:
            cells = [cell for bucket in recent if (cell := bucket.get(subject))]
            if cells and 2 * len(cells) >= len(recent):
                found[rows[subject]] = _value(self.gauge, cells)
        return found

    def unkept(self, now: float) -> list[Bucket]:
        """The buckets that are to be kept now: all that have changed, where few subjects or much time make that cheap."""
        if not self._buckets or (self.span is not None and self.span.until == self._kept_at):
            return []
        newest = self._buckets[-1]
        soon = (
            len(newest[1]) > _FEW and newest[0] == self._unkept_from and now - (self._kept_at or 0) < _AT_LEAST_EVERY_S
        )
        return [] if soon else [bucket for bucket in self._buckets if bucket[0] >= (self._unkept_from or 0)]

    def kept(self) -> None:
        """What `unkept` said has been kept."""
        assert self.span is not None  # noqa: S101 - it had buckets
        self._unkept_from, self._kept_at = self._buckets[-1][0], self.span.until


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

    def __iter__(self) -> Iterator[Window]:
        return iter(self._windows.values())

    def unknown(self, gauges: Iterable[Gauge]) -> set[Gauge]:
        """Those that have no window yet."""
        return set(gauges) - self._windows.keys()

    def resume(self, windows: Iterable[Window]) -> None:
        """Goes on with windows that were kept."""
        self._windows |= {window.gauge: window for window in windows}

    def take(
        self,
        now: float,
        asked: Mapping[Gauge, Collection[Subject]],
        layout: Layout,
        at_once: Mapping[Gauge, Column],
        gap_s: float = inf,
    ) -> dict[Gauge, Column]:
        """The columns of the gauges, now that the tick's values (`at_once`, by the gauge without its window) are in."""
        self._windows = {gauge: self._windows.get(gauge) or Window(gauge) for gauge in asked}
        found = {}
        for gauge, scope in asked.items():
            rows, values, window = layout.rows(gauge.metric), at_once[gauge.at_once], self._windows[gauge]
            window.take(now, ((subject, values[rows[subject]]) for subject in scope), gap_s)
            found[gauge] = window.column(now, rows, scope)
        return found
