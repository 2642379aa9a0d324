"""Streams with large entries, which XINFO STREAM drags along: two of them at every call. They are read without.

Where all of them together are more than a sweep may carry, a large stream is read by XINFO GROUPS and XLEN, and one that
seemed to stand still is asked with XRANGE whether anything came after its last entry. What moved is read whole in turn,
those first that have waited longest, so many bytes a sweep and each at least once a minute.
"""

from collections.abc import Iterable, Sequence

import msgspec
from redis.connection import ConnectionInterface
from redis.exceptions import NoPermissionError, ResponseError

from dashboard.core.sample import StreamSample
from dashboard.redis_io.wire import Reply, exchange, pack

#: Bytes of first and last entry from which a stream is large, and below which it is no more.
LARGE, SMALL = 16_384, 8_192
#: So many bytes of large entries a sweep may carry.
MOST_BYTES = 4 * 2**20
#: A large stream that moves is read whole at least so often; one that stands still, where there is room.
WHOLE_EVERY_S = 60.0
#: What a sweep receives of a stream with two groups and small entries, and how much more makes us look for large ones.
USUAL_BYTES, UNUSUAL_BYTES = 1_500, 2**18
_BATCH = 100


class _Large(msgspec.Struct):
    size: int  # of both entries
    whole_at: float  # when it was read whole
    moving: bool = False  # since then


class LargeStreams:
    """The large ones among a client's streams, and what they have to do with the next sweep."""

    def __init__(self) -> None:
        self._known: dict[bytes, _Large] = {}
        self._expected = 0
        self._seeking = True
        self.denied = False  # XLEN or XRANGE is, so nothing is read without its entries

    @property
    def watchful(self) -> bool:
        """Whether the sizes of whole replies are of interest now."""
        return self._seeking or bool(self._known)

    def thin(self, keys: Sequence[bytes], at: float, since: float | None) -> frozenset[bytes]:
        """Those of the streams that are read without their entries now; `since` is the time of the sweep before."""
        known = self._known
        here = [key for key in keys if key in known] if known else []
        self._expected = sum(known[key].size for key in here)
        if self._expected <= MOST_BYTES or self.denied:
            return frozenset()
        room = self._room(here, at if since is None else at - since)
        thin = set(here)
        self._expected = 0
        for key in self._in_turn(here, at):
            if self._expected and self._expected + known[key].size > room:
                break
            self._expected += known[key].size
            thin.discard(key)
        return frozenset(thin)

    def _room(self, here: list[bytes], elapsed_s: float) -> float:
        moving = sum(self._known[key].size for key in here if self._known[key].moving)
        return max(MOST_BYTES, moving * min(1.0, max(0.0, elapsed_s) / WHOLE_EVERY_S))

    def _in_turn(self, here: list[bytes], at: float) -> list[bytes]:
        """Those that wait to be read whole: what moved first, then what was not read whole for a minute."""
        known = self._known
        due = [key for key in here if known[key].moving or not 0 <= at - known[key].whole_at < WHOLE_EVERY_S]
        return sorted(due, key=lambda key: (not known[key].moving, known[key].whole_at))

    def weigh(self, key: bytes, entries: Iterable[Reply], at: float, *, moved: bool) -> None:
        """Takes in the first and the last entry of a whole reading, and whether anything was new in it."""
        size = sum([sum(map(len, entry[1])) for entry in entries if entry])
        known = self._known.get(key)
        if size < (LARGE if known is None else SMALL):
            self._known.pop(key, None)
        elif known is None:
            self._known[key] = _Large(size, at)
        else:
            known.size, known.whole_at, known.moving = size, at, moved

    def whole_at(self, key: bytes) -> float:
        """When the stream was read whole."""
        return self._known[key].whole_at

    def note_moved(self, key: bytes) -> None:
        """Notes that something happened to a stream since it was read whole."""
        self._known[key].moving = True

    def moves(self, key: bytes) -> bool:
        """Whether something happened to the stream since, or at, its last whole reading."""
        return self._known[key].moving

    def swept(self, received: int, streams: int) -> None:
        """Takes in how much a sweep received; much more than expected makes the next one look for large entries."""
        self._seeking = received - self._expected > streams * USUAL_BYTES + UNUSUAL_BYTES

    def forget(self, key: bytes) -> None:
        """Drops a stream that could not be read."""
        self._known.pop(key, None)

    def keep(self, keys: set[bytes]) -> None:
        """Drops all other streams."""
        self._known = {key: known for key, known in self._known.items() if key in keys}

    def find_moved(self, connection: ConnectionInterface, samples: dict[bytes, StreamSample]) -> set[bytes]:
        """Of streams that seemed to stand still since they were read whole, those to which an entry was added."""
        moved: set[bytes] = set()
        asked = [key for key, sample in samples.items() if sample.last_id is not None]
        for start in range(0, len(asked), _BATCH):
            batch = asked[start : start + _BATCH]
            replies = exchange(connection, [_after_last(samples[key]) for key in batch])
            self.denied |= any(isinstance(reply, NoPermissionError) for reply in replies)
            moved.update(
                key for key, reply in zip(batch, replies, strict=True) if reply or isinstance(reply, ResponseError)
            )
        return moved


def _after_last(sample: StreamSample) -> bytes:
    assert sample.last_id is not None  # noqa: S101  (only such are asked)
    return pack(b"XRANGE", sample.key, b"(%d-%d" % sample.last_id, b"+", b"COUNT", b"1")
