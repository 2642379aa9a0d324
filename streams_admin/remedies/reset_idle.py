"""Reset idle: pending entries stay with their owners, who get more time for them."""

from typing import TYPE_CHECKING

import redis

from dashboard.core.names import display
from streams_admin import wording
from streams_admin.facts import Facts, Outcome
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
from streams_admin.remedies.give_back import Move, plan_give_back

if TYPE_CHECKING:
    from streams_admin.run import Run


class ResetIdleFacts(EntriesFacts, frozen=True, kw_only=True):
    """Pending entries whose idle time starts anew."""

    kind = Kind.RESET_IDLE


def plan_reset_idle(client: "redis.Redis", key: bytes, selection: Selection) -> ResetIdleFacts:
    """More time for the selected entries. Raises PlanError."""
    state = look(client, key)
    group_in(state, selection.matching.group)
    chosen, more = selected(client, key, selection, at_ms=state.at_ms)
    return ResetIdleFacts(
        run_id=state.run_id, key=key, group=selection.matching.group, entries=chosen, more=more, at_ms=state.at_ms
    )


class ResetIdle(Remedy[ResetIdleFacts]):
    """Pending entries stay with their owners; their idle time starts anew."""

    facts = ResetIdleFacts
    done = "reset"

    def title(self, facts: ResetIdleFacts) -> str:
        return f"Reset the idle time of {wording.entries(len(facts.entries))}"

    def commands(self, facts: ResetIdleFacts) -> list[str]:
        lines = (
            wording.command("XCLAIM", facts.key, facts.group, entry.owner, "0", entry.id, "JUSTID")
            for entry in facts.entries
        )
        return wording.cut(lines, len(facts.entries))

    def requested(self, facts: ResetIdleFacts) -> int:
        return len(facts.entries)

    def group_of(self, facts: ResetIdleFacts) -> bytes:
        return facts.group

    def figures(self, facts: ResetIdleFacts) -> list[Figure]:
        return [
            (wording.number(len(facts.entries)), "pending entries"),
            (wording.duration(idle_at_least_s(facts)), "idle at least"),
        ]

    def effects(self, facts: ResetIdleFacts) -> list[GroupEffect]:
        effect = f"Nothing moves. Pending for: {owners_in_words(facts.entries)}."
        return [GroupEffect(name=display(facts.group), effect=effect)]

    def notes(self, facts: ResetIdleFacts) -> list[str]:
        return ["Whoever claims what has been idle for long leaves them alone for as long again.", *more_notes(facts)]

    def carry_out(self, client: "redis.Redis", facts: ResetIdleFacts, run: "Run") -> None:
        order = Order(run_id=facts.run_id, key=facts.key, group=facts.group, verb="reset-idle", at_ms=facts.at_ms)
        settle(client, [(order, facts.entries)], facts, run)

    def undo(self, client: "redis.Redis", facts: ResetIdleFacts, outcome: Outcome) -> Facts | None:
        """The delivery times that they had. Raises PlanError."""
        moves = [Move(entry, entry.owner, entry.deliveries) for entry in facts.entries]
        return plan_give_back(client, facts, moves, outcome)
