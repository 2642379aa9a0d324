"""Trim: the oldest entries go, with their payloads."""

from typing import TYPE_CHECKING

import redis

from dashboard.core.names import display
from streams_admin import wording
from streams_admin.facts import Count, GroupFact, Outcome
from streams_admin.redis_io.look import page_size
from streams_admin.redis_io.trim import STEP, trim_step
from streams_admin.remedies.base import Figure, GroupEffect, Remedy
from streams_admin.remedies.trim_plan import TrimFacts, TrimMode

if TYPE_CHECKING:
    from streams_admin.run import Run


_LEAST = 500


class Trim(Remedy[TrimFacts]):
    """Everything below a cut-off id goes."""

    facts = TrimFacts
    done = "removed"
    back = "dashboard_stream_trim"

    def title(self, facts: TrimFacts) -> str:
        return f"Trim {wording.entries(facts.removed)}"

    def commands(self, facts: TrimFacts) -> list[str]:
        in_steps = wording.command("XTRIM", facts.key, "MINID", "~", facts.cutoff, "LIMIT", str(STEP))
        last = [] if facts.approximate else [wording.command("XTRIM", facts.key, "MINID", "=", facts.cutoff)]
        return [f"{in_steps}   (until it removes none)", *last]

    def requested(self, facts: TrimFacts) -> int:
        return facts.removed.value

    def is_long(self, facts: TrimFacts) -> bool:
        return facts.removed.value > 10 * STEP or not facts.removed.exact

    def is_counted(self, facts: TrimFacts) -> bool:
        return facts.removed.exact

    def destroys(self, facts: TrimFacts) -> bool:
        return True

    def figures(self, facts: TrimFacts) -> list[Figure]:
        stays = facts.length - facts.removed.value
        held = []
        if facts.wanted is not None:
            held = [(wording.counted(facts.wanted), "asked for")]
        return [
            *held,
            (wording.counted(facts.removed), "entries removed"),
            (wording.number(stays) if facts.removed.exact else f"at most {wording.number(stays)}", "stay"),
            (wording.counted(facts.loses), "lost to groups, in all"),
        ]

    def effects(self, facts: TrimFacts) -> list[GroupEffect]:
        return [_effect(group) for group in facts.groups]

    def notes(self, facts: TrimFacts) -> list[str]:
        asked = asked_in_words(facts)
        notes = [f"Trim {asked}: entries below {facts.cutoff} go. Entries added meanwhile all stay."]
        if facts.mode is TrimMode.SAFE and facts.pinned_by is not None:
            notes.append(f"The group {display(facts.pinned_by)} needs what comes after.")
        if facts.wanted is not None and facts.pinned_by is not None:
            notes.append(
                f"The group {display(facts.pinned_by)} still needs the rest of what was asked for: that stays."
            )
        if facts.approximate:
            notes.append("Only whole nodes of the stream go: up to a node more stays.")
        if (
            facts.mode is TrimMode.LENGTH
            and facts.wanted is None
            and facts.length - facts.removed.value > int(facts.asked or 0)
        ):
            notes.append("Too many to plan at once: this takes the oldest. Plan again after it.")
        if not facts.groups:
            notes.append("The stream has no groups, so nobody can tell which entries are still needed.")
        return notes

    def risks(self, facts: TrimFacts) -> list[str]:
        lines = [f"{wording.entries(facts.removed).capitalize()} will be destroyed with their payloads."]
        return lines + [line for group in facts.groups for line in _group_risks(group, clears=facts.clears)]

    def remarks(self, outcome: Outcome) -> list[str]:
        cleared = outcome.made.get("cleared")
        return [f"{cleared} pending ids of theirs count as processed now."] if cleared else []

    def carry_out(self, client: "redis.Redis", facts: TrimFacts, run: "Run") -> None:
        # A step below the size of a node removes nothing; nodes of default size hold 100 entries.
        step = max(_LEAST, page_size(client, facts.key, at_most=STEP))
        cleared = int(run.outcome.made.get("cleared", "0"))
        while any(went := trim_step(client, facts, limit=step)):
            run.outcome.done += went[0]
            cleared = self._note(run, cleared + went[1])
        while not facts.approximate and any(went := trim_step(client, facts, limit=0)):
            run.outcome.done += went[0]
            cleared = self._note(run, cleared + went[1])
        if facts.removed.exact and not facts.approximate:
            run.outcome.gone = max(0, run.outcome.requested - run.outcome.done)

    @staticmethod
    def _note(run: "Run", cleared: int) -> int:
        if cleared:
            run.outcome.made["cleared"] = str(cleared)
        run.checkpoint()
        return cleared


def _effect(group: GroupFact) -> GroupEffect:
    undelivered, pending = group.loses_undelivered, group.loses_pending
    effect = f"Loses {wording.counted(undelivered)} not delivered and {wording.counted(pending)} not acknowledged."
    if undelivered == pending == Count(0):
        effect = "Loses nothing."
    return GroupEffect(name=display(group.name), effect=effect, hurts=bool(undelivered.value or pending.value))


def asked_in_words(facts: TrimFacts) -> str:
    """How the trim was asked for."""
    match facts.mode:
        case TrimMode.SAFE:
            return "everything that every group has acknowledged"
        case TrimMode.LENGTH:
            return f"to the newest {wording.entries(int(facts.asked or 0))}"
        case TrimMode.AGE:
            return f"entries older than {wording.duration(int(facts.asked or 0))}"
        case TrimMode.ID:
            return f"entries before {facts.asked}"


def _group_risks(group: GroupFact, *, clears: bool) -> list[str]:
    name, undelivered, pending = group.name, group.loses_undelivered, group.loses_pending
    lines = []
    if undelivered.value or not undelivered.exact:
        lines.append(f"{wording.short(name)} will never be given {wording.entries(undelivered)} that it has not read.")
    if pending.value or not pending.exact:
        who, count = wording.short(name), wording.counted(pending)
        lines.append(
            f"{who} has not acknowledged {count} of these; they count as processed."
            if clears
            else f"{who} has not acknowledged {count} of these; they become ghosts."
        )
    return lines
