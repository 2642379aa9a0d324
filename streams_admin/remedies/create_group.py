"""Create a group: at the beginning, at new entries, at a time or after an id; or again as it was before it was destroyed."""

from typing import TYPE_CHECKING

import redis

from dashboard.core.names import display
from streams_admin import wording
from streams_admin.facts import Count, Facts, PendingFact
from streams_admin.models import Kind
from streams_admin.plans import PlanError, look
from streams_admin.redis_io.groups import GroupOrder, change_group
from streams_admin.remedies.base import Figure, GroupEffect, Remedy
from streams_admin.remedies.positions import Where, count_after, entries_read_at, id_of

if TYPE_CHECKING:
    from streams_admin.run import Run


class CreateGroupFacts(Facts, frozen=True, kw_only=True):
    """A group that is not there yet."""

    kind = Kind.CREATE_GROUP

    group: bytes
    at_id: str
    delivers: Count  # entries that it will be given
    entries_read: int | None
    rows: tuple[PendingFact, ...] = ()  # become pending again
    seen_at_ms: int = 0  # when they had the idle that stands in them


def plan_create_group(client: "redis.Redis", key: bytes, group: bytes, where: Where) -> CreateGroupFacts:
    """A new group at that place. Raises PlanError."""
    state = look(client, key)
    if any(other.name == group for other in state.groups):
        raise PlanError("There is a group of this name already.", "name")
    at_id = id_of(where, state)
    delivers = count_after(client, key, state, at_id)
    return CreateGroupFacts(
        run_id=state.run_id,
        key=key,
        group=group,
        at_id=at_id,
        delivers=delivers,
        entries_read=entries_read_at(state, delivers),
    )


class CreateGroup(Remedy[CreateGroupFacts]):
    """A group that is not there yet."""

    facts = CreateGroupFacts
    done = "made"
    back = "dashboard_stream_recover"

    def title(self, facts: CreateGroupFacts) -> str:
        return f"Create the group {wording.short(facts.group)}"

    def commands(self, facts: CreateGroupFacts) -> list[str]:
        read = () if facts.entries_read is None else ("ENTRIESREAD", str(facts.entries_read))
        create = wording.command("XGROUP", "CREATE", facts.key, facts.group, facts.at_id, *read)
        claims = (
            wording.command("XCLAIM", facts.key, facts.group, row.owner, "0", row.id)
            + f" TIME {facts.seen_at_ms - row.idle_ms} RETRYCOUNT {row.deliveries} FORCE JUSTID"
            for row in facts.rows
        )
        return [create, *wording.cut(claims, len(facts.rows))]

    def requested(self, facts: CreateGroupFacts) -> int:
        return 1

    def group_of(self, facts: CreateGroupFacts) -> bytes:
        return facts.group

    def figures(self, facts: CreateGroupFacts) -> list[Figure]:
        figures = [(wording.counted(facts.delivers), "entries to be delivered")]
        return [*figures, (wording.number(len(facts.rows)), "pending again")] if facts.rows else figures

    def effects(self, facts: CreateGroupFacts) -> list[GroupEffect]:
        given = "nothing until a new entry is added"
        if facts.delivers.value or not facts.delivers.exact:
            given = f"{wording.entries(facts.delivers)} that are there now, and every new one"
        return [GroupEffect(name=display(facts.group), effect=f"Will be given {given}.")]

    def notes(self, facts: CreateGroupFacts) -> list[str]:
        return [f"Everything up to {facts.at_id} counts as delivered."]

    def carry_out(self, client: "redis.Redis", facts: CreateGroupFacts, run: "Run") -> None:
        order = GroupOrder(
            run_id=facts.run_id,
            key=facts.key,
            group=facts.group,
            verb="create",
            to_id=facts.at_id,
            entries_read=facts.entries_read,
        )
        change_group(client, order, facts.rows, seen_at_ms=facts.seen_at_ms)
        run.outcome.done = 1
