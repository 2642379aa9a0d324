"""Writes to pending entries, each in a script that looks whether the entry is still as the plan saw it."""

from collections.abc import Sequence

import msgspec
import redis

from dashboard.core.names import display
from streams_admin.facts import NotDone, PendingFact
from streams_admin.redis_io.scripts import load, run

_PENDING = load("pending")
_pack = msgspec.msgpack.Encoder().encode  # a tenth of the time of as many arguments

BATCH = 1000  # pending entries, in one script


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of pending entries of a group. The consumer is empty where nobody gets them."""

    run_id: str
    key: bytes
    group: bytes
    verb: str  # claim, reset-idle, give-back, acknowledge or acknowledge-delete
    consumer: bytes = b""
    may_create: bool = False
    deliveries: int | None = None  # to set; None: as they are
    at_ms: int = 0  # the server's clock when the entries were idle for so long


class Return(msgspec.Struct, frozen=True, array_like=True):
    """How a pending entry was before it was claimed."""

    owner: bytes
    delivered_at_ms: int
    deliveries: int


class BatchResult(msgspec.Struct):
    """What became of one batch of pending entries."""

    done: int = 0
    not_done: list[NotDone] = []
    at_ms: int = 0  # by the server's clock


def settle_pending(
    client: "redis.Redis", order: Order, batch: Sequence[PendingFact], returns: Sequence[Return] = ()
) -> BatchResult:
    """Carries the order out for those entries that are still as the plan says; to give back, `returns` says what each was like.

    Raises Aborted, Failed, Unanswered.
    """
    deliveries = -1 if order.deliveries is None else order.deliveries
    head = (order.run_id, order.group, order.verb, order.consumer, int(order.may_create), deliveries, order.at_ms)
    owners = list(dict.fromkeys([entry.owner for entry in batch] + [its.owner for its in returns]))
    number_of = {owner: number for number, owner in enumerate(owners, start=1)}
    entries = (
        [entry.id for entry in batch],
        [number_of[entry.owner] for entry in batch],
        [entry.deliveries for entry in batch],
        [entry.idle_ms for entry in batch],
    )
    before = [(number_of[its.owner], its.delivered_at_ms, its.deliveries) for its in returns]
    left = run(client, _PENDING, order.key, *head, _pack(entries), _pack(before), *owners)
    numbers, reasons, details = left[1::3], left[2::3], left[3::3]
    not_done = [
        NotDone(batch[number - 1].id, why.decode(), display(detail))
        for number, why, detail in zip(numbers, reasons, details, strict=True)
    ]
    return BatchResult(done=len(batch) - len(not_done), not_done=not_done, at_ms=int(left[0]))
