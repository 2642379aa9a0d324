"""Set a group's id: backwards it is given entries again, forwards it skips some. Also its repair: the same id, counted anew."""

from typing import TYPE_CHECKING

import redis

from dashboard.core.entry_id import EntryId
from dashboard.core.names import display
from streams_admin import wording
from streams_admin.facts import Count, Facts, Outcome
from streams_admin.models import Kind
from streams_admin.plans import PlanError, group_in, look
from streams_admin.redis_io.groups import GroupOrder, change_group
from streams_admin.remedies.base import Figure, GroupEffect, Remedy
from streams_admin.remedies.positions import Place, Where, count_after, count_between, entries_read_at, id_of

if TYPE_CHECKING:
    from streams_admin.run import Run


class SetGroupIdFacts(Facts, frozen=True, kw_only=True):
    """A group that is set from one id to another."""

    kind = Kind.SET_GROUP_ID

    group: bytes
    from_id: str
    to_id: str
    again: Count = Count(0)  # entries that it is given once more
    skipped: Count = Count(0)  # entries that it is never given
    left: Count  # entries that it is still to be given then
    pending: int  # stay pending
    entries_read: int | None
    read_before: int | None = None


class RepairGroupFacts(SetGroupIdFacts, frozen=True, kw_only=True):
    """A group whose server does not know its lag: the same id, with what was counted."""

    kind = Kind.REPAIR_GROUP


def plan_set_group_id(client: "redis.Redis", key: bytes, group: bytes, where: Where) -> SetGroupIdFacts:
    """The group set to that place, with what that means. Raises PlanError."""
    state = look(client, key)
    its = group_in(state, group)
    to_id, from_id = id_of(where, state), its.last_delivered_id
    if EntryId.parse(to_id) == EntryId.parse(from_id):
        raise PlanError("The group stands there already.", "place")
    left = count_after(client, key, state, to_id)
    return SetGroupIdFacts(
        run_id=state.run_id,
        key=key,
        group=group,
        from_id=from_id,
        to_id=to_id,
        again=count_between(client, key, state, to_id, from_id),
        skipped=count_between(client, key, state, from_id, to_id),
        left=left,
        pending=its.pending,
        entries_read=entries_read_at(state, left),
    )


def plan_repair_group(client: "redis.Redis", key: bytes, group: bytes) -> RepairGroupFacts:
    """The group's counter of entries read, counted. Raises PlanError where that is not possible, or not needed."""
    state = look(client, key)
    its = group_in(state, group)
    if state.entries_added is None:
        raise PlanError("This server keeps no such counter (Redis 6.2): Streamgauge counts the lag itself.")
    if EntryId.parse(state.max_deleted_id) > EntryId.parse(its.last_delivered_id):
        text = f"The entry {state.max_deleted_id} was deleted after the group's place: the server tells no lag until it has read past it."
        raise PlanError(text, "group")
    left = count_after(client, key, state, its.last_delivered_id)
    read = entries_read_at(state, left)
    if read is None:
        raise PlanError(f"More than {wording.number(left.value)} entries are to be delivered: too many to count.")
    return RepairGroupFacts(
        run_id=state.run_id,
        key=key,
        group=group,
        from_id=its.last_delivered_id,
        to_id=its.last_delivered_id,
        left=left,
        pending=its.pending,
        entries_read=read,
    )


class SetGroupId(Remedy[SetGroupIdFacts]):
    """A group is set to another id."""

    facts = SetGroupIdFacts
    done = "set"
    back = "dashboard_stream_recover"

    def title(self, facts: SetGroupIdFacts) -> str:
        return f"Set the group {wording.short(facts.group)} to {facts.to_id}"

    def commands(self, facts: SetGroupIdFacts) -> list[str]:
        read = () if facts.entries_read is None else ("ENTRIESREAD", str(facts.entries_read))
        return [wording.command("XGROUP", "SETID", facts.key, facts.group, facts.to_id, *read)]

    def requested(self, facts: SetGroupIdFacts) -> int:
        return 1

    def group_of(self, facts: SetGroupIdFacts) -> bytes:
        return facts.group

    def figures(self, facts: SetGroupIdFacts) -> list[Figure]:
        return [
            (wording.counted(facts.again), "entries delivered again"),
            (wording.counted(facts.skipped), "entries skipped"),
            (wording.counted(facts.left), "to be delivered then"),
        ]

    def effects(self, facts: SetGroupIdFacts) -> list[GroupEffect]:
        hurts = bool(facts.skipped.value)
        if hurts:
            effect = f"Will never be given {wording.entries(facts.skipped)} that it has not read."
        else:
            effect = f"Is given {wording.entries(facts.again)} again."
        return [GroupEffect(name=display(facts.group), effect=effect, hurts=hurts)]

    def notes(self, facts: SetGroupIdFacts) -> list[str]:
        notes = [f"It stands at {facts.from_id} now. Nothing is done if it has read on before you confirm."]
        if facts.pending:
            notes.append(f"{wording.entries(facts.pending)} that are pending stay pending.")
        return notes

    def risks(self, facts: SetGroupIdFacts) -> list[str]:
        if facts.again.value:
            return ["Entries that it has acknowledged come again, too: consumers must bear to see them twice."]
        return []

    def carry_out(self, client: "redis.Redis", facts: SetGroupIdFacts, run: "Run") -> None:
        order = GroupOrder(
            run_id=facts.run_id,
            key=facts.key,
            group=facts.group,
            verb="set-id",
            seen_id=facts.from_id,
            to_id=facts.to_id,
            entries_read=facts.entries_read,
        )
        change_group(client, order)
        run.outcome.done = 1

    def undo(self, client: "redis.Redis", facts: SetGroupIdFacts, outcome: Outcome) -> Facts | None:
        """Back to the id from which it came, if it has read nothing since. Raises PlanError."""
        state = look(client, facts.key)
        if EntryId.parse(group_in(state, facts.group).last_delivered_id) != EntryId.parse(facts.to_id):
            raise PlanError(
                "The group has read on since: setting it back would deliver entries again. Plan that instead."
            )
        return plan_set_group_id(client, facts.key, facts.group, Where(Place.ID, after_id=facts.from_id))


class RepairGroup(SetGroupId):
    """A group's counter is set to what was counted, so that the server tells its lag again."""

    facts = RepairGroupFacts
    done = "repaired"

    def title(self, facts: SetGroupIdFacts) -> str:
        return f"Repair the counter of {wording.short(facts.group)}"

    def figures(self, facts: SetGroupIdFacts) -> list[Figure]:
        return [
            (wording.counted(facts.left), "to be delivered, counted"),
            (wording.number(facts.entries_read or 0), "entries read, as it will stand"),
        ]

    def effects(self, facts: SetGroupIdFacts) -> list[GroupEffect]:
        return [GroupEffect(name=display(facts.group), effect="Nothing is delivered again and nothing is skipped.")]

    def can_undo(self, facts: SetGroupIdFacts) -> bool:
        return False
