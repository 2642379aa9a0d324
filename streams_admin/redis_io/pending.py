"""Writes to pending entries, each in a script that looks whether the entry is still as the plan saw it."""

from collections.abc import Sequence

import msgspec
import redis

from dashboard.core.names import display
from streams_admin.facts import NotDone, PendingFact
from streams_admin.redis_io.scripts import load, run

_PENDING = load("pending")

BATCH = 200  # pending entries, in one script


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of pending entries of a group. The consumer is empty where nobody gets them."""

    run_id: str
    key: bytes
    group: bytes
    verb: str
    consumer: bytes = b""
    may_create: bool = False


class BatchResult(msgspec.Struct):
    """What became of one batch of pending entries."""

    done: int = 0
    not_done: list[NotDone] = []


def settle_pending(client: "redis.Redis", order: Order, batch: Sequence[PendingFact]) -> BatchResult:
    """Carries the order out for those entries that are still as the plan says. Raises Aborted, Failed, Unanswered."""
    rows = [cell for entry in batch for cell in (entry.id, entry.owner, entry.deliveries, entry.idle_ms)]
    head = (order.run_id, order.group, order.verb, order.consumer, int(order.may_create))
    reply: list[bytes] = run(client, _PENDING, order.key, *head, *rows)
    result = BatchResult()
    for entry, why, detail in zip(batch, reply[::2], reply[1::2], strict=True):
        if why == b"done":
            result.done += 1
        else:
            result.not_done.append(NotDone(entry.id, why.decode(), display(detail)))
    return result
