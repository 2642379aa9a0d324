"""The recorder: packs samples as they come, and holds them until the database has them."""

import threading
from collections import deque

from django.db import Error as DatabaseError

from dashboard.history import store
from dashboard.history.journal import JournalRow, Sample, rows_of

#: What may wait for a database that does not answer: a minute or more of 10,000 streams.
MOST_WAITING_BYTES = 64 * 2**20
_BATCH = 500


class Recorder:
    """`append` comes from the threads that sample, `flush` from the one that writes. Lost when killed: what waits."""

    def __init__(self, *, holds: store.Holds | None = None) -> None:
        self._holds = holds
        self._lock = threading.Lock()
        self._waiting: deque[JournalRow] = deque()
        self._waiting_bytes = 0
        self.dropped = 0
        self.unheld = 0  # rows of servers that another sampler held by then

    def append(self, sample: Sample) -> None:
        """Takes one tick of one server."""
        rows = list(rows_of(sample))
        with self._lock:
            self._waiting.extend(rows)
            self._waiting_bytes += _size(rows)
            while self._waiting_bytes > MOST_WAITING_BYTES:
                self._waiting_bytes -= len(self._waiting.popleft().body)
                self.dropped += 1

    def flush(self) -> int:
        """Writes what waits; returns the number of rows. After a DatabaseError, which it raises, nothing is lost."""
        written = 0
        while batch := self._take():
            try:
                held = store.write(batch, holds=self._holds)
            except DatabaseError:
                self._put_back(batch)
                raise
            self.unheld += len(batch) - held
            written += held
        return written

    def _take(self) -> list[JournalRow]:
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            self._waiting_bytes -= _size(batch)
            return batch

    def _put_back(self, batch: list[JournalRow]) -> None:
        with self._lock:
            self._waiting.extendleft(reversed(batch))
            self._waiting_bytes += _size(batch)


def _size(rows: list[JournalRow]) -> int:
    return sum(len(row.body) for row in rows)
