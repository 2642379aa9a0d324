"""Dead letter: what was delivered again and again goes to another stream, with where it comes from, and counts as processed."""

import secrets
from typing import TYPE_CHECKING

import redis

from dashboard.core.names import display
from streams_admin import wording
from streams_admin.beside import key_beside
from streams_admin.plans import PlanError, group_in, look
from streams_admin.redis_io.look import page_size
from streams_admin.redis_io.whole import read_server
from streams_admin.redis_io.wizards import move_to_dead_letters
from streams_admin.remedies.across import DeadLetterFacts, move_across
from streams_admin.remedies.base import Figure, GroupEffect, Remedy
from streams_admin.remedies.entries import Selection, more_notes, owners_in_words, selected

if TYPE_CHECKING:
    from streams_admin.run import Run

_BATCH = 100
_ACROSS = (
    "The two streams are in different slots of the cluster, so entries are copied first and acknowledged then: what is touched in"
    " between, or where this ends in between, stands in both. None is in neither, and none is copied twice.",
)


def plan_dead_letter(
    client: "redis.Redis",
    key: bytes,
    selection: Selection,
    target: bytes,
    *,
    reason: str,
    elsewhere: "redis.Redis | None" = None,
) -> DeadLetterFacts:
    """The selected entries moved to the other stream; `elsewhere`: a client of that, where it is in another slot. Raises PlanError."""
    if target == key:
        raise PlanError("The dead-letter stream must be another one.", "target")
    state = look(client, key)
    group_in(state, selection.matching.group)
    marker, kind = b"", (elsewhere or client).type(target)
    if kind not in {b"none", b"stream"}:
        raise PlanError("This key holds something else than a stream.", "target")
    if elsewhere:
        try:
            marker = key_beside(target, secrets.token_hex(6), is_cluster=True)
        except ValueError as error:
            raise PlanError(str(error), "target") from None
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
        marker=marker,
        target_run_id=read_server(elsewhere).run_id if elsewhere else "",
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
        most = max(run.deliveries for run in facts.entries.runs)
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
            *(_ACROSS if facts.marker else ()),
            "The entries themselves stay in the stream, for its other groups.",
            *more_notes(facts),
        ]

    def risks(self, facts: DeadLetterFacts) -> list[str]:
        return [f"The group {wording.short(facts.group)} will not be given these entries again."]

    def carry_out(self, client: "redis.Redis", facts: DeadLetterFacts, run: "Run") -> None:
        size = page_size(client, facts.key, at_most=_BATCH)
        if facts.marker:
            move_across(client, facts, run, size)
            return
        by = run.action.operator_name
        keys = (facts.key, facts.target)
        for batch in run.batches(facts.entries, size):
            result = move_to_dead_letters(
                client, keys, batch, run_id=facts.run_id, group=facts.group, by=by, reason=facts.reason
            )
            run.count(result.done, result.not_done)
