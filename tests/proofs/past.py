"""All samples of one group that a sampler has seen, and what its slower reads had told it by then."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import msgspec

from dashboard.core.consumers import ConsumerSeen
from dashboard.core.entry_id import EntryId
from dashboard.core.metrics import GroupMetrics
from dashboard.core.time_lag import is_clock

Look = tuple[float, list[ConsumerSeen]]


class Row(msgspec.Struct, frozen=True):
    """One sample: when, how long after the one before, what was said, and the truth beside it."""

    at: float
    elapsed_s: float | None
    said: GroupMetrics
    added: int | None  # to the stream since the row before, as it was said
    waiting: int  # entries, by counting


class Past:
    """Begins with the first sample that has the group."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.looks: list[Look] = []  # at its consumers
        self.oldest: EntryId | None = None  # the smallest pending id, as it was read last
        self.oldest_at = self.oldest_since = 0.0  # seen first; pending since

    @property
    def now(self) -> float:
        """When the last sample was taken."""
        return self.rows[-1].at

    def note(self, row: Row) -> None:
        """Takes in a sample."""
        self.rows.append(row)
        if not row.said.pending:
            self.see_oldest(None)

    def see_oldest(self, oldest: EntryId | None) -> None:
        """Takes in the smallest pending id, read with the last sample; None: nothing is pending."""
        if oldest != self.oldest:
            self.oldest, self.oldest_at = oldest, self.now
            clock = oldest is not None and is_clock(oldest, self.now)
            self.oldest_since = min(self.now, oldest.ms / 1000) if clock and oldest is not None else self.now

    def changes(self, value: Callable[[GroupMetrics], object]) -> Iterator[tuple[float, object, object]]:
        """(when it was seen, what it was, what it is) for each time that the value changed."""
        for before, after in pairwise(self.rows):
            if value(before.said) != value(after.said):
                yield after.at, value(before.said), value(after.said)


def count(rate: float | None, elapsed_s: float | None) -> int | None:
    """The number that a rate was made of."""
    if rate is None or elapsed_s is None:
        assert rate is None
        return None
    exact = rate * elapsed_s
    assert abs(exact - round(exact)) < 0.01
    return round(exact)
