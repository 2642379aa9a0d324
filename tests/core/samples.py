"""Samples for tables: only what a case is about is named."""

from typing import Any

from dashboard.core.entry_id import ZERO, EntryId
from dashboard.core.sample import GroupSample, StreamSample, Sweep

NOON = 1_795_435_200.0
NOON_MS = int(NOON * 1000)


def at(ms: int) -> EntryId:
    """An id so many milliseconds after noon."""
    return EntryId(NOON_MS + ms, 0)


def group(delivered: EntryId = ZERO, **facts: Any) -> GroupSample:
    """A group of that position; one consumer, nothing pending, and a server that does not tell its lag."""
    defaults: dict[str, Any] = {
        "name": b"billing",
        "consumers": 1,
        "pending": 0,
        "entries_read": None,
        "server_lag": None,
    }
    return GroupSample(last_delivered_id=delivered, **(defaults | facts))


def stream(first: EntryId | None, last: EntryId | None, length: int, **facts: Any) -> StreamSample:
    """A stream from `first` to `last` from which nothing was ever removed, unless said otherwise."""
    defaults: dict[str, Any] = {
        "key": b"orders",
        "last_generated_id": last or ZERO,
        "max_deleted_id": ZERO,
        "entries_added": length,
        "groups": (),
    }
    return StreamSample(length=length, first_id=first, last_id=last, **(defaults | facts))


def swept(now: float, *streams: StreamSample, **facts: Any) -> Sweep:
    """A sweep that read these streams at `now`."""
    return Sweep(at=now, round_trip_s=0.001, streams={one.key: one for one in streams}, problems={}, **facts)
