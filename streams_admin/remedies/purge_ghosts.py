"""Purge ghosts: pending ids whose entry is gone are acknowledged; nothing that still has an entry is touched."""

from typing import TYPE_CHECKING

import redis

from dashboard.core.names import display
from streams_admin import pending, wording
from streams_admin.facts import Facts
from streams_admin.models import Kind
from streams_admin.pending import PendingFilter
from streams_admin.plans import PlanError, group_in, look
from streams_admin.redis_io.look import page_size
from streams_admin.redis_io.wizards import find_ghosts, purge_ghosts
from streams_admin.remedies.base import Figure, GroupEffect, Remedy

if TYPE_CHECKING:
    from streams_admin.run import Run

MOST_LOOKED_AT = 100_000  # pending ids, for one plan
_BATCH = 500


class PurgeGhostsFacts(Facts, frozen=True, kw_only=True):
    """Pending ids that have no entry."""

    kind = Kind.PURGE_GHOSTS

    group: bytes
    ids: tuple[str, ...]
    pending: int


def plan_purge_ghosts(client: "redis.Redis", key: bytes, group: bytes) -> PurgeGhostsFacts:
    """All ghosts of the group, of the oldest 100,000 pending ids. Raises PlanError."""
    state = look(client, key)
    its = group_in(state, group)
    rows = pending.matching_pending(client, key, PendingFilter(group=group), at_most=MOST_LOOKED_AT).entries
    size = page_size(client, key, at_most=_BATCH)
    ids = [row.id for row in rows]
    ghosts = [
        ghost
        for start in range(0, len(ids), size)
        for ghost in find_ghosts(client, key, run_id=state.run_id, group=group, ids=ids[start : start + size])
    ]
    if not ghosts:
        raise PlanError("Every pending entry of the group is there: it has no ghosts.", "group")
    return PurgeGhostsFacts(run_id=state.run_id, key=key, group=group, ids=tuple(ghosts), pending=its.pending)


class PurgeGhosts(Remedy[PurgeGhostsFacts]):
    """Pending ids that have no entry count as processed."""

    facts = PurgeGhostsFacts
    done = "purged"
    back = "dashboard_stream_recover"

    def title(self, facts: PurgeGhostsFacts) -> str:
        return f"Purge {wording.number(len(facts.ids))} ghosts of {wording.short(facts.group)}"

    def commands(self, facts: PurgeGhostsFacts) -> list[str]:
        lines = (wording.command("XACK", facts.key, facts.group, entry_id) for entry_id in facts.ids)
        return wording.cut(lines, len(facts.ids))

    def requested(self, facts: PurgeGhostsFacts) -> int:
        return len(facts.ids)

    def group_of(self, facts: PurgeGhostsFacts) -> bytes:
        return facts.group

    def figures(self, facts: PurgeGhostsFacts) -> list[Figure]:
        return [(wording.number(len(facts.ids)), "ghosts"), (wording.number(facts.pending), "pending entries")]

    def effects(self, facts: PurgeGhostsFacts) -> list[GroupEffect]:
        effect = "Pending ids without an entry go from its list. What has an entry stays pending."
        return [GroupEffect(name=display(facts.group), effect=effect)]

    def risks(self, facts: PurgeGhostsFacts) -> list[str]:
        return ["Nobody will see any more that these entries were deleted before they were acknowledged."]

    def carry_out(self, client: "redis.Redis", facts: PurgeGhostsFacts, run: "Run") -> None:
        size = page_size(client, facts.key, at_most=_BATCH)
        for ids in run.batches(facts.ids, size):
            result = purge_ghosts(client, facts.key, run_id=facts.run_id, group=facts.group, ids=ids)
            run.count(result.done, result.not_done)
