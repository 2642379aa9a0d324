"""Remove a consumer: its pending entries go to another one, and only when it has none left and has not acted it is deleted."""

from typing import TYPE_CHECKING

import redis

from dashboard.core.names import display
from streams_admin import pending, wording
from streams_admin.facts import Facts, Outcome, PendingColumns
from streams_admin.models import Kind
from streams_admin.pending import ConsumerRow, PendingFilter
from streams_admin.plans import PlanError, group_in, look
from streams_admin.redis_io.pending import Order
from streams_admin.redis_io.wizards import delete_consumer
from streams_admin.remedies.base import Figure, GroupEffect, Remedy
from streams_admin.remedies.create_consumer import plan_create_consumer
from streams_admin.remedies.entries import MOST_PENDING, EntriesFacts, settle
from streams_admin.remedies.give_back import Move, plan_give_back

if TYPE_CHECKING:
    from streams_admin.run import Run


class RemoveConsumerFacts(EntriesFacts, frozen=True, kw_only=True):
    """A consumer with all that is pending with it, and who gets that."""

    kind = Kind.REMOVE_CONSUMER

    consumer: bytes
    target: bytes | None  # None: nothing is pending with it
    idle_ms: int


def plan_remove_consumer(
    client: "redis.Redis", key: bytes, group: bytes, consumer: bytes, target: bytes | None
) -> RemoveConsumerFacts:
    """The end of the consumer. Raises PlanError."""
    state = look(client, key)
    rows = {row.name: row for row in pending.consumers_of(client, key, group_in(state, group))}
    its = _row(rows, consumer, "consumer")
    if its.pending and target is None:
        raise PlanError("Entries are pending with it: say who gets them.", "target")
    if target is not None:
        _row(rows, target, "target")
        if target == consumer:
            raise PlanError("Its entries must go to another consumer.", "target")
    wanted = PendingFilter(group=group, consumer=consumer)
    page = pending.matching_pending(client, key, wanted, at_most=MOST_PENDING, at_ms=state.at_ms)
    if page.next_after is not None:
        raise PlanError(f"More than {wording.number(MOST_PENDING)} entries are pending with it: claim some first.")
    return RemoveConsumerFacts(
        run_id=state.run_id,
        key=key,
        group=group,
        entries=PendingColumns.of(page.entries),
        consumer=consumer,
        target=target if page.entries else None,
        idle_ms=its.idle_ms,
        at_ms=state.at_ms,
    )


def _row(rows: dict[bytes, ConsumerRow], name: bytes, field: str) -> ConsumerRow:
    if name not in rows:
        raise PlanError("The group has no such consumer any more.", field)
    return rows[name]


class RemoveConsumer(Remedy[RemoveConsumerFacts]):
    """A consumer goes, and nothing that is pending with it is lost."""

    facts = RemoveConsumerFacts
    done = "claimed"
    back = "dashboard_stream_recover"

    def title(self, facts: RemoveConsumerFacts) -> str:
        return f"Remove the consumer {wording.short(facts.consumer)}"

    def commands(self, facts: RemoveConsumerFacts) -> list[str]:
        claims = (
            wording.command("XCLAIM", facts.key, facts.group, facts.target or b"", "0", entry.id, "JUSTID")
            for entry in facts.entries
        )
        last = wording.command("XGROUP", "DELCONSUMER", facts.key, facts.group, facts.consumer)
        return [*wording.cut(claims, len(facts.entries)), last]

    def requested(self, facts: RemoveConsumerFacts) -> int:
        return len(facts.entries)

    def group_of(self, facts: RemoveConsumerFacts) -> bytes:
        return facts.group

    def figures(self, facts: RemoveConsumerFacts) -> list[Figure]:
        return [
            (wording.number(len(facts.entries)), "pending entries"),
            (wording.duration(facts.idle_ms // 1000), "since it last asked for something"),
        ]

    def effects(self, facts: RemoveConsumerFacts) -> list[GroupEffect]:
        effect = f"Loses its consumer {display(facts.consumer)}, with which nothing is pending."
        if facts.target is not None:
            count = wording.entries(len(facts.entries))
            effect = f"{count} move to {display(facts.target)}; then {display(facts.consumer)} is deleted."
        return [GroupEffect(name=display(facts.group), effect=effect)]

    def notes(self, facts: RemoveConsumerFacts) -> list[str]:
        return ["It is deleted only if nothing is pending with it then, and if it has asked for nothing meanwhile."]

    def risks(self, facts: RemoveConsumerFacts) -> list[str]:
        return ["If it is still working on these entries, they will be processed twice."] if facts.entries else []

    def carry_out(self, client: "redis.Redis", facts: RemoveConsumerFacts, run: "Run") -> None:
        if facts.target is not None:
            order = Order(
                run_id=facts.run_id,
                key=facts.key,
                group=facts.group,
                verb="claim",
                consumer=facts.target,
                at_ms=facts.at_ms,
            )
            settle(client, [(order, facts.entries)], facts, run)
        delete_consumer(
            client, facts.key, run_id=facts.run_id, group=facts.group, consumer=facts.consumer, idle_ms=facts.idle_ms
        )

    def can_undo(self, facts: RemoveConsumerFacts) -> bool:
        return True

    def undo(self, client: "redis.Redis", facts: RemoveConsumerFacts, outcome: Outcome) -> Facts | None:
        """The consumer made again, with its entries. Raises PlanError."""
        if facts.target is None or not outcome.done:
            return plan_create_consumer(client, facts.key, facts.group, facts.consumer)
        moves = [Move(entry, facts.target, entry.deliveries) for entry in facts.entries]
        return plan_give_back(client, facts, moves, outcome)
