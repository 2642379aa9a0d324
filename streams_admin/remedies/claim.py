"""Claim: pending entries go to another consumer."""

from typing import TYPE_CHECKING

import msgspec
import redis

from dashboard.core.names import display
from streams_admin import wording
from streams_admin.facts import Facts, Outcome, PendingColumns
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
from streams_admin.remedies.give_back import Move, plan_give_back

if TYPE_CHECKING:
    from streams_admin.run import Run


class Target(msgspec.Struct, frozen=True):
    """The consumer that entries go to, with others among whom they are spread. A new one must have been asked for by name."""

    consumer: bytes
    is_new: bool = False
    others: tuple[bytes, ...] = ()
    resets_deliveries: bool = False


class ClaimFacts(EntriesFacts, frozen=True, kw_only=True):
    """Pending entries that go to another consumer."""

    kind = Kind.CLAIM

    consumer: bytes
    creates_consumer: bool
    others: tuple[bytes, ...] = ()  # entries are spread over these, too, in turns
    resets_deliveries: bool = False
    already_theirs: int = 0

    @property
    def consumers(self) -> tuple[bytes, ...]:
        """Everyone who gets some."""
        return (self.consumer, *self.others)

    @property
    def shares(self) -> list[tuple[bytes, PendingColumns]]:
        """Each consumer with its entries."""
        count = len(self.consumers)
        return [(name, self.entries[turn::count]) for turn, name in enumerate(self.consumers)]


def plan_claim(client: "redis.Redis", key: bytes, selection: Selection, target: Target) -> ClaimFacts:
    """A claim of the selected entries that the target does not own already. Raises PlanError."""
    state = look(client, key)
    group_in(state, selection.matching.group)
    chosen, more = selected(client, key, selection, at_ms=state.at_ms)
    # Spread over several, everyone's entries are dealt anew; with one, what is theirs stays as it is.
    moving = chosen if target.others else PendingColumns.of(entry for entry in chosen if entry.owner != target.consumer)
    if not moving:
        raise PlanError("All of these entries are pending for that consumer already.", "consumer")
    return ClaimFacts(
        run_id=state.run_id,
        key=key,
        group=selection.matching.group,
        consumer=target.consumer,
        creates_consumer=target.is_new,
        others=target.others,
        resets_deliveries=target.resets_deliveries,
        entries=moving,
        at_ms=state.at_ms,
        already_theirs=len(chosen) - len(moving),
        more=more,
    )


def order_of(facts: ClaimFacts, consumer: bytes | None = None) -> Order:
    """What is asked of the server for one of its consumers."""
    return Order(
        run_id=facts.run_id,
        key=facts.key,
        group=facts.group,
        verb="claim",
        consumer=facts.consumer if consumer is None else consumer,
        may_create=facts.creates_consumer and consumer in (None, facts.consumer),
        deliveries=0 if facts.resets_deliveries else None,
        at_ms=facts.at_ms,
    )


_SHOWN = 10


class Claim(Remedy[ClaimFacts]):
    """Pending entries go to another consumer, or are spread over several; their count of deliveries stays or starts anew."""

    facts = ClaimFacts
    done = "claimed"

    def title(self, facts: ClaimFacts) -> str:
        count = wording.entries(len(facts.entries))
        if facts.others:
            return f"Claim {count} for {wording.number(len(facts.consumers))} consumers"
        return f"Claim {count} for {wording.short(facts.consumer)}"

    def commands(self, facts: ClaimFacts) -> list[str]:
        count = ("RETRYCOUNT", "0") if facts.resets_deliveries else ()
        lines = (
            wording.command("XCLAIM", facts.key, facts.group, consumer, "0", entry.id, *count, "JUSTID")
            for consumer, entries in facts.shares
            for entry in entries
        )
        return wording.cut(lines, len(facts.entries))

    def requested(self, facts: ClaimFacts) -> int:
        return len(facts.entries)

    def group_of(self, facts: ClaimFacts) -> bytes:
        return facts.group

    def creates(self, facts: ClaimFacts) -> str:
        return display(facts.consumer) if facts.creates_consumer else ""

    def figures(self, facts: ClaimFacts) -> list[Figure]:
        owners = len(owners_of(facts.entries))
        return [
            (wording.number(len(facts.entries)), "pending entries"),
            (wording.number(owners), "owner now" if owners == 1 else "owners now"),
            (wording.duration(idle_at_least_s(facts)), "idle at least"),
        ]

    def effects(self, facts: ClaimFacts) -> list[GroupEffect]:
        owners = owners_in_words(facts.entries)
        shares = ", ".join(
            f"{wording.entries(len(entries))} to {display(name)}" for name, entries in facts.shares[:_SHOWN]
        )
        if facts.others:
            effect = f"{shares}{' …' if len(facts.shares) > _SHOWN else ''}, from: {owners}."
        else:
            effect = f"{wording.entries(len(facts.entries))} move to {display(facts.consumer)}, from: {owners}."
        return [GroupEffect(name=display(facts.group), effect=effect)]

    def notes(self, facts: ClaimFacts) -> list[str]:
        notes = [
            "Each entry is left alone if anyone touches it before you confirm.",
            "Their idle time and their count of deliveries start anew."
            if facts.resets_deliveries
            else "Their idle time starts anew; the count of deliveries stays.",
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
        settle(client, [(order_of(facts, name), entries) for name, entries in facts.shares], facts, run)

    def undo(self, client: "redis.Redis", facts: ClaimFacts, outcome: Outcome) -> Facts | None:
        """What was claimed given back. Raises PlanError."""
        left = 0 if facts.resets_deliveries else None
        moves = [
            Move(entry, name, entry.deliveries if left is None else left)
            for name, entries in facts.shares
            for entry in entries
        ]
        return plan_give_back(client, facts, moves, outcome)
