"""A page of entries: so many that fit, out of a bounded number that is looked at, and where to go on."""

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec
import redis

from dashboard.core.entry_id import EntryId
from dashboard.redis_io.entries import Entry, Reader, Span

#: Bytes of payload that are read for one page, give or take one command.
PAGE_BYTES = 4_000_000
#: Entries looked at for one page of those that fit, and the seconds that this may take.
SCANNED, SCAN_S = 5_000, 1.0

Shown = TypeVar("Shown")


class Page(msgspec.Struct, Generic[Shown], frozen=True):
    """What fits, in the span's order. `more`: the span was not seen to its end; `stopped_at`: the last id looked at."""

    found: list[Shown]
    first: EntryId | None
    last: EntryId | None
    stopped_at: EntryId | None
    looked: int
    more: bool


def read_page(
    client: redis.Redis,
    key: bytes,
    span: Span,
    *,
    count: int,
    show: Callable[[Entry], Shown | None],
    clock: Callable[[], float],
    scan: bool = False,
) -> Page[Shown]:
    """Up to `count` of what `show` makes of the span's entries; None from it: this one does not fit.

    Without `scan` every entry fits, and one more than asked for is read to know whether there is one. Raises redis.RedisError.
    """
    reader = Reader(client, key, span, most=SCANNED if scan else count + 1, most_bytes=PAGE_BYTES)
    found: list[Shown] = []
    ids: list[EntryId] = []
    at: EntryId | None = None
    looked, until = 0, clock() + SCAN_S
    full = False
    for entry in reader:
        if full:
            return Page(found, ids[0], ids[-1], at, looked, more=True)
        looked, at = looked + 1, entry.id
        shown = show(entry)
        if shown is not None:
            found.append(shown)
            ids.append(entry.id)
        full = len(found) >= count
        if (full and scan) or clock() > until:
            break
    return Page(found, ids[0] if ids else None, ids[-1] if ids else None, at, looked, more=not reader.ended)
