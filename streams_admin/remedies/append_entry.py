"""Append an entry, to try whether consumers read."""

from typing import TYPE_CHECKING

import redis

from dashboard.core.names import display
from streams_admin import wording
from streams_admin.facts import Facts, Outcome
from streams_admin.models import Kind
from streams_admin.plans import PlanError, look
from streams_admin.redis_io.entries import append
from streams_admin.remedies.base import Figure, GroupEffect, Remedy
from streams_admin.remedies.delete_entries import plan_delete_entries

if TYPE_CHECKING:
    from streams_admin.run import Run


class AppendEntryFacts(Facts, frozen=True, kw_only=True):
    """An entry that is not there yet."""

    kind = Kind.APPEND_ENTRY

    fields: tuple[tuple[bytes, bytes], ...]
    last_generated_id: str
    groups: tuple[bytes, ...]


def plan_append_entry(client: "redis.Redis", key: bytes, fields: tuple[tuple[bytes, bytes], ...]) -> AppendEntryFacts:
    """An entry with these fields. Raises PlanError."""
    if not fields:
        raise PlanError("An entry has at least one field.", "fields")
    state = look(client, key)
    return AppendEntryFacts(
        run_id=state.run_id,
        key=key,
        fields=fields,
        last_generated_id=state.last_generated_id,
        groups=tuple(group.name for group in state.groups),
    )


class AppendEntry(Remedy[AppendEntryFacts]):
    """One entry more."""

    facts = AppendEntryFacts
    done = "added"
    back = "dashboard_stream_recover"

    def title(self, facts: AppendEntryFacts) -> str:
        count = len(facts.fields)
        return f"Append an entry of {wording.number(count)} {'field' if count == 1 else 'fields'}"

    def commands(self, facts: AppendEntryFacts) -> list[str]:
        return [wording.command("XADD", facts.key, "*", *(cell for pair in facts.fields for cell in pair))]

    def requested(self, facts: AppendEntryFacts) -> int:
        return 1

    def figures(self, facts: AppendEntryFacts) -> list[Figure]:
        count = len(facts.groups)
        return [(wording.number(count), "group will be given it" if count == 1 else "groups will be given it")]

    def effects(self, facts: AppendEntryFacts) -> list[GroupEffect]:
        return [GroupEffect(name=display(name), effect="Is given the entry as its next one.") for name in facts.groups]

    def risks(self, facts: AppendEntryFacts) -> list[str]:
        return ["Consumers cannot tell it from a real one: what they do with it is not taken back by deleting it."]

    def carry_out(self, client: "redis.Redis", facts: AppendEntryFacts, run: "Run") -> None:
        added = append(client, facts.run_id, facts.key, facts.fields, after=facts.last_generated_id, again=run.again)
        run.outcome.done = 1
        run.outcome.made["entry"] = added

    def undo(self, client: "redis.Redis", facts: AppendEntryFacts, outcome: Outcome) -> Facts | None:
        """The deletion of the entry that was added. Raises PlanError."""
        return plan_delete_entries(client, facts.key, (outcome.made["entry"],), needed_too=True)
