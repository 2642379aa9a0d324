"""What our connections ask of a server: calls by command, and bytes either way. Counted where they leave and arrive.

A socket counts its bytes a read or a send at a time; commands that travel packed in chunks are counted by whoever packed
them. So ten thousand replies cost no more than one.
"""

from collections import Counter
from functools import lru_cache
from typing import Any

import redis

from dashboard.core.cost import Usage

#: Commands whose second word says what they do; servers from 7.0 count each of these apart.
_CONTAINERS = frozenset(
    {"acl", "client", "cluster", "command", "config", "latency", "memory", "module"}
    | {"object", "script", "sentinel", "slowlog", "xgroup", "xinfo"}
)


class Meter:
    """The counts of all connections of one client, since it was made."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.sent = 0
        self.received = 0
        self._before: Counter[str] = Counter()
        self._bytes_before = 0

    def count(self, command: str, times: int = 1) -> None:
        """Counts calls of a command by its name in commandstats, for example "xinfo|stream"."""
        self.calls[command] += times

    def take(self) -> Usage:
        """What was asked since this was called last."""
        calls = {name: times for name, count in self.calls.items() if (times := count - self._before[name])}
        size = self.sent + self.received - self._bytes_before
        self._before, self._bytes_before = self.calls.copy(), self.sent + self.received
        return Usage(calls, size)


class _Socket:
    """A socket that counts; in all else the one that it wraps."""

    def __init__(self, wrapped: Any, meter: Meter) -> None:
        self._wrapped, self._meter = wrapped, meter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)

    def sendall(self, data: bytes) -> None:
        """Sends and counts."""
        self._meter.sent += len(data)
        self._wrapped.sendall(data)

    def recv_into(self, buffer: bytearray) -> int:
        """Receives and counts."""
        size: int = self._wrapped.recv_into(buffer)
        self._meter.received += size
        return size


class _Metered:
    """What a connection's class becomes when it is metered."""

    meter: Meter

    def __init__(self, *, meter: Meter, **settings: Any) -> None:
        self.meter = meter
        super().__init__(**settings)

    def _connect(self, *arguments: Any, **options: Any) -> _Socket:
        return _Socket(super()._connect(*arguments, **options), self.meter)  # type: ignore[misc]

    def send_command(self, *arguments: Any, **options: Any) -> None:
        """What redis-py sends by itself or for a caller; packed commands do not come this way."""
        self.meter.count(_name(arguments))
        super().send_command(*arguments, **options)  # type: ignore[misc]


def metered(client: redis.Redis) -> redis.Redis:
    """The client, whose connections count from now on; make none before."""
    pool = client.connection_pool
    pool.connection_class = _metered_class(pool.connection_class)
    pool.connection_kwargs["meter"] = Meter()
    return client


@lru_cache
def _metered_class(plain: type) -> type:
    return type(f"Metered{plain.__name__}", (_Metered, plain), {})


def meter_of(client: redis.Redis) -> Meter:
    """The client's meter; one that counts nothing for a client that is not metered."""
    meter = client.connection_pool.connection_kwargs.get("meter")
    return meter if isinstance(meter, Meter) else Meter()


def meter_of_connection(connection: object) -> Meter | None:
    """The meter of a connection of a metered client."""
    return getattr(connection, "meter", None)


def _name(arguments: tuple[Any, ...]) -> str:
    # Only as many words as the name has: what comes after may be a whole script.
    words = _text(arguments[0]).lower().split()
    if words[0] not in _CONTAINERS:
        return words[0]
    words += [_text(word).lower() for word in arguments[1:2]]
    return "|".join(words[:2])


def _text(word: Any) -> str:
    return word.decode("ascii", "replace") if isinstance(word, bytes) else str(word)


def name_of_packed(packed: bytes) -> str:
    """The name of a packed command in commandstats."""
    parts = packed.split(b"\r\n", 5)
    first = parts[2].decode("ascii", "replace").lower()
    return (
        f"{first}|{parts[4].decode('ascii', 'replace').lower()}" if first in _CONTAINERS and len(parts) > 4 else first
    )
