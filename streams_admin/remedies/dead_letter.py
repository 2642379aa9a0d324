"""Dead letter: what was delivered again and again goes to another stream, with where it comes from, and counts as processed."""

from typing import TYPE_CHECKING

import redis
from redis.crc import key_slot

from dashboard.core.names import display
from streams_admin import wording
from streams_admin.models import Kind
from streams_admin.plans import PlanError, group_in, look
from streams_admin.redis_io.look import page_size
from streams_admin.redis_io.wizards import move_to_dead_letters
from streams_admin.remedies.base import Figure, GroupEffect, Remedy
from streams_admin.remedies.entries import EntriesFacts, Selection, more_notes, owners_in_words, selected

if TYPE_CHECKING:
    from streams_admin.run import Run

_BATCH = 100


class DeadLetterFacts(EntriesFacts, frozen=True, kw_only=True):
    """Pending entries that go to another stream of the same server."""

    kind = Kind.DEAD_LETTER

    target: bytes
    reason: str


def plan_dead_letter(
    client: "redis.Redis", key: bytes, selection: Selection, target: bytes, *, reason: str, is_cluster: bool
) -> DeadLetterFacts:
    """The selected entries moved to the other stream. Raises PlanError."""
    if target == key:
        raise PlanError("The dead-letter stream must be another one.", "target")
    if is_cluster and key_slot(target) != key_slot(key):
        tag = display(key) if b"{" in key else "{" + display(key) + "}"
        raise PlanError(
            f"On a cluster both streams must be in one slot, so that each entry moves at once: {tag}:dead would be.",
            "target",
        )
    state = look(client, key)
    group_in(state, selection.matching.group)
    kind = client.type(target)
    if kind not in {b"none", b"stream"}:
        raise PlanError("This key holds something else than a stream.", "target")
    chosen, more = selected(client, key, selection, at_ms=state.at_ms)
    return DeadLetterFacts(
        run_id=state.run_id,
        key=key,
        group=selection.matching.group,
        entries=chosen,
        more=more,
        at_ms=state.at_ms,
        target=target,
        reason=reason,
    )


class DeadLetter(Remedy[DeadLetterFacts]):
    """Pending entries are copied to another stream and acknowledged, each at once."""

    facts = DeadLetterFacts
    done = "moved"
    back = "dashboard_stream_recover"

    def title(self, facts: DeadLetterFacts) -> str:
        return f"Move {wording.entries(len(facts.entries))} to {wording.short(facts.target)}"

    def commands(self, facts: DeadLetterFacts) -> list[str]:
        lines = (
            line
            for entry in facts.entries
            for line in (
                wording.command("XADD", facts.target, "*") + " … streamgauge:id " + entry.id,
                wording.command("XACK", facts.key, facts.group, entry.id),
            )
        )
        return wording.cut(lines, 2 * len(facts.entries))

    def requested(self, facts: DeadLetterFacts) -> int:
        return len(facts.entries)

    def group_of(self, facts: DeadLetterFacts) -> bytes:
        return facts.group

    def figures(self, facts: DeadLetterFacts) -> list[Figure]:
        most = max(entry.deliveries for entry in facts.entries)
        return [
            (wording.number(len(facts.entries)), "pending entries"),
            (wording.number(most), "deliveries at most"),
        ]

    def effects(self, facts: DeadLetterFacts) -> list[GroupEffect]:
        count, owners = wording.entries(len(facts.entries)), owners_in_words(facts.entries)
        return [
            GroupEffect(name=display(facts.group), effect=f"{count} count as processed. Pending now for: {owners}.")
        ]

    def notes(self, facts: DeadLetterFacts) -> list[str]:
        return [
            "Each copy carries its origin in fields that begin with streamgauge: (key, id, group, consumer, deliveries, by, reason).",
            "Each entry is left alone if anyone touches it before you confirm.",
            "The entries themselves stay in the stream, for its other groups.",
            *more_notes(facts),
        ]

    def risks(self, facts: DeadLetterFacts) -> list[str]:
        return [f"The group {wording.short(facts.group)} will not be given these entries again."]

    def carry_out(self, client: "redis.Redis", facts: DeadLetterFacts, run: "Run") -> None:
        size = page_size(client, facts.key, at_most=_BATCH)
        by = run.action.operator_name
        keys = (facts.key, facts.target)
        for batch in run.batches(facts.entries, size):
            result = move_to_dead_letters(
                client, keys, batch, run_id=facts.run_id, group=facts.group, by=by, reason=facts.reason
            )
            run.count(result.done, result.not_done)
