"""Surveys a group's pending entries on demand: the oldest 20,000, and whether those that may be gone are."""

from collections.abc import Sequence

import redis
from redis.connection import ConnectionInterface
from redis.exceptions import ResponseError

from dashboard.core.entry_id import EntryId
from dashboard.core.survey import Pending, Survey, doubted, survey
from dashboard.redis_io.measuring import read_stream
from dashboard.redis_io.peek import pending_page
from dashboard.redis_io.wire import borrowed, exchange, pack

MOST = 20_000  # entries looked at
_PAGE = 500  # entries a command: more would hold the server up
_LOOKED_FOR = 200  # doubted entries asked for, because each that is there comes with its payload
_AT_ONCE = 10
_READ_BYTES = 2_000_000  # of payload, give or take what is asked for at once


def survey_pending(client: redis.Redis, key: bytes, group: bytes) -> Survey:
    """Surveys the group. Raises redis.RedisError; NOGROUP where the stream has no such group."""
    rows, complete = _oldest(client, key, group)
    with borrowed(client) as connection:
        stream = read_stream(connection, key)
        doubts = doubted(rows, stream)
        missing, searched = _missing(connection, key, doubts)
    return survey(rows, stream, missing=missing, searched=searched, complete=complete)


def _oldest(client: redis.Redis, key: bytes, group: bytes) -> tuple[list[Pending], bool]:
    rows: list[Pending] = []
    after = None
    while len(rows) < MOST:
        page = pending_page(client, key, group, after=after, count=_PAGE)
        rows += [Pending(row.id, row.consumer, row.idle_ms / 1000, row.deliveries) for row in page.entries]
        if page.after is None:
            return rows, True
        after = page.after
    return rows, False


def _missing(connection: ConnectionInterface, key: bytes, doubts: Sequence[EntryId]) -> tuple[list[EntryId], bool]:
    """Which of the doubted entries are gone, and whether all were asked for."""
    missing: list[EntryId] = []
    read_bytes = 0
    for at in range(0, min(len(doubts), _LOOKED_FOR), _AT_ONCE):
        if read_bytes > _READ_BYTES:
            return missing, False
        asked = doubts[at : at + _AT_ONCE]
        replies = exchange(connection, [pack(b"XRANGE", key, b"%d-%d" % one, b"%d-%d" % one) for one in asked])
        for entry_id, reply in zip(asked, replies, strict=True):
            if isinstance(reply, ResponseError):
                raise reply
            missing += [] if reply else [entry_id]
            read_bytes += sum(len(text) for _, fields in reply for text in fields or ())
    return missing, len(doubts) <= _LOOKED_FOR
