"""Counting what was added (T4), for servers that keep no count of it (6.2)."""

from collections.abc import Sequence

from redis.connection import ConnectionInterface
from redis.exceptions import NoPermissionError, ResponseError

from dashboard.core.entry_id import EntryId
from dashboard.core.insight import Counted
from dashboard.redis_io.wire import exchange, pack

CAP = 1000


def count_added(
    connection: ConnectionInterface, spans: Sequence[tuple[bytes, EntryId, EntryId]]
) -> dict[bytes, Counted]:
    """Entries of each key above the first and up to the second id, at most CAP. Raises NoPermissionError where denied."""
    commands = [
        pack(b"XRANGE", key, b"(%d-%d" % since, b"%d-%d" % until, b"COUNT", b"%d" % CAP) for key, since, until in spans
    ]
    found = {}
    for (key, since, _), reply in zip(spans, exchange(connection, commands), strict=True):
        if isinstance(reply, NoPermissionError):
            raise reply
        if not isinstance(reply, ResponseError):
            found[key] = Counted(since, len(reply), len(reply) < CAP)
    return found
