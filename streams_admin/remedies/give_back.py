"""Give back: what a claim moved returns to whom it was with, with its delivery time and its count, unless anyone touched it since."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
import redis

from dashboard.core.names import display
from streams_admin import pending, wording
from streams_admin.facts import Outcome, PendingColumns, PendingFact
from streams_admin.models import Kind
from streams_admin.plans import PlanError, group_in, look
from streams_admin.redis_io.pending import Order, Return
from streams_admin.remedies.base import Figure, GroupEffect, Remedy
from streams_admin.remedies.entries import EntriesFacts, owners_of, settle

if TYPE_CHECKING:
    from streams_admin.run import Run


class Move(msgspec.Struct, frozen=True):
    """One entry as it was before, who has it now, and how often it counts as delivered there."""

    before: PendingFact
    consumer: bytes
    deliveries: int


class GiveBackFacts(EntriesFacts, frozen=True, kw_only=True):
    """Entries as a claim left them, and what each was like before it."""

    kind = Kind.GIVE_BACK

    returns: tuple[Return, ...]
    creates: tuple[bytes, ...] = ()  # owners that are gone, and are made again


def plan_give_back(
    client: "redis.Redis", claimed: EntriesFacts, moves: Sequence[Move], outcome: Outcome
) -> GiveBackFacts:
    """The return of those entries that the action moved. Raises PlanError."""
    state = look(client, claimed.key)
    group = group_in(state, claimed.group)
    if not outcome.done:
        raise PlanError("Nothing was moved, so there is nothing to give back.")
    not_done = {item.id for item in outcome.not_done}
    settled = zip(moves, _settled_at(outcome, len(moves)), strict=False)
    mine = [(move, at_ms) for move, at_ms in settled if move.before.id not in not_done]
    there = pending.consumer_names(client, claimed.key, group)
    return GiveBackFacts(
        run_id=state.run_id,
        key=claimed.key,
        group=claimed.group,
        entries=PendingColumns.of(
            PendingFact(move.before.id, move.consumer, move.deliveries, state.at_ms - at_ms) for move, at_ms in mine
        ),
        returns=tuple(
            Return(move.before.owner, claimed.at_ms - move.before.idle_ms, move.before.deliveries) for move, _ in mine
        ),
        creates=_missing({move.before.owner for move, _ in mine}, there),
        at_ms=state.at_ms,
    )


def _settled_at(outcome: Outcome, count: int) -> Iterator[int]:
    """When each entry that the action came to was settled, by the server's clock: who touched it later touched it since."""
    number = 0
    for until, at_ms in outcome.times:
        for _ in range(number, min(until, count)):
            yield at_ms
        number = until


def _missing(owners: Iterable[bytes], there: Sequence[bytes] | None) -> tuple[bytes, ...]:
    """Owners that are no consumers any more; none where there are too many consumers to ask for."""
    return () if there is None else tuple(sorted(set(owners) - set(there)))


class GiveBack(Remedy[GiveBackFacts]):
    """Claimed entries return to whom they were with."""

    facts = GiveBackFacts
    done = "given back"

    def title(self, facts: GiveBackFacts) -> str:
        return f"Give {wording.entries(len(facts.entries))} back"

    def commands(self, facts: GiveBackFacts) -> list[str]:
        lines = (
            wording.command("XCLAIM", facts.key, facts.group, its.owner, "0", entry.id)
            + f" TIME {its.delivered_at_ms} RETRYCOUNT {its.deliveries} JUSTID"
            for entry, its in zip(facts.entries, facts.returns, strict=True)
        )
        return wording.cut(lines, len(facts.entries))

    def requested(self, facts: GiveBackFacts) -> int:
        return len(facts.entries)

    def group_of(self, facts: GiveBackFacts) -> bytes:
        return facts.group

    def creates(self, facts: GiveBackFacts) -> str:
        return ", ".join(display(name) for name in facts.creates)

    def figures(self, facts: GiveBackFacts) -> list[Figure]:
        owners = {its.owner for its in facts.returns}
        return [
            (wording.number(len(facts.entries)), "pending entries"),
            (wording.number(len(owners)), "owners before"),
        ]

    def effects(self, facts: GiveBackFacts) -> list[GroupEffect]:
        holders = ", ".join(
            f"{display(name)} ({wording.number(count)})" for name, count in owners_of(facts.entries)[:10]
        )
        effect = f"{wording.entries(len(facts.entries))} return to whom they were with, from: {holders}."
        return [GroupEffect(name=display(facts.group), effect=effect)]

    def notes(self, facts: GiveBackFacts) -> list[str]:
        return [
            "Owner, delivery time and count of deliveries become what they were before.",
            "Each entry is left alone if anyone has touched it since it was claimed.",
        ]

    def risks(self, facts: GiveBackFacts) -> list[str]:
        return ["If whoever has them now is working on them, they will be processed twice."]

    def carry_out(self, client: "redis.Redis", facts: GiveBackFacts, run: "Run") -> None:
        order = Order(run_id=facts.run_id, key=facts.key, group=facts.group, verb="give-back", at_ms=facts.at_ms)
        settle(client, [(order, facts.entries)], facts, run, facts.returns)
