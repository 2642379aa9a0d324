"""The consumers of groups, for telling the living from the dead."""

from collections.abc import Sequence

from redis.connection import ConnectionInterface
from redis.exceptions import NoPermissionError

from dashboard.core.consumers import ConsumerSeen
from dashboard.redis_io.wire import Reply, exchange, pack

Place = tuple[bytes, bytes]  # key and group


def read_consumers(connection: ConnectionInterface, places: Sequence[Place]) -> dict[Place, list[ConsumerSeen]]:
    """The consumers of each group that is still there; ask only for groups of few. Raises NoPermissionError where denied."""
    replies = exchange(connection, [pack(b"XINFO", b"CONSUMERS", key, group) for key, group in places])
    for reply in replies:
        if isinstance(reply, NoPermissionError):
            raise reply
    return {
        place: [_seen(row) for row in reply]
        for place, reply in zip(places, replies, strict=True)
        if isinstance(reply, list)
    }


def _seen(row: list[Reply]) -> ConsumerSeen:
    fields = dict(zip(row[::2], row[1::2], strict=False))
    return ConsumerSeen(fields[b"name"], fields[b"pending"], fields[b"idle"] / 1000)
