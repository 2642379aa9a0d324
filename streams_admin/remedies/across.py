"""Dead letters in another slot of a cluster: copied first, then acknowledged. An entry may stand in both places, never in none."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import redis
from redis.crc import key_slot

from dashboard.models import Server
from streams_admin.facts import NotDone, PendingColumns, PendingFact
from streams_admin.models import Kind
from streams_admin.pending import pending_of
from streams_admin.redis_io.appending import Appender, Fields
from streams_admin.redis_io.pending import BatchResult, Order, settle_pending
from streams_admin.redis_io.scripts import action_client
from streams_admin.redis_io.whole import fields_of
from streams_admin.remedies.added_once import begun
from streams_admin.remedies.entries import EntriesFacts

if TYPE_CHECKING:
    from streams_admin.run import Run

#: Two looks at idle and at the clock may differ by so much.
_TOLERANCE_MS = 2


class DeadLetterFacts(EntriesFacts, frozen=True, kw_only=True):
    """Pending entries that go to another stream of the same server."""

    kind = Kind.DEAD_LETTER

    target: bytes
    reason: str
    #: Of a dead-letter stream in another slot of a cluster: a key beside it, which says how far the copies got.
    marker: bytes = b""
    target_run_id: str = ""


@contextmanager
def other_slot(server: Server, key: bytes, target: bytes) -> Iterator["redis.Redis | None"]:
    """A client of the target where that is in another slot than the key; None where one script reaches both. Raises Failed."""
    if server.topology != Server.Topology.CLUSTER or key_slot(target) == key_slot(key):
        yield None
        return
    with action_client(server.acting_target, target) as client:
        yield client


def move_across(client: "redis.Redis", facts: DeadLetterFacts, run: "Run", size: int) -> None:
    """Copies to another slot, batch by batch, and acknowledges what is still as it was planned."""
    stream = run.action.stream
    assert stream is not None  # noqa: S101 - it was started for one
    order = Order(run_id=facts.run_id, key=facts.key, group=facts.group, verb="acknowledge", at_ms=facts.at_ms)
    with action_client(stream.server.acting_target, facts.target) as target:
        appender = Appender(target, facts.target, facts.marker, run_id=facts.target_run_id)
        reached, copied = begun(appender, run)
        copied_before = set(facts.entries.ids[: int(reached or 0)])
        for batch in run.batches(facts.entries, size):
            up_to = facts.entries.ids.index(batch.ids[0]) + len(batch)
            found = fields_of(client, facts.key, [entry_id.encode() for entry_id in batch.ids])
            moving = [entry for entry in _as_planned(client, facts, batch) if entry.id.encode() in found]
            if up_to > int(reached or 0):
                # Batches of an earlier run may have been of another size, so one may be copied in part.
                fresh = [entry for entry in moving if entry.id not in copied_before]
                copied += len(fresh)
                copies = [_copy(found[entry.id.encode()], entry, facts, run) for entry in fresh]
                appender.append(copies, up_to=str(up_to), added=copied)
            result = settle_pending(client, order, PendingColumns.of(moving)) if moving else BatchResult()
            kept = {entry.id for entry in moving}
            left = [
                NotDone(entry.id, "busy" if entry.id.encode() in found else "ghost")
                for entry in batch
                if entry.id not in kept
            ]
            run.count(result.done, [*result.not_done, *left])


def _as_planned(client: "redis.Redis", facts: DeadLetterFacts, batch: PendingColumns) -> list[PendingFact]:
    now = {row.id: row for row in pending_of(client, facts.key, facts.group, batch.ids, at_ms=facts.at_ms)}
    return [entry for entry in batch if (row := now.get(entry.id)) and _same(row, entry)]


def _same(row: PendingFact, entry: PendingFact) -> bool:
    return (row.owner, row.deliveries) == (
        entry.owner,
        entry.deliveries,
    ) and row.idle_ms >= entry.idle_ms - _TOLERANCE_MS


def _copy(fields: Fields, entry: PendingFact, facts: DeadLetterFacts, run: "Run") -> Fields:
    origin = {
        "key": facts.key,
        "id": entry.id.encode(),
        "group": facts.group,
        "consumer": entry.owner,
        "deliveries": b"%d" % entry.deliveries,
        "by": run.action.operator_name.encode(),
        "reason": facts.reason.encode(),
    }
    return [*fields, *(word for name, value in origin.items() for word in (b"streamgauge:" + name.encode(), value))]
