"""Counting what waits for a group, entry by entry (L3), where the server does not say. It reads payloads and drops them.

No script: the user who watches may run none. Instead XRANGE reads page by page up to the entry that was the last when
counting began, and the stream is read before and after. If it lost entries meanwhile, or the group moved, the count is
dropped: so what comes out was true at the beginning. Several groups are counted side by side, to share the way there
and back; no page holds more entries than are likely to fit into its bytes.
"""

from collections.abc import Callable, Iterable

import msgspec
from redis.connection import ConnectionInterface
from redis.exceptions import NoPermissionError, ResponseError

from dashboard.core.entry_id import EntryId
from dashboard.core.measured import Measured
from dashboard.core.sample import StreamSample
from dashboard.redis_io.replies import SampleReader
from dashboard.redis_io.wire import Reply, exchange, pack

CAP = 10_000
PAGE_ENTRIES = 1000
PAGE_BYTES = 256_000

Place = tuple[bytes, bytes]  # key and group


class Spent(msgspec.Struct):
    """What counting took of the server: commands sent, and about how many bytes of entries were read."""

    commands: int = 0
    bytes_read: int = 0


class Counting:
    """Counts for some groups at once. `run` returns what could be counted, by place."""

    def __init__(self, connection: ConnectionInterface, *, cap: int = CAP, room: Callable[[Spent], int]) -> None:
        self.spent = Spent()
        self.denied = False
        self.postponed: set[Place] = set()  # for want of room
        self._connection = connection
        self._cap = cap
        self._room = room  # for how many groups there is room to go on; 0 ends the counting with what there is
        self._reader = SampleReader()

    def run(self, places: Iterable[Place]) -> dict[Place, Measured]:
        """The counts that hold. A group that is gone or moved, and a stream that lost entries meanwhile, have none."""
        wanted = list(dict.fromkeys(places))
        before = self._streams(wanted)
        counts = [count for place in wanted if (count := _begun(place, before.get(place[0]))) is not None]
        self._count(counts)
        after = self._streams([count.place for count in counts]) if counts else {}
        return {count.place: held for count in counts if (held := count.held(after.get(count.place[0]))) is not None}

    def _count(self, counts: list["_Count"]) -> None:
        going = counts
        while going and not self.denied:
            room = self._room(self.spent)
            if not room:
                return
            for count in going[room:]:
                count.failed = True  # what it has counted so far says little: better whole, another time
                self.postponed.add(count.place)
            self._turn(going[:room])
            going = [count for count in going[:room] if not count.ended and count.found < self._cap]

    def _streams(self, places: list[Place]) -> dict[bytes, tuple[StreamSample, int]]:
        """Each stream, and how large its larger end is in bytes."""
        keys = list(dict.fromkeys(key for key, _ in places))
        commands = [pack(b"XINFO", kind, key) for key in keys for kind in (b"GROUPS", b"STREAM")]
        replies = self._ask(commands)
        found = {}
        for key, groups, stream in zip(keys, replies[::2], replies[1::2], strict=True):
            if isinstance(groups, list) and isinstance(stream, list):
                size = _ends_size(stream)
                self.spent.bytes_read += size
                found[key] = (self._reader.read(key, groups, stream), size)
        return found

    def _turn(self, counts: list["_Count"]) -> None:
        replies = self._ask([count.page(self._cap) for count in counts])
        for count, reply in zip(counts, replies, strict=True):
            if isinstance(reply, ResponseError):
                self.denied = self.denied or isinstance(reply, NoPermissionError)
                count.failed = count.ended = True
            else:
                self.spent.bytes_read += count.take(reply)

    def _ask(self, commands: list[bytes]) -> list[Reply | ResponseError]:
        self.spent.commands += len(commands)
        return exchange(self._connection, commands)


class _Count:
    """One group's count in progress."""

    def __init__(self, place: Place, stream: StreamSample, delivered: EntryId, size: int) -> None:
        self.place = place
        self.stream = stream
        self.delivered = delivered
        self.found = 0
        self.ended = self.failed = False
        self._after = delivered
        self._largest = max(64, size)  # bytes of an entry, as far as seen
        self._asked = 0

    def page(self, cap: int) -> bytes:
        """The command for the next entries, as many as are likely to fit."""
        likely = max(1, PAGE_BYTES // self._largest)
        # The first page is small: nothing but the ends is known of the entries' size.
        self._asked = min(likely, PAGE_ENTRIES if self.found else 100, cap - self.found)
        key, end = self.place[0], self.stream.last_generated_id
        return pack(b"XRANGE", key, b"(%d-%d" % self._after, b"%d-%d" % end, b"COUNT", b"%d" % self._asked)

    def take(self, rows: list[Reply]) -> int:
        """Counts a page; returns its size in bytes."""
        self.ended = len(rows) < self._asked
        if not rows:
            return 0
        size = sum([32 + sum(map(len, fields or ())) for _, fields in rows])
        self.found += len(rows)
        self._after = EntryId.parse(rows[-1][0])
        self.ended = self.ended or self._after >= self.stream.last_generated_id
        self._largest = max(64, size // len(rows))
        return size

    def held(self, after: tuple[StreamSample, int] | None) -> Measured | None:
        """The count, unless something happened meanwhile that it may have missed."""
        if after is None or self.failed or not self.found:
            return None
        now, then = after[0], self.stream
        moved = position(now, self.place[1]) != self.delivered
        if moved or now.last_generated_id < then.last_generated_id or now.max_deleted_id != then.max_deleted_id:
            return None
        if then.entries_added is None or now.entries_added is None:
            lost = (now.length, now.first_id, now.last_generated_id) != (
                then.length,
                then.first_id,
                then.last_generated_id,
            )
        else:
            lost = now.entries_added - now.length != then.entries_added - then.length
        return None if lost else Measured(then, self.delivered, self.found, self.ended)


def _begun(place: Place, known: tuple[StreamSample, int] | None) -> _Count | None:
    if known is None:
        return None
    stream, size = known
    delivered = position(stream, place[1])
    if delivered is None or delivered >= stream.last_generated_id:
        return None
    return _Count(place, stream, delivered, size)


def position(stream: StreamSample, group: bytes) -> EntryId | None:
    """The group's last delivered id; None where there is no such group."""
    return next((found.last_delivered_id for found in stream.groups if found.name == group), None)


def _ends_size(stream: list[Reply]) -> int:
    """Bytes of the larger one of the first and the last entry."""
    ends = [
        value for name, value in zip(stream[::2], stream[1::2], strict=False) if name in (b"first-entry", b"last-entry")
    ]
    return max([32 + sum(map(len, end[1] or ())) for end in ends if end], default=0)
