"""The recorder: collects points in memory and packs them, so that each second writes its share of blocks and not all."""

import logging
import threading
from collections import deque
from collections.abc import Mapping
from math import floor

import msgspec
from django.db import Error as DatabaseError

from dashboard.core.metrics import StreamMetrics
from dashboard.history import store
from dashboard.history.blocks import Row, pack

logger = logging.getLogger(__name__)

#: Seconds of points in a block, by the number of streams: a small installation writes sooner, so that a page which is
#: opened misses less; a large one writes at most a thousand rows a second for 10,000 streams.
SHORTEST_SPAN_S, LONGEST_SPAN_S, STREAMS_A_SECOND = 2.0, 10.0, 100
#: What may wait for a database that does not answer: about a minute of 10,000 streams.
MOST_WAITING_BYTES = 64 * 2**20

_GOLDEN = 0.6180339887


class _Open(msgspec.Struct):
    server_id: int
    groups: tuple[bytes, ...]
    interval_s: float
    due_at: float
    rows: list[Row]

    def is_before(self, at: float) -> bool:
        """False where the clock was set back: a block's rows are in order."""
        return _seconds(self.rows[-1]) <= at

    def is_due(self, now: float) -> bool:
        """True at the end of the span, and where the clock was set back far before it."""
        return not self.due_at - 2 * LONGEST_SPAN_S <= now < self.due_at


class Recorder:
    """`append` comes from the threads that sample, `flush` from the one that writes. Lost when killed: one span."""

    def __init__(self, *, holds: store.Holds | None = None) -> None:
        self._holds = holds
        self._lock = threading.Lock()
        self._open: dict[int, _Open] = {}
        self._closed: list[tuple[int, _Open]] = []
        self._missing: set[int] = set()  # streams whose gap is recorded
        self._waiting: deque[store.PackedBlock] = deque()
        self._waiting_bytes = 0
        self.dropped = 0
        self.unheld = 0  # blocks of servers that another sampler held by then

    def append(
        self,
        streams: Mapping[bytes, StreamMetrics],
        ids: Mapping[bytes, int],
        *,
        server_id: int,
        at: float,
        interval_s: float,
    ) -> None:
        """Takes one tick of one server. `at` is our clock in seconds since the epoch."""
        at_ms = round(at * 1000)
        with self._lock:
            for key, metrics in streams.items():
                stream_id = ids.get(key)
                if stream_id is not None and not self._is_missing(stream_id, metrics):
                    groups = tuple([group.name for group in metrics.groups])
                    self._rows(server_id, stream_id, groups, at, interval_s).append(_row(at_ms, metrics))

    def _is_missing(self, stream_id: int, metrics: StreamMetrics) -> bool:
        """One row of None says that a stream cannot be read; the next ones would say nothing new."""
        if metrics.problem is None:
            self._missing.discard(stream_id)
            return False
        known = stream_id in self._missing
        self._missing.add(stream_id)
        return known

    def _rows(
        self, server_id: int, stream_id: int, groups: tuple[bytes, ...], at: float, interval_s: float
    ) -> list[Row]:
        block = self._open.get(stream_id)
        if block is not None and block.groups == groups and block.interval_s == interval_s and block.is_before(at):
            return block.rows
        if block is not None:
            self._closed.append((stream_id, block))
        block = self._open[stream_id] = _Open(server_id, groups, interval_s, self._due_at(stream_id, at), [])
        return block.rows

    def _due_at(self, stream_id: int, at: float) -> float:
        """The end of the stream's own span: spans begin at different moments, so that writing is spread evenly."""
        span = min(max(len(self._open) / STREAMS_A_SECOND, SHORTEST_SPAN_S), LONGEST_SPAN_S)
        phase = stream_id * _GOLDEN % 1 * span
        return (floor((at + phase) / span) + 1) * span - phase

    def pack_due(self, now: float, *, everything: bool = False) -> None:
        """Packs the blocks whose span has ended at `now`, so that points take little room while they wait."""
        with self._lock:
            due = [(i, block) for i, block in self._open.items() if everything or block.is_due(now)]
            for stream_id, _ in due:
                del self._open[stream_id]
            due, self._closed = self._closed + due, []
        packed = [_packed(stream_id, block) for stream_id, block in due]
        with self._lock:
            self._waiting.extend(packed)
            self._waiting_bytes += sum(len(block.points) for block in packed)
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        while self._waiting_bytes > MOST_WAITING_BYTES:
            self._waiting_bytes -= len(self._waiting.popleft().points)
            self.dropped += 1

    def flush(self, now: float, *, everything: bool = False) -> int:
        """Writes what is due at `now`; returns the number of blocks. After a DatabaseError, which it raises, nothing is lost."""
        self.pack_due(now, everything=everything)
        return self._write()

    def _write(self) -> int:
        written = 0
        while batch := self._take(500):
            try:
                held = store.write(batch, holds=self._holds)
            except DatabaseError:
                self._put_back(batch)
                raise
            self.unheld += len(batch) - held
            written += held
        return written

    def _take(self, count: int) -> list[store.PackedBlock]:
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]
            self._waiting_bytes -= sum(len(block.points) for block in batch)
            return batch

    def _put_back(self, batch: list[store.PackedBlock]) -> None:
        with self._lock:
            self._waiting.extendleft(reversed(batch))
            self._waiting_bytes += sum(len(block.points) for block in batch)


def _row(at_ms: int, metrics: StreamMetrics) -> Row:
    row: Row = (at_ms, metrics.length, metrics.added_per_s, metrics.memory_bytes, metrics.pending)
    for group in metrics.groups:
        row += (group.lag.value, group.delivered_per_s, group.acked_per_s, group.time_lag_s, group.pending)
    return row


def _packed(stream_id: int, block: _Open) -> store.PackedBlock:
    points = pack(block.rows, groups=block.groups, interval_s=block.interval_s)
    return store.PackedBlock(block.server_id, stream_id, _seconds(block.rows[0]), _seconds(block.rows[-1]), points)


def _seconds(row: Row) -> float:
    return (row[0] or 0) / 1000
