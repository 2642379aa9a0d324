"""A group's lag measured now, because somebody asked: what can be proved of it, else a count of what waits (L3)."""

import time
from collections.abc import Mapping

import msgspec
import redis
from redis.connection import ConnectionInterface
from redis.exceptions import ResponseError

from dashboard.core.lag import Lag, LagQuality, derive_lag
from dashboard.core.measured import Measured
from dashboard.core.sample import StreamSample
from dashboard.redis_io.counting import Counting, position
from dashboard.redis_io.meter import meter_of
from dashboard.redis_io.replies import SampleReader
from dashboard.redis_io.server_info import read_info
from dashboard.redis_io.wire import borrowed, exchange, pack

CAP = 1_000_000
BUDGET_S = 2.0
TRIES = 3

_COUNTED = "Counted entry by entry just now."
_BUSY = f"The stream lost entries, or the group moved, while it was counted, {TRIES} times in a row."


class Measurement(msgspec.Struct, frozen=True):
    """The lag, and what measuring it took; bytes both ways. `server_ms`: of the server's time; None where it does not tell."""

    lag: Lag
    commands: int
    bytes: int
    server_ms: float | None


def measure(client: redis.Redis, key: bytes, group: bytes) -> Measurement:
    """Measures the group's lag. Raises redis.RedisError; NOGROUP where the stream has no such group."""
    before = _times(client)
    meter = meter_of(client)
    meter.take()
    with borrowed(client) as connection:
        lag = _measured(connection, key, group)
    spent = meter.take()
    return Measurement(lag, sum(spent.calls.values()), spent.bytes, _server_ms(before, _times(client), spent.calls))


def _measured(connection: ConnectionInterface, key: bytes, group: bytes) -> Lag:
    began = time.perf_counter()
    for _ in range(TRIES):
        lag = _proved(read_stream(connection, key), group)
        if lag.quality is LagQuality.EXACT:
            return lag
        counting = Counting(connection, cap=CAP, room=lambda _: 1 if time.perf_counter() - began < BUDGET_S else 0)
        found = counting.run([(key, group)]).get((key, group))
        if found is not None:
            return _counted(found)
    return Lag(None, LagQuality.UNKNOWN, _BUSY)


def read_stream(connection: ConnectionInterface, key: bytes) -> StreamSample:
    """The stream and its groups as they are now. Raises redis.RedisError, also where there is no such stream."""
    groups, stream = exchange(connection, [pack(b"XINFO", b"GROUPS", key), pack(b"XINFO", b"STREAM", key)])
    for reply in (groups, stream):
        if isinstance(reply, ResponseError):
            raise reply
    return SampleReader().read(key, groups, stream)


def _proved(stream: StreamSample, group: bytes) -> Lag:
    """What the ids prove, without the server's word."""
    if position(stream, group) is None:
        raise ResponseError("NOGROUP There is no such group.")
    return derive_lag(stream, next(found for found in stream.groups if found.name == group), trusted=False)


def _counted(found: Measured) -> Lag:
    if found.complete:
        return Lag(found.count, LagQuality.MEASURED, _COUNTED)
    return Lag(found.count, LagQuality.AT_LEAST, f"Counted for {BUDGET_S:.0f} s; more wait.")


def _times(client: redis.Redis) -> dict[str, tuple[int, float]] | None:
    """Calls and seconds by command; None where the server does not tell."""
    times = read_info(client).command_times
    return None if times is None else {name: (found.calls, found.usec / 1e6) for name, found in times.items()}


def _server_ms(
    before: dict[str, tuple[int, float]] | None, after: dict[str, tuple[int, float]] | None, ours: Mapping[str, int]
) -> float | None:
    """Our share of the time of these commands, by our share of their calls in between."""
    if before is None or after is None:
        return None
    seconds = 0.0
    for name, calls in ours.items():
        stat = name if name in after else name.split("|")[0]  # 6.2 counts subcommands together
        (now, now_s), (then, then_s) = after.get(stat, (0, 0.0)), before.get(stat, (0, 0.0))
        if now > then:
            seconds += (now_s - then_s) * min(1.0, calls / (now - then))
    return round(seconds * 1000, 3)
