"""Acknowledge: pending entries count as processed."""

from typing import TYPE_CHECKING

import redis

from dashboard.core.entry_id import EntryId
from dashboard.core.names import display
from streams_admin import wording
from streams_admin.models import Kind
from streams_admin.plans import group_in, look
from streams_admin.redis_io.pending import Order
from streams_admin.remedies.base import Figure, GroupEffect, Remedy
from streams_admin.remedies.entries import (
    EntriesFacts,
    Selection,
    idle_at_least_s,
    more_notes,
    owners_in_words,
    selected,
    settle,
)

if TYPE_CHECKING:
    from streams_admin.run import Run


class AcknowledgeFacts(EntriesFacts, frozen=True, kw_only=True):
    """Pending entries that count as processed from then on."""

    kind = Kind.ACKNOWLEDGE

    ghosts: int = 0  # pending ids below the first entry: there is no payload left to process


def plan_acknowledge(client: "redis.Redis", key: bytes, selection: Selection) -> AcknowledgeFacts:
    """An acknowledgement of the selected entries. Raises PlanError."""
    state = look(client, key)
    group_in(state, selection.matching.group)
    chosen, more = selected(client, key, selection, at_ms=state.at_ms)
    first = EntryId.parse(state.first_id) if state.first_id else None
    return AcknowledgeFacts(
        run_id=state.run_id,
        key=key,
        group=selection.matching.group,
        entries=chosen,
        at_ms=state.at_ms,
        ghosts=sum(first is None or EntryId.parse(entry_id) < first for entry_id in chosen.ids),
        more=more,
    )


def order_of(facts: AcknowledgeFacts) -> Order:
    """What is asked of the server."""
    return Order(run_id=facts.run_id, key=facts.key, group=facts.group, verb="acknowledge", at_ms=facts.at_ms)


class Acknowledge(Remedy[AcknowledgeFacts]):
    """Pending entries count as processed."""

    facts = AcknowledgeFacts
    done = "acknowledged"

    def title(self, facts: AcknowledgeFacts) -> str:
        return f"Acknowledge {wording.entries(len(facts.entries))} of {wording.short(facts.group)}"

    def commands(self, facts: AcknowledgeFacts) -> list[str]:
        lines = (wording.command("XACK", facts.key, facts.group, entry.id) for entry in facts.entries)
        return wording.cut(lines, len(facts.entries))

    def requested(self, facts: AcknowledgeFacts) -> int:
        return len(facts.entries)

    def group_of(self, facts: AcknowledgeFacts) -> bytes:
        return facts.group

    def figures(self, facts: AcknowledgeFacts) -> list[Figure]:
        ghosts = [(wording.number(facts.ghosts), "of them ghosts")] if facts.ghosts else []
        return [
            (wording.number(len(facts.entries)), "pending entries"),
            *ghosts,
            (wording.duration(idle_at_least_s(facts)), "idle at least"),
        ]

    def effects(self, facts: AcknowledgeFacts) -> list[GroupEffect]:
        count, owners = wording.entries(len(facts.entries)), owners_in_words(facts.entries)
        return [
            GroupEffect(name=display(facts.group), effect=f"{count} count as processed. Pending now for: {owners}.")
        ]

    def notes(self, facts: AcknowledgeFacts) -> list[str]:
        return ["Each entry is left alone if anyone touches it before you confirm.", *more_notes(facts)]

    def risks(self, facts: AcknowledgeFacts) -> list[str]:
        group = wording.short(facts.group)
        lines = [f"The group {group} will not be given these entries again; acknowledging cannot be undone."]
        if facts.ghosts:
            count = wording.entries(facts.ghosts)
            lines.append(f"{count} of them are ghosts: deleted, with nothing left to process.")
        return lines

    def carry_out(self, client: "redis.Redis", facts: AcknowledgeFacts, run: "Run") -> None:
        settle(client, [(order_of(facts), facts.entries)], facts, run)
