"""Writes to groups, each in a script that looks whether the group is still as the plan saw it."""

from collections.abc import Sequence

import msgspec
import redis

from streams_admin.facts import PendingFact
from streams_admin.redis_io.scripts import load, run

_GROUP = load("group")


class GroupOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of a group, and what it must still be like."""

    run_id: str
    key: bytes
    group: bytes
    verb: str  # create, set-id, destroy or create-consumer
    seen_id: str = ""  # its last delivered id; empty where there must be no such group
    seen_pending: int | None = None  # None: any
    to_id: str = ""
    entries_read: int | None = None  # None: unknown, or a server (6.2) that keeps no such number
    consumer: bytes = b""


def change_group(
    client: "redis.Redis", order: GroupOrder, rows: Sequence[PendingFact] = (), *, seen_at_ms: int = 0
) -> bool:
    """Whether the group was changed; False where it is already as asked for. Raises Aborted, Failed, Unanswered.

    `rows` become pending again in a group that is made: the idle that they had at `seen_at_ms` has grown since.
    """
    pending = -1 if order.seen_pending is None else order.seen_pending
    read = -1 if order.entries_read is None else order.entries_read
    cells = [cell for row in rows for cell in (row.id, row.owner, seen_at_ms - row.idle_ms, row.deliveries)]
    target = order.consumer if order.verb == "create-consumer" else order.to_id
    head = (order.run_id, order.verb, order.group, order.seen_id, pending, target, read)
    return bool(run(client, _GROUP, order.key, *head, *cells))
