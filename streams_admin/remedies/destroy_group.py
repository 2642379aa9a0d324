"""Destroy a group: its place and its pending list go; its entries stay in the stream."""

from typing import TYPE_CHECKING

import redis

from dashboard.core.names import display
from streams_admin import pending, wording
from streams_admin.facts import Count, Facts, Outcome, PendingFact
from streams_admin.models import Kind
from streams_admin.pending import PendingFilter
from streams_admin.plans import PlanError, group_in, look
from streams_admin.redis_io.groups import GroupOrder, change_group
from streams_admin.remedies.base import Figure, GroupEffect, Remedy
from streams_admin.remedies.create_group import CreateGroupFacts
from streams_admin.remedies.positions import count_after, entries_read_at

if TYPE_CHECKING:
    from streams_admin.run import Run

MOST_KEPT = 1_000  # pending entries of which the plan keeps an image: they come back in one script


class DestroyGroupFacts(Facts, frozen=True, kw_only=True):
    """A group as the preview saw it, with its pending list where that is short enough to bring back."""

    kind = Kind.DESTROY_GROUP

    group: bytes
    last_delivered_id: str
    entries_read: int | None
    pending: int
    unread: Count
    consumers: int
    rows: tuple[PendingFact, ...] | None  # None: too many to keep
    seen_at_ms: int


def plan_destroy_group(client: "redis.Redis", key: bytes, group: bytes) -> DestroyGroupFacts:
    """The end of the group, with what that throws away. Raises PlanError."""
    state = look(client, key)
    its = group_in(state, group)
    unread = count_after(client, key, state, its.last_delivered_id)
    rows: tuple[PendingFact, ...] | None = None
    if its.pending <= MOST_KEPT:
        rows = pending.matching_pending(
            client, key, PendingFilter(group=group), at_most=MOST_KEPT, at_ms=state.at_ms
        ).entries
    return DestroyGroupFacts(
        run_id=state.run_id,
        key=key,
        group=group,
        last_delivered_id=its.last_delivered_id,
        entries_read=entries_read_at(state, unread),
        pending=its.pending,
        unread=unread,
        consumers=its.consumers,
        rows=rows,
        seen_at_ms=state.at_ms,
    )


class DestroyGroup(Remedy[DestroyGroupFacts]):
    """A group goes, with its pending list."""

    facts = DestroyGroupFacts
    done = "destroyed"
    back = "dashboard_stream_recover"

    def title(self, facts: DestroyGroupFacts) -> str:
        return f"Destroy the group {wording.short(facts.group)}"

    def commands(self, facts: DestroyGroupFacts) -> list[str]:
        return [wording.command("XGROUP", "DESTROY", facts.key, facts.group)]

    def requested(self, facts: DestroyGroupFacts) -> int:
        return 1

    def destroys(self, facts: DestroyGroupFacts) -> bool:
        return True

    def group_of(self, facts: DestroyGroupFacts) -> bytes:
        return facts.group

    def figures(self, facts: DestroyGroupFacts) -> list[Figure]:
        return [
            (wording.number(facts.pending), "pending entries thrown away"),
            (wording.counted(facts.unread), "entries it has not read"),
            (wording.number(facts.consumers), "consumers"),
        ]

    def effects(self, facts: DestroyGroupFacts) -> list[GroupEffect]:
        lost = bool(facts.pending or facts.unread.value)
        effect = "Will be given nothing more. Its entries stay in the stream."
        return [GroupEffect(name=display(facts.group), effect=effect, hurts=lost)]

    def notes(self, facts: DestroyGroupFacts) -> list[str]:
        return ["Nothing is done if it has read or acknowledged anything before you confirm."]

    def risks(self, facts: DestroyGroupFacts) -> list[str]:
        lines = ["Consumers that wait for its entries get the error NOGROUP."]
        if facts.pending:
            lines.append(f"Nobody will know any more that {wording.entries(facts.pending)} have not been acknowledged.")
        if facts.rows is None:
            lines.append("Its pending list is too long to be kept: this cannot be undone.")
        return lines

    def carry_out(self, client: "redis.Redis", facts: DestroyGroupFacts, run: "Run") -> None:
        order = GroupOrder(
            run_id=facts.run_id,
            key=facts.key,
            group=facts.group,
            verb="destroy",
            seen_id=facts.last_delivered_id,
            seen_pending=facts.pending,
        )
        if change_group(client, order) or run.again:
            run.outcome.done = 1  # no such group, after a silence: our own earlier attempt
        else:
            run.outcome.gone = 1

    def can_undo(self, facts: DestroyGroupFacts) -> bool:
        return facts.rows is not None

    def undo(self, client: "redis.Redis", facts: DestroyGroupFacts, outcome: Outcome) -> Facts | None:
        """The group made again where it stood, with its pending list. Raises PlanError."""
        state = look(client, facts.key)
        if any(group.name == facts.group for group in state.groups):
            raise PlanError("There is a group of this name again.")
        return CreateGroupFacts(
            run_id=state.run_id,
            key=facts.key,
            group=facts.group,
            at_id=facts.last_delivered_id,
            delivers=count_after(client, facts.key, state, facts.last_delivered_id),
            entries_read=facts.entries_read,
            rows=facts.rows or (),
            seen_at_ms=facts.seen_at_ms,
        )
