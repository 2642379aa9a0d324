"""Delete entries by their ids, without those that a group still needs, unless that was asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import redis

from dashboard.core.entry_id import EntryId
from dashboard.core.names import display
from streams_admin import pending, wording
from streams_admin.facts import Facts
from streams_admin.models import Kind
from streams_admin.plans import PlanError, look
from streams_admin.redis_io.entries import LOOKS, delete_batch
from streams_admin.redis_io.look import page_size, walk
from streams_admin.remedies.base import Figure, GroupEffect, Remedy

if TYPE_CHECKING:
    from streams_admin.run import Run

MOST_DELETED = 1_000


class DeleteEntriesFacts(Facts, frozen=True, kw_only=True):
    """Entries that go for good."""

    kind = Kind.DELETE_ENTRIES

    ids: tuple[str, ...]
    needed_too: bool
    needs: tuple[tuple[bytes, int, int], ...]  # of each group: name, unread, unacknowledged

    @property
    def ends(self) -> tuple[str, str] | None:
        return self.ids[0], self.ids[-1]


def plan_delete_entries(
    client: "redis.Redis", key: bytes, ids: Sequence[str], *, needed_too: bool
) -> DeleteEntriesFacts:
    """The end of those of the entries that are there. Raises PlanError."""
    wanted = sorted(set(ids), key=EntryId.parse)
    if not 0 < len(wanted) <= MOST_DELETED:
        raise PlanError(f"Give the ids of 1 to {wording.number(MOST_DELETED)} entries.", "ids")
    state = look(client, key)
    there = tuple(entry_id for entry_id in wanted if walk(client, key, (entry_id, entry_id), at_most=1).count)
    if not there:
        raise PlanError("None of these entries is in the stream.", "ids")
    needs = []
    for group in state.groups:
        delivered = EntryId.parse(group.last_delivered_id)
        unread = sum(EntryId.parse(entry_id) > delivered for entry_id in there)
        rows = pending.pending_of(client, key, group.name, there) if group.pending else []
        needs.append((group.name, unread, len(rows)))
    return DeleteEntriesFacts(run_id=state.run_id, key=key, ids=there, needed_too=needed_too, needs=tuple(needs))


class DeleteEntries(Remedy[DeleteEntriesFacts]):
    """Entries go, one by one."""

    facts = DeleteEntriesFacts
    done = "deleted"
    back = "dashboard_stream_recover"

    def title(self, facts: DeleteEntriesFacts) -> str:
        return f"Delete {wording.entries(len(facts.ids))}"

    def commands(self, facts: DeleteEntriesFacts) -> list[str]:
        return wording.cut((wording.command("XDEL", facts.key, entry_id) for entry_id in facts.ids), len(facts.ids))

    def requested(self, facts: DeleteEntriesFacts) -> int:
        return len(facts.ids)

    def destroys(self, facts: DeleteEntriesFacts) -> bool:
        return True

    def figures(self, facts: DeleteEntriesFacts) -> list[Figure]:
        needed = sum(unread + unacknowledged for _, unread, unacknowledged in facts.needs)
        return [
            (wording.number(len(facts.ids)), "entries"),
            (wording.number(needed), "still needed by groups, in all"),
        ]

    def effects(self, facts: DeleteEntriesFacts) -> list[GroupEffect]:
        return [_effect(*need, loses=facts.needed_too) for need in facts.needs]

    def notes(self, facts: DeleteEntriesFacts) -> list[str]:
        if facts.needed_too:
            return []
        return [
            "Entries that a group has not read or not acknowledged are left alone, also where that changes meanwhile."
        ]

    def risks(self, facts: DeleteEntriesFacts) -> list[str]:
        return ["The entries are destroyed with their payloads: no id can be added a second time."]

    def carry_out(self, client: "redis.Redis", facts: DeleteEntriesFacts, run: "Run") -> None:
        size = page_size(client, facts.key, at_most=max(1, LOOKS // (1 + len(facts.needs))))
        for ids in run.batches(facts.ids, size):
            result = delete_batch(client, facts.run_id, facts.key, ids, needed_too=facts.needed_too)
            run.count(result.done, result.not_done)


def _effect(name: bytes, unread: int, unacknowledged: int, *, loses: bool) -> GroupEffect:
    needed = f"{wording.number(unread)} that it has not read and {wording.number(unacknowledged)} not acknowledged"
    if not unread and not unacknowledged:
        return GroupEffect(name=display(name), effect="Needs none of them.")
    return GroupEffect(name=display(name), effect=f"{'Loses' if loses else 'Keeps'} {needed}.", hurts=loses)
