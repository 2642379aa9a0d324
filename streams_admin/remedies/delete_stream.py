"""Delete a stream: its entries, its groups and their pending lists, all at once."""

from typing import TYPE_CHECKING

import redis

from dashboard.core.names import display
from streams_admin import wording
from streams_admin.facts import Facts, GroupFact
from streams_admin.models import Kind
from streams_admin.plans import look
from streams_admin.redis_io.entries import delete_stream
from streams_admin.remedies.base import Figure, GroupEffect, Remedy

if TYPE_CHECKING:
    from streams_admin.run import Run


class DeleteStreamFacts(Facts, frozen=True, kw_only=True):
    """A stream exactly as the preview saw it."""

    kind = Kind.DELETE_STREAM

    length: int
    first_id: str | None
    last_generated_id: str
    entries_added: int | None
    groups: tuple[GroupFact, ...]


def plan_delete_stream(client: "redis.Redis", key: bytes) -> DeleteStreamFacts:
    """The end of the stream. Raises PlanError."""
    state = look(client, key)
    return DeleteStreamFacts(
        run_id=state.run_id,
        key=key,
        length=state.length,
        first_id=state.first_id,
        last_generated_id=state.last_generated_id,
        entries_added=state.entries_added,
        groups=state.groups,
    )


class DeleteStream(Remedy[DeleteStreamFacts]):
    """The stream goes, with everything in it."""

    facts = DeleteStreamFacts
    done = "deleted"
    back = "dashboard_stream_recover"

    def title(self, facts: DeleteStreamFacts) -> str:
        return f"Delete the stream with {wording.entries(facts.length)}"

    def commands(self, facts: DeleteStreamFacts) -> list[str]:
        return [wording.command("UNLINK", facts.key)]

    def requested(self, facts: DeleteStreamFacts) -> int:
        return facts.length

    def is_long(self, facts: DeleteStreamFacts) -> bool:
        return False

    def destroys(self, facts: DeleteStreamFacts) -> bool:
        return True

    def figures(self, facts: DeleteStreamFacts) -> list[Figure]:
        return [
            (wording.number(facts.length), "entries"),
            (wording.number(len(facts.groups)), "group" if len(facts.groups) == 1 else "groups"),
            (wording.number(sum(group.pending for group in facts.groups)), "pending entries, in all"),
        ]

    def effects(self, facts: DeleteStreamFacts) -> list[GroupEffect]:
        return [
            GroupEffect(
                name=display(group.name), effect=f"Goes, with {wording.entries(group.pending)} pending.", hurts=True
            )
            for group in facts.groups
        ]

    def notes(self, facts: DeleteStreamFacts) -> list[str]:
        return [
            "Nothing is done if anything is added, read or removed before you confirm: end its producers and consumers first."
        ]

    def risks(self, facts: DeleteStreamFacts) -> list[str]:
        return ["Every entry is destroyed with its payload, and every group with its place."]

    def carry_out(self, client: "redis.Redis", facts: DeleteStreamFacts, run: "Run") -> None:
        deleted = delete_stream(
            client,
            facts.key,
            run_id=facts.run_id,
            length=facts.length,
            first_id=facts.first_id or "",
            last_generated_id=facts.last_generated_id,
            entries_added=facts.entries_added,
            groups=[(group.name, group.last_delivered_id) for group in facts.groups],
        )
        if deleted or run.again:
            run.outcome.done = facts.length  # gone after a silence: our own earlier attempt
        else:
            run.outcome.gone = facts.length
