"""A sweep: XINFO GROUPS and XINFO STREAM of each key, at the connection level. It reads and changes nothing."""

import time
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import redis
from redis.connection import ConnectionInterface
from redis.exceptions import NoPermissionError, ResponseError

from dashboard.core.sample import StreamProblem, StreamSample, Sweep
from dashboard.redis_io.chunks import AskingPairs, Chunk, Pairs, chunked, in_flight, replies
from dashboard.redis_io.client import connections_made
from dashboard.redis_io.large import LargeStreams
from dashboard.redis_io.meter import Meter, meter_of
from dashboard.redis_io.replies import SampleReader
from dashboard.redis_io.stream_problems import problem_of
from dashboard.redis_io.undelivered import FirstUndelivered
from dashboard.redis_io.wire import Reply, borrowed, exchange, pack, read_reply
from dashboard.redis_io.xadd_calls import XaddCalls

_TIME = pack(b"TIME")


def sweep(
    client: redis.Redis,
    keys: Sequence[bytes],
    *,
    held: Sequence[bytes] = (),
    asking: frozenset[bytes] = frozenset(),
) -> Sweep:
    """One reading of these streams. A key that fails stands in `problems`, and the others go on.

    `held` are streams that are watched too and not read this time; what is known of them is kept. `asking` are those of
    `keys` whose slots are on their way to this node of a cluster.

    Raises redis.RedisError where the server itself fails (down, loading, busy, credentials); see `explain`. What is
    worth keeping from sweep to sweep (packed commands, unchanged samples) is kept with the client.
    """
    sweeper = _sweepers.get(client)
    if sweeper is None:
        sweeper = _sweepers[client] = _Sweeper()
    return sweeper.sweep(client, tuple(keys), tuple(held), asking)


class _Sweeper:
    """What one client's sweeps keep between them."""

    def __init__(self) -> None:
        self._keys: tuple[bytes, ...] = ()
        self._held: tuple[bytes, ...] = ()
        self._asking: frozenset[bytes] = frozenset()
        self._pairs = Pairs()
        self._chunks: list[Chunk] = []
        self._reader = SampleReader()
        self._undelivered = FirstUndelivered()
        self._calls = XaddCalls()
        self._large = LargeStreams()
        self._thin: frozenset[bytes] = frozenset()
        self._at: float | None = None
        self._now = 0.0
        self._connections = 0

    def sweep(
        self, client: redis.Redis, keys: tuple[bytes, ...], held: tuple[bytes, ...], asking: frozenset[bytes]
    ) -> Sweep:
        self._plan(keys, held, asking)
        streams: dict[bytes, StreamSample] = {}
        problems: dict[bytes, StreamProblem] = {}
        meter = meter_of(client)
        received = meter.received
        with borrowed(client) as connection:
            at, round_trip_s = _server_time(connection)
            chunks = self._chunks_at(at, meter)
            take = self._take if self._large.watchful else self._reader.read
            ask = self._calls.ask if chunks else b""
            meter.count("info", 1 if ask else 0)
            for key, groups, stream in replies(connection, chunks, ask, at_once=in_flight(round_trip_s)):
                if type(groups) is list and type(stream) is list:
                    streams[key] = take(key, groups, stream)
                elif type(groups) is list and type(stream) is int:
                    streams[key] = self._reader.read_thin(key, groups, stream, self._large.whole_at(key))
                else:
                    problems[key] = self._problem(key, groups, stream)
            calls = self._calls.told(read_reply(connection)) if ask else None
            self._large.swept(meter.received - received, len(keys))
            if self._thin:
                self._doubt(connection, streams)
            first = self._undelivered.look_up(connection, streams, self._reader.changed, at, held)
        reconnected = connections_made(client) != self._connections
        self._connections, self._at = connections_made(client), at
        changed = self._reader.take_changed()
        return Sweep(at, round_trip_s, streams, problems, first, reconnected, changed, held, calls, len(self._thin))

    def _chunks_at(self, at: float, meter: Meter) -> list[Chunk]:
        """The plan, with those streams thin whose large entries are left out this time."""
        self._now = at
        thin = self._large.thin(self._keys, at, self._at) - self._asking
        if thin != self._thin:
            self._thin = thin
            self._chunks = self._chunked()
        meter.count("xinfo|groups", len(self._keys))
        meter.count("xinfo|stream", len(self._keys) - len(thin))
        meter.count("xlen", len(thin))
        meter.count("asking", 2 * len(self._asking))
        return self._chunks

    def _take(self, key: bytes, groups: Reply, stream: Reply) -> StreamSample:
        """The sample of a stream that was read whole, while large entries are of interest."""
        before = self._reader.last(key)
        sample = self._reader.read(key, groups, stream)
        moved = before is not None and _ends(before) != _ends(sample)
        self._large.weigh(key, self._reader.entries(stream), self._now, moved=moved)
        return sample

    def _doubt(self, connection: ConnectionInterface, streams: dict[bytes, StreamSample]) -> None:
        """Of what was read thin, tells those that stand still from those that only seem to."""
        still = {}
        for key in self._thin & streams.keys():
            if streams[key].whole_at is not None:
                self._large.note_moved(key)
            elif self._large.moves(key):
                streams[key] = self._reader.doubt(key, self._large.whole_at(key))
            else:
                still[key] = streams[key]
        for key in self._large.find_moved(connection, still) if still else ():
            self._large.note_moved(key)
            streams[key] = self._reader.doubt(key, self._large.whole_at(key))

    def _plan(self, keys: tuple[bytes, ...], held: tuple[bytes, ...], asking: frozenset[bytes]) -> None:
        if keys == self._keys and held == self._held and asking == self._asking:
            return
        if len(keys) + len(held) != len(self._keys) + len(self._held) or not self._pairs.keys() >= {*keys, *held}:
            self._reader.keep({*keys, *held})
            self._pairs.keep({*keys, *held})
            self._large.keep({*keys, *held})
        self._keys, self._held, self._asking, self._thin = keys, held, asking, frozenset()
        self._chunks = self._chunked()

    def _chunked(self) -> list[Chunk]:
        asking = self._asking
        if not asking:
            return list(chunked(self._keys, self._pairs, self._thin))
        here, coming = [key for key in self._keys if key not in asking], [key for key in self._keys if key in asking]
        return [*chunked(here, self._pairs, self._thin), *chunked(coming, AskingPairs(), asking=True)]

    def _problem(self, key: bytes, groups: Reply, stream: Reply) -> StreamProblem:
        if key in self._thin and isinstance(stream, NoPermissionError) and type(groups) is list:
            self._large.denied = True
        self._reader.forget(key)
        self._large.forget(key)
        return problem_of(key, groups if isinstance(groups, ResponseError) else stream)


def _ends(sample: StreamSample) -> tuple[object, ...]:
    return sample.length, sample.first_id, sample.last_generated_id, sample.max_deleted_id, sample.entries_added


_sweepers: "WeakKeyDictionary[redis.Redis, _Sweeper]" = WeakKeyDictionary()


def _server_time(connection: ConnectionInterface) -> tuple[float, float]:
    """The server's clock in seconds, and how long it took to ask."""
    asked = time.perf_counter()
    [reply] = exchange(connection, [_TIME])
    if isinstance(reply, ResponseError):
        raise reply
    return int(reply[0]) + int(reply[1]) / 1e6, time.perf_counter() - asked
