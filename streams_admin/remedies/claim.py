"""Claim: pending entries go to another consumer."""

from typing import TYPE_CHECKING

import msgspec
import redis

from dashboard.core.names import display
from streams_admin import wording
from streams_admin.models import Kind
from streams_admin.plans import PlanError, group_in, look
from streams_admin.redis_io.pending import Order
from streams_admin.remedies.base import Figure, GroupEffect, Remedy
from streams_admin.remedies.entries import (
    EntriesFacts,
    Selection,
    idle_at_least_s,
    more_notes,
    owners_in_words,
    owners_of,
    selected,
    settle,
)

if TYPE_CHECKING:
    from streams_admin.run import Run


class Target(msgspec.Struct, frozen=True):
    """The consumer that entries go to. A new one must have been asked for by name."""

    consumer: bytes
    is_new: bool = False


class ClaimFacts(EntriesFacts, frozen=True, kw_only=True):
    """Pending entries that go to another consumer."""

    kind = Kind.CLAIM

    consumer: bytes
    creates_consumer: bool
    already_theirs: int = 0


def plan_claim(client: "redis.Redis", key: bytes, selection: Selection, target: Target) -> ClaimFacts:
    """A claim of the selected entries that the target does not own already. Raises PlanError."""
    state = look(client, key)
    group_in(state, selection.matching.group)
    chosen, more = selected(client, key, selection)
    others = tuple(entry for entry in chosen if entry.owner != target.consumer)
    if not others:
        raise PlanError("All of these entries are pending for that consumer already.", "consumer")
    return ClaimFacts(
        run_id=state.run_id,
        key=key,
        group=selection.matching.group,
        consumer=target.consumer,
        creates_consumer=target.is_new,
        entries=others,
        already_theirs=len(chosen) - len(others),
        more=more,
    )


def order_of(facts: ClaimFacts) -> Order:
    """What is asked of the server."""
    return Order(
        run_id=facts.run_id,
        key=facts.key,
        group=facts.group,
        verb="claim",
        consumer=facts.consumer,
        may_create=facts.creates_consumer,
    )


class Claim(Remedy[ClaimFacts]):
    """Pending entries go to another consumer; their count of deliveries stays."""

    facts = ClaimFacts
    done = "claimed"

    def title(self, facts: ClaimFacts) -> str:
        return f"Claim {wording.entries(len(facts.entries))} for {wording.short(facts.consumer)}"

    def commands(self, facts: ClaimFacts) -> list[str]:
        lines = (
            wording.command("XCLAIM", facts.key, facts.group, facts.consumer, "0", entry.id, "JUSTID")
            for entry in facts.entries
        )
        return wording.cut(lines, len(facts.entries))

    def requested(self, facts: ClaimFacts) -> int:
        return len(facts.entries)

    def group_of(self, facts: ClaimFacts) -> bytes:
        return facts.group

    def creates(self, facts: ClaimFacts) -> str:
        return display(facts.consumer) if facts.creates_consumer else ""

    def figures(self, facts: ClaimFacts) -> list[Figure]:
        return [
            (wording.number(len(facts.entries)), "pending entries"),
            (wording.number(len(owners_of(facts.entries))), "owners now"),
            (wording.duration(idle_at_least_s(facts)), "idle at least"),
        ]

    def effects(self, facts: ClaimFacts) -> list[GroupEffect]:
        moved, owners = wording.entries(len(facts.entries)), owners_in_words(facts.entries)
        effect = f"{moved} move to {display(facts.consumer)}, from: {owners}."
        return [GroupEffect(name=display(facts.group), effect=effect)]

    def notes(self, facts: ClaimFacts) -> list[str]:
        notes = [
            "Each entry is left alone if anyone touches it before you confirm.",
            "Their idle time starts anew; the count of deliveries stays.",
        ]
        if facts.already_theirs:
            notes.append(f"{wording.entries(facts.already_theirs)} left out: already with {display(facts.consumer)}.")
        return notes + more_notes(facts)

    def risks(self, facts: ClaimFacts) -> list[str]:
        lines, short = [], wording.short
        if facts.creates_consumer:
            lines.append(f"The consumer {short(facts.consumer)} does not exist yet and will be created.")
        owners = owners_of(facts.entries)
        if owners:
            lines.append(
                f"If {', '.join(short(owner) for owner, _ in owners[:5])} {'is' if len(owners) == 1 else 'are'} still "
                "working on these entries, they will be processed twice."
            )
        return lines

    def carry_out(self, client: "redis.Redis", facts: ClaimFacts, run: "Run") -> None:
        settle(client, order_of(facts), facts, run)
