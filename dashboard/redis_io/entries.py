"""Entries of a stream, read in bounded pieces, from either end or between two ids. Only read: XRANGE and XREVRANGE alone.

A server hands entries over whole, however large: so the first command asks for one, and the next ones for as many as are
likely to stay within the budget, going by those that came.
"""

from collections.abc import Iterator
from typing import cast

import msgspec
import redis
from redis.exceptions import ResponseError

from dashboard.core.entry_id import LARGEST, ZERO, EntryId
from dashboard.redis_io.wire import borrowed, exchange, pack

#: Entries a command: more would hold the server up.
_MOST_AT_ONCE = 500
#: Bytes of payload that a command is meant to stay below.
_LIKELY_BYTES = 2**20

LAST = EntryId(LARGEST, LARGEST)


class Entry(msgspec.Struct, frozen=True):
    """An entry as it is, names and values in turn."""

    id: EntryId
    flat: list[bytes]

    @property
    def fields(self) -> Iterator[tuple[bytes, bytes]]:
        """Names with their values; a name may come twice."""
        return zip(self.flat[::2], self.flat[1::2], strict=True)

    @property
    def size(self) -> int:
        """Bytes of names and values."""
        return sum(map(len, self.flat))


class Span(msgspec.Struct, frozen=True):
    """Entries from the id `first` to the id `last`, both included; `rising`: oldest first."""

    first: EntryId = ZERO
    last: EntryId = LAST
    rising: bool = False

    @property
    def empty(self) -> bool:
        """Whether no id lies in it."""
        return self.first > self.last

    def beyond(self, entry_id: EntryId) -> "Span":
        """What of it comes after this entry, in its order."""
        if self.rising:
            return _NOTHING if entry_id == LAST else Span(max(self.first, entry_id.next()), self.last, True)
        return _NOTHING if entry_id == ZERO else Span(self.first, min(self.last, entry_id.previous()), False)

    def before(self, entry_id: EntryId) -> "Span":
        """What of it comes before this entry, in its order, and told the other way round: the nearest first."""
        return Span(self.first, self.last, not self.rising).beyond(entry_id)


_NOTHING = Span(LAST, ZERO)


class Reader:
    """Iterates over the entries of a span and asks for them meanwhile: no more after `most` of them, or `most_bytes`.

    Give or take one entry, and the command that it came with. Raises redis.RedisError.
    """

    def __init__(self, client: redis.Redis, key: bytes, span: Span, *, most: int, most_bytes: int) -> None:
        self._client, self._key, self._span = client, key, span
        self._most, self._most_bytes = most, most_bytes
        self.ended = False  # whether the span has been seen to its end
        self.seen = 0

    def __iter__(self) -> Iterator[Entry]:
        read_bytes, asked = 0, 1
        while self.seen < self._most and read_bytes < self._most_bytes:
            asked = min(asked, self._most - self.seen)
            rows = [] if self._span.empty else _rows(self._client, self._key, self._span, asked)
            short = len(rows) < asked
            while rows:  # let go one by one: each may be large
                entry = rows.pop()
                read_bytes += entry.size
                self.seen += 1
                self._span = self._span.beyond(entry.id)
                self.ended = short and not rows
                yield entry
            if short:
                self.ended = True
                return
            likely = min(self._most_bytes - read_bytes, _LIKELY_BYTES) * self.seen // max(1, read_bytes)
            asked = max(1, min(4 * asked, likely, _MOST_AT_ONCE))


def _rows(client: redis.Redis, key: bytes, span: Span, count: int) -> list[Entry]:
    """Last one first."""
    command = b"XRANGE" if span.rising else b"XREVRANGE"
    ends = [b"%d-%d" % span.first, b"%d-%d" % span.last]
    start, end = ends if span.rising else reversed(ends)
    # Not redis-py's own method: it makes a dict of the fields, which loses those that come twice.
    with borrowed(client) as connection:
        [rows] = exchange(connection, [pack(command, key, start, end, b"COUNT", b"%d" % count)])
    if isinstance(rows, ResponseError):
        raise rows
    found = cast(list[tuple[bytes, list[bytes]]], rows)
    return [Entry(EntryId.parse(entry_id), flat) for entry_id, flat in reversed(found)]


def exists(client: redis.Redis, key: bytes) -> bool:
    """Whether there is such a stream: one without entries answers XRANGE like none at all. Raises redis.RedisError."""
    try:
        client.xinfo_groups(key)  # not TYPE, which who watches need not be allowed
    except ResponseError as error:
        if "no such key" in str(error).lower():
            return False
        raise
    return True


def read_one(client: redis.Redis, key: bytes, entry_id: EntryId) -> Entry | None:
    """The entry; None where it is not there, or not any more. Raises redis.RedisError."""
    rows = _rows(client, key, Span(entry_id, entry_id, True), 1)
    return rows[0] if rows else None
