"""Following the end of streams: one short look a second at most for all who follow the same one in this process.

Never a command that blocks, never a group: entries after the last one seen are read with XRANGE, up to a limit; what is beyond
it is jumped over, and said to be.
"""

import secrets
import threading
from collections import deque
from collections.abc import Callable

import msgspec
import redis

from dashboard.core.entry_id import ZERO, EntryId
from dashboard.redis_io.entries import Entry, Reader, Span, exists

#: Seconds that a look serves everybody, and after which one that nobody asks for is forgotten.
FRESH_S, KEPT_S = 0.8, 15.0
#: What one look reads at most, and what is kept for those who ask a little later.
MOST, MOST_BYTES = 2_000, 2**20
KEPT, KEPT_BYTES = 1_000, 2 * 2**20
JUMP = 20
_MOST_TAILS = 200


class Cursor(msgspec.Struct, frozen=True):
    """How far somebody has followed: in this process' own count, and by the last id for when that is forgotten."""

    tail: str
    passed: int
    last: EntryId

    def __str__(self) -> str:
        return f"{self.tail}.{self.passed}.{self.last}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """What `str` wrote; raises ValueError on anything else."""
        tail, passed, last = text.split(".")
        return cls(tail[:16], int(passed), EntryId.parse(last))


class News(msgspec.Struct, frozen=True):
    """Entries since a cursor, oldest first. `missed`: how many are not among them; `at_least`: or more, they were not counted."""

    entries: list[Entry]
    cursor: Cursor
    missed: int
    at_least: bool


class Tail:
    """The end of one stream."""

    def __init__(self, after: EntryId | None) -> None:
        self.lock = threading.Lock()
        self.looked_at = float("-inf")
        self._name = secrets.token_hex(4)
        self._last = after
        self._passed = 0
        self._kept: deque[Entry] = deque()
        self._kept_bytes = 0
        self._jumped_at = -1  # the count when entries were passed over uncounted

    def look(self, client: redis.Redis, key: bytes) -> None:
        """Takes in what came since the last look; at the first one, where the stream ends. Raises redis.RedisError."""
        if self._last is None:
            newest = next(iter(Reader(client, key, Span(), most=1, most_bytes=1)), None)
            self._last = newest.id if newest else ZERO
            return
        reader = Reader(client, key, Span(rising=True).beyond(self._last), most=MOST, most_bytes=MOST_BYTES)
        for entry in reader:
            self._take(entry)
        if not reader.ended:
            self._jump(client, key)
        elif not reader.seen and not exists(client, key):
            self._last = ZERO  # when the stream comes back, its ids may begin anew

    def _jump(self, client: redis.Redis, key: bytes) -> None:
        known = self._last
        newest = list(Reader(client, key, Span(), most=JUMP, most_bytes=MOST_BYTES))
        self._jumped_at = self._passed
        for entry in reversed(newest):
            if known is None or entry.id > known:
                self._take(entry)

    def _take(self, entry: Entry) -> None:
        self._passed += 1
        self._last = entry.id
        self._kept.append(entry)
        self._kept_bytes += entry.size
        while len(self._kept) > KEPT or (self._kept_bytes > KEPT_BYTES and len(self._kept) > 1):
            self._kept_bytes -= self._kept.popleft().size

    def since(self, cursor: Cursor | None) -> News:
        """What somebody at this cursor has not seen; None: they begin now."""
        here = Cursor(self._name, self._passed, self._last or ZERO)
        if cursor is None:
            return News([], here, 0, at_least=False)
        if cursor.tail != self._name:
            # Another process counted, or a tail that was forgotten: only ids can be compared.
            entries = [entry for entry in self._kept if entry.id > cursor.last]
            gap = self._passed > len(self._kept) or self._jumped_at >= 0
            return News(entries, here, 0, at_least=gap and len(entries) == len(self._kept))
        new = self._passed - cursor.passed
        entries = list(self._kept)[-new:] if new > 0 else []
        return News(entries, here, max(0, new) - len(entries), at_least=self._jumped_at >= cursor.passed)


class Tails:
    """The streams that are followed through this process now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tails: dict[int, Tail] = {}

    def follow(
        self,
        stream: int,
        cursor: Cursor | None,
        look: Callable[[Callable[[redis.Redis, bytes], None]], object],
        now: float,
    ) -> News | object:
        """The news of a stream for somebody at a cursor. `look` runs a reading with a client; what it returns on failure is returned."""
        tail = self._tail(stream, cursor, now)
        with tail.lock:
            if now - tail.looked_at >= FRESH_S:
                failed = look(tail.look)
                if failed is not None:
                    return failed
                tail.looked_at = now
            return tail.since(cursor)

    def _tail(self, stream: int, cursor: Cursor | None, now: float) -> Tail:
        with self._lock:
            old = [pk for pk, tail in self._tails.items() if -1e9 < tail.looked_at < now - KEPT_S]
            for pk in old:
                del self._tails[pk]
            if len(self._tails) >= _MOST_TAILS and stream not in self._tails:
                self._tails.pop(next(iter(self._tails)))
            return self._tails.setdefault(stream, Tail(cursor.last if cursor else None))
