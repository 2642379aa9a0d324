"""Acknowledge and delete: pending entries count as processed and leave the stream, unless another group needs them."""

from typing import TYPE_CHECKING

import redis

from streams_admin import wording
from streams_admin.models import Kind
from streams_admin.redis_io.pending import Order
from streams_admin.remedies.acknowledge import Acknowledge, AcknowledgeFacts, plan_acknowledge
from streams_admin.remedies.entries import Selection, settle

if TYPE_CHECKING:
    from streams_admin.run import Run


class AcknowledgeDeleteFacts(AcknowledgeFacts, frozen=True, kw_only=True):
    """Pending entries that are done with, and go."""

    kind = Kind.ACKNOWLEDGE_DELETE


def plan_acknowledge_delete(client: "redis.Redis", key: bytes, selection: Selection) -> AcknowledgeDeleteFacts:
    """The end of the selected entries. Raises PlanError."""
    its = plan_acknowledge(client, key, selection)
    return AcknowledgeDeleteFacts(**{name: getattr(its, name) for name in its.__struct_fields__})


class AcknowledgeDelete(Acknowledge):
    """Pending entries count as processed and leave the stream."""

    facts = AcknowledgeDeleteFacts
    done = "acknowledged and deleted"

    def title(self, facts: AcknowledgeFacts) -> str:
        return f"Acknowledge and delete {wording.entries(len(facts.entries))} of {wording.short(facts.group)}"

    def commands(self, facts: AcknowledgeFacts) -> list[str]:
        lines = (
            wording.command(*words)
            for entry in facts.entries
            for words in (("XACK", facts.key, facts.group, entry.id), ("XDEL", facts.key, entry.id))
        )
        return wording.cut(lines, 2 * len(facts.entries))

    def destroys(self, facts: AcknowledgeFacts) -> bool:
        return True

    def notes(self, facts: AcknowledgeFacts) -> list[str]:
        alone = (
            "Entries that another group has not read or not acknowledged are left alone, with everything about them."
        )
        return [alone, *super().notes(facts)]

    def risks(self, facts: AcknowledgeFacts) -> list[str]:
        return ["The entries are destroyed with their payloads.", *super().risks(facts)]

    def carry_out(self, client: "redis.Redis", facts: AcknowledgeFacts, run: "Run") -> None:
        order = Order(
            run_id=facts.run_id, key=facts.key, group=facts.group, verb="acknowledge-delete", at_ms=facts.at_ms
        )
        settle(client, [(order, facts.entries)], facts, run)
