"""The oldest pending entries of groups (G1): how often they were delivered, and which of them are ghosts.

Ten of a group are listed, whatever it holds: XPENDING's summary names every consumer, and its IDLE walks the whole list.
"""

from collections.abc import Sequence

from redis.connection import ConnectionInterface
from redis.exceptions import NoPermissionError, ResponseError

from dashboard.core.damage import PendingFacts, pending_facts
from dashboard.core.entry_id import EntryId
from dashboard.core.sample import GroupSample, StreamSample
from dashboard.redis_io.wire import Reply, exchange, pack

LISTED = 10
MOST_GHOSTS = 500  # counted below the first entry; there may be more
_LOOKED_FOR_BLINDLY = 3  # where the server (6.2) does not say whether anything was deleted

Subject = tuple[StreamSample, GroupSample]
Rows = list[tuple[EntryId, int]]  # id and deliveries


def read_pending(
    connection: ConnectionInterface, subjects: Sequence[Subject]
) -> dict[tuple[bytes, bytes], PendingFacts]:
    """The facts by key and group, of those groups that are still there. Raises NoPermissionError where we may not ask."""
    listed = _listed(connection, subjects)
    below = _below_first(connection, listed)
    missing = _missing(connection, listed)
    return {
        (stream.key, group.name): pending_facts(
            group,
            rows,
            ghosts_below=below.get(at, 0),
            missing=missing.get(at, ()),
        )
        for at, (stream, group, rows) in enumerate(listed)
    }


def _listed(
    connection: ConnectionInterface, subjects: Sequence[Subject]
) -> list[tuple[StreamSample, GroupSample, Rows]]:
    count = b"%d" % LISTED
    commands = [pack(b"XPENDING", stream.key, group.name, b"-", b"+", count) for stream, group in subjects]
    replies = _allowed(exchange(connection, commands))
    return [
        (stream, group, [(EntryId.parse(row[0]), int(row[3])) for row in reply])
        for (stream, group), reply in zip(subjects, replies, strict=True)
        if isinstance(reply, list)
    ]


def _below_first(
    connection: ConnectionInterface, listed: Sequence[tuple[StreamSample, GroupSample, Rows]]
) -> dict[int, int]:
    """How many pending ids stand below the stream's first entry, by place in the list."""
    asked = [
        (at, one) for at, one in enumerate(listed) if one[2] and one[0].first_id and one[2][0][0] < one[0].first_id
    ]
    commands = [
        pack(b"XPENDING", stream.key, group.name, b"-", b"(%d-%d" % (stream.first_id or (0, 0)), b"%d" % MOST_GHOSTS)
        for _, (stream, group, _) in asked
    ]
    if not commands:
        return {}
    replies = _allowed(exchange(connection, commands))
    return {at: len(reply) for (at, _), reply in zip(asked, replies, strict=True) if isinstance(reply, list)}


def _missing(
    connection: ConnectionInterface, listed: Sequence[tuple[StreamSample, GroupSample, Rows]]
) -> dict[int, list[EntryId]]:
    """Listed ids inside the stream that have no entry, by place in the list."""
    asked = [
        (at, stream.key, entry_id) for at, (stream, _, rows) in enumerate(listed) for entry_id in _doubted(stream, rows)
    ]
    if not asked:
        return {}
    commands = [pack(b"XRANGE", key, b"%d-%d" % entry_id, b"%d-%d" % entry_id) for _, key, entry_id in asked]
    found: dict[int, list[EntryId]] = {}
    for (at, _, entry_id), reply in zip(asked, _allowed(exchange(connection, commands)), strict=True):
        if reply == []:
            found.setdefault(at, []).append(entry_id)
    return found


def _doubted(stream: StreamSample, rows: Rows) -> list[EntryId]:
    first, deleted = stream.first_id, stream.max_deleted_id
    if first is None:
        return []
    inside = [entry_id for entry_id, _ in rows if entry_id >= first]
    if deleted is None:
        return inside[:_LOOKED_FOR_BLINDLY]
    return [entry_id for entry_id in inside if entry_id <= deleted]


def _allowed(replies: list[Reply | ResponseError]) -> list[Reply | ResponseError]:
    for reply in replies:
        if isinstance(reply, NoPermissionError):
            raise reply
    return replies
