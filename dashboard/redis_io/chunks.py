"""Commands in chunks that fit one read of a server's query buffer (16 kB), a key's two commands never apart.

A server runs what it finds in one read with no other client between, and the next chunk leaves only when the former
one's first reply is here: by then the server has read all of it, and works on the next while we take in the replies.

Over a long way (from 20 ms on) that would be a round trip a chunk. There several are under way, of which the server may
find one and a part of the next in one read; but over such a way a network splits chunks in any case.

Where a network splits a chunk, another client may come between the two commands of a key. Groups are asked
first, so that the stream's end is then the younger fact: a group can look further behind than it is, never caught up
although entries wait.
"""

from collections.abc import Callable, Iterator, Sequence

from redis.connection import ConnectionInterface

from dashboard.redis_io.wire import Reply, buffered, pack, send

# Below a read's 16,384 bytes, and a little below ten segments of a network with no round trip between.
_CHUNK_BYTES = 14_000
_LONG_WAY_S = 0.02
_CHUNK_TAKES_S = 0.01  # the server and the line, with its replies of 250 kB
_MOST_IN_FLIGHT = 16  # whose replies, 4 MB, wait in the server at most


class Chunk:
    """Keys whose commands travel together."""

    __slots__ = ("asking", "keys", "packed")

    def __init__(self, keys: list[bytes], packed: bytes, *, asking: bool) -> None:
        self.keys = keys
        self.packed = packed
        self.asking = asking


class Pairs(dict[bytes, bytes]):
    """The two commands of each key, packed."""

    def __missing__(self, key: bytes) -> bytes:
        pair = self[key] = pack(b"XINFO", b"GROUPS", key) + pack(b"XINFO", b"STREAM", key)
        return pair

    def keep(self, keys: set[bytes]) -> None:
        """Drops all other keys."""
        for key in self.keys() - keys:
            del self[key]


class AskingPairs(Pairs):
    """The same with ASKING before each, which holds for one command."""

    def __missing__(self, key: bytes) -> bytes:
        asking = pack(b"ASKING")
        return asking + pack(b"XINFO", b"GROUPS", key) + asking + pack(b"XINFO", b"STREAM", key)


def chunked(
    keys: Sequence[bytes], pairs: Pairs, thin: frozenset[bytes] = frozenset(), *, asking: bool = False
) -> Iterator[Chunk]:
    """The keys in order, as chunks. Of those that are `thin` XLEN is asked, and no XINFO STREAM."""
    held: list[bytes] = []
    packed: list[bytes] = []
    size = 0
    for key in keys:
        pair = pack(b"XINFO", b"GROUPS", key) + pack(b"XLEN", key) if key in thin else pairs[key]
        if held and size + len(pair) > _CHUNK_BYTES:
            yield Chunk(held, b"".join(packed), asking=asking)
            held, packed, size = [], [], 0
        held.append(key)
        packed.append(pair)
        size += len(pair)
    if held:
        yield Chunk(held, b"".join(packed), asking=asking)


def in_flight(round_trip_s: float) -> int:
    """How many chunks may be under way at once, so that 10,000 streams do not take 14 s at 200 ms."""
    return 1 if round_trip_s < _LONG_WAY_S else min(_MOST_IN_FLIGHT, 1 + int(round_trip_s / _CHUNK_TAKES_S))


def replies(
    connection: ConnectionInterface, chunks: list[Chunk], last: bytes, *, at_once: int = 1
) -> Iterator[tuple[bytes, Reply, Reply]]:
    """Each key with its two replies; an error stands in the place of a reply. `last` leaves with the last chunk.

    At most `at_once` chunks are under way, one at first; each that is answered lets two more go, so that none waits long
    to be sent.
    """
    plain = buffered(connection)
    packed = [chunk.packed for chunk in chunks]
    packed[-1:] = [part + last for part in packed[-1:]]
    sent = 1
    if packed:
        send(connection, packed[0])
    for at, chunk in enumerate(chunks):
        read = _after_asking(plain) if chunk.asking else plain
        groups = read()
        more = packed[sent : min(sent + 2, at + 1 + at_once)]
        for part in more:
            send(connection, part)
        sent += len(more)
        for key in chunk.keys[:-1]:
            yield key, groups, read()
            groups = read()
        yield chunk.keys[-1], groups, read()


def _after_asking(read: Callable[[], Reply]) -> Callable[[], Reply]:
    """Reads the reply to a command past that to the ASKING before it."""

    def second() -> Reply:
        read()
        return read()

    return second
