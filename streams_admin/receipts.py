"""A plan, or what became of it, as its page reads: numbers first."""

from datetime import datetime

import msgspec

from dashboard.core.names import display
from streams_admin import wording
from streams_admin.facts import ClaimFacts, Count, Facts, Outcome, TrimFacts, TrimMode
from streams_admin.models import Action, Plan

Figure = tuple[str, str]  # a number, and what it counts
_SHOWN = 10


class GroupEffect(msgspec.Struct, frozen=True, kw_only=True):
    """What the action means for one group."""

    name: str
    effect: str
    hurts: bool = False


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What an action came to."""

    action: Action
    state: str
    unsettled: bool
    figures: list[Figure]
    skipped: list[tuple[str, int]]
    checks: list[tuple[str, str]]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on the page of a plan."""

    title: str
    verb: str
    figures: list[Figure]
    effects: list[GroupEffect]
    notes: list[str]
    risks: list[str]
    commands: list[str]
    destroys: bool
    expired: bool
    result: Result | None


def receipt_of(plan: Plan, facts: Facts, *, now: datetime) -> Receipt:
    """The plan's page; with a result where an action has used the plan."""
    action: Action | None = getattr(plan, "action", None)
    return Receipt(
        title=wording.title(facts),
        verb=plan.kind,
        figures=_figures(facts),
        effects=_effects(facts),
        notes=_notes(facts),
        risks=wording.risks(facts),
        commands=wording.commands(facts),
        destroys=isinstance(facts, TrimFacts),
        expired=plan.expired(now),
        result=result_of(action, now=now) if action else None,
    )


def result_of(action: Action, *, now: datetime) -> Result:
    """The result of an action, as far as it is known."""
    outcome = msgspec.convert(action.outcome, Outcome)
    figures = [
        (wording.number(outcome.requested), "requested"),
        (wording.number(outcome.done), {"claim": "claimed", "acknowledge": "acknowledged"}.get(action.kind, "removed")),
        (wording.number(sum(outcome.skipped.values())), "skipped"),
        (wording.number(outcome.gone), "gone already"),
    ]
    if outcome.untried and action.state != Action.State.DONE:
        figures.append((wording.number(outcome.untried), "not known" if action.unsettled(now) else "not tried"))
    return Result(
        action=action,
        state=action.state_at(now),
        unsettled=action.unsettled(now),
        figures=figures,
        skipped=wording.skipped_lines(outcome),
        checks=outcome.checks,
    )


def _figures(facts: Facts) -> list[Figure]:
    if isinstance(facts, TrimFacts):
        stays = facts.length - facts.removed.value
        return [
            (wording.counted(facts.removed), "entries removed"),
            (wording.number(stays) if facts.removed.exact else f"at most {wording.number(stays)}", "stay"),
            (wording.counted(facts.loses), "lost to groups, in all"),
        ]
    figures = [(wording.number(len(facts.entries)), "pending entries")]
    if isinstance(facts, ClaimFacts):
        figures.append((wording.number(len(wording.owners_of(facts))), "owners now"))
    elif facts.ghosts:
        figures.append((wording.number(facts.ghosts), "of them ghosts"))
    return [*figures, (wording.duration(min(entry.idle_ms for entry in facts.entries) // 1000), "idle at least")]


def _effects(facts: Facts) -> list[GroupEffect]:
    if isinstance(facts, TrimFacts):
        return [
            GroupEffect(
                name=display(group.name), effect=_loss(group.loses_undelivered, group.loses_pending), hurts=hurts
            )
            for group in facts.groups
            for hurts in [bool(group.loses_undelivered.value or group.loses_pending.value)]
        ]
    owners = wording.owners_of(facts)
    listed = [f"{display(owner)} ({wording.number(count)})" for owner, count in owners[:_SHOWN]]
    more = f", and {wording.number(len(owners) - _SHOWN)} more" if len(owners) > _SHOWN else ""
    if isinstance(facts, ClaimFacts):
        effect = (
            f"{wording.entries(len(facts.entries))} move to {display(facts.consumer)}, from: {', '.join(listed)}{more}."
        )
    else:
        effect = (
            f"{wording.entries(len(facts.entries))} count as processed. Pending now for: {', '.join(listed)}{more}."
        )
    return [GroupEffect(name=display(facts.group), effect=effect)]


def _loss(undelivered: Count, pending: Count) -> str:
    if undelivered == pending == Count(0):
        return "Loses nothing."
    return f"Loses {wording.counted(undelivered)} not delivered and {wording.counted(pending)} not acknowledged."


def _notes(facts: Facts) -> list[str]:
    if isinstance(facts, TrimFacts):
        return _trim_notes(facts)
    notes = ["Each entry is left alone if anyone touches it before you confirm."]
    if isinstance(facts, ClaimFacts):
        notes.append("Their idle time starts anew; the count of deliveries stays.")
        if facts.already_theirs:
            notes.append(f"{wording.entries(facts.already_theirs)} left out: already with {display(facts.consumer)}.")
    if facts.more:
        notes.append(
            f"More match: this plan takes the oldest {wording.number(len(facts.entries))}. Plan again after it."
        )
    return notes


def _trim_notes(facts: TrimFacts) -> list[str]:
    notes = [f"Trim {wording.asked(facts)}: entries below {facts.cutoff} go. Entries added meanwhile all stay."]
    if facts.mode is TrimMode.SAFE and facts.pinned_by is not None:
        notes.append(f"The group {display(facts.pinned_by)} needs what comes after.")
    if facts.mode is TrimMode.LENGTH and facts.length - facts.removed.value > (facts.asked or 0):
        notes.append("Too many to plan at once: this takes the oldest. Plan again after it.")
    if not facts.groups:
        notes.append("The stream has no groups, so nobody can tell which entries are still needed.")
    return notes
