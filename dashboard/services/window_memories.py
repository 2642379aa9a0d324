"""What windows have seen, in the database: read when a server is judged anew, written with what judging remembers."""

import logging
from collections.abc import Collection, Iterator
from datetime import datetime

import msgspec
from django.db.models import Q

from dashboard.core.gauge import Gauge
from dashboard.core.window_memory import digest_of, packed_cells, packed_span, unpacked_cells, unpacked_span
from dashboard.core.windows import Window
from dashboard.models import WindowBucket

logger = logging.getLogger(__name__)


def recall_windows(gauges: Collection[Gauge], server_id: int, now: datetime) -> list[Window]:
    """The windows of these gauges as they were kept; those of which nothing is are left out. Raises DatabaseError."""
    by_digest = {digest_of(gauge): gauge for gauge in gauges}
    rows: dict[Gauge, list[WindowBucket]] = {}
    for row in WindowBucket.objects.filter(server_id=server_id, gauge__in=by_digest).order_by("began"):
        gauge = by_digest[row.gauge]
        if now.timestamp() - gauge.window_s * 2 < row.began <= now.timestamp():
            rows.setdefault(gauge, []).append(row)
    return [window for gauge, kept in rows.items() if (window := _window(gauge, kept))]


def _window(gauge: Gauge, rows: list[WindowBucket]) -> Window | None:
    try:
        buckets = [(row.began, unpacked_cells(bytes(row.cells))) for row in rows]
        return Window(gauge, unpacked_span(bytes(rows[-1].span)), buckets)
    except msgspec.DecodeError as error:
        logger.warning("What a window of %s has seen is dropped, it is damaged: %s.", gauge.metric, error)
        return None


def remember_windows(windows: Collection[Window], server_id: int, now: datetime) -> None:
    """Writes the buckets that are to be kept, and deletes what no window looks back to; in the caller's transaction."""
    WindowBucket.objects.bulk_create(
        [row for window in windows for row in _rows(window, server_id, now.timestamp())],
        update_conflicts=True,
        unique_fields=["server", "gauge", "began"],
        update_fields=["span", "cells"],
    )
    for window in windows:
        oldest = now.timestamp() - window.gauge.window_s - 2 * window.step_s
        # Beyond now: from before the clock was set back.
        needless = Q(began__lt=oldest) | Q(began__gt=now.timestamp())
        WindowBucket.objects.filter(needless, server_id=server_id, gauge=digest_of(window.gauge)).delete()


def _rows(window: Window, server_id: int, now: float) -> Iterator[WindowBucket]:
    if window.span is None:
        return
    gauge, span = digest_of(window.gauge), packed_span(window.span)
    for began, cells in window.unkept(now):
        yield WindowBucket(server_id=server_id, gauge=gauge, began=began, span=span, cells=packed_cells(cells))
