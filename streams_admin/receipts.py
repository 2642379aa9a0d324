"""A plan, or what became of it, as its page reads: numbers first."""

from datetime import datetime

import msgspec

from streams_admin import wording
from streams_admin.facts import Facts, Outcome
from streams_admin.models import Action, Plan
from streams_admin.remedies import facts_of, remedy_of
from streams_admin.remedies.base import Figure, GroupEffect


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What an action came to, or how far it is."""

    action: Action
    state: str
    running: bool
    unsettled: bool
    figures: list[Figure]
    requested: int
    settled: int  # entries, of all that were requested
    counted: bool  # whether it is known how many that are
    skipped: list[tuple[str, int]]
    remarks: list[str]
    checks: list[tuple[str, str]]
    undoable: bool


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on the page of a plan."""

    title: str
    verb: str
    figures: list[Figure]
    effects: list[GroupEffect]
    notes: list[str]
    risks: list[str]
    commands: list[str]
    ends: tuple[str, str] | None  # of the entries that it is about
    destroys: bool
    undoable: bool
    back: str
    expired: bool
    result: Result | None


def receipt_of(plan: Plan, facts: Facts, *, now: datetime) -> Receipt:
    """The plan's page; with a result where an action has used the plan."""
    action: Action | None = getattr(plan, "action", None)
    remedy = remedy_of(plan.kind)
    return Receipt(
        title=remedy.title(facts),
        verb=plan.kind,
        figures=remedy.figures(facts),
        effects=remedy.effects(facts),
        notes=remedy.notes(facts),
        risks=remedy.risks(facts),
        commands=remedy.commands(facts),
        ends=facts.ends,
        destroys=remedy.destroys(facts),
        undoable=remedy.can_undo(facts),
        back=f"admin:{remedy.back}",
        expired=plan.expired(now),
        result=result_of(action, now=now) if action else None,
    )


def result_of(action: Action, *, now: datetime) -> Result:
    """The result of an action, as far as it is known."""
    outcome = msgspec.convert(action.outcome, Outcome)
    state = action.state_at(now)
    return Result(
        action=action,
        state=state,
        running=state == Action.State.STARTED,
        unsettled=action.unsettled(now),
        figures=_figures(action, outcome, now),
        requested=outcome.requested,
        settled=outcome.requested - outcome.untried,
        counted=remedy_of(action.kind).is_counted(facts_of(action)),
        skipped=wording.skipped_lines(outcome),
        remarks=remedy_of(action.kind).remarks(outcome),
        checks=outcome.checks,
        undoable=state != Action.State.STARTED
        and outcome.done > 0
        and remedy_of(action.kind).can_undo(facts_of(action)),
    )


def _figures(action: Action, outcome: Outcome, now: datetime) -> list[Figure]:
    number = wording.number
    figures = [
        (number(outcome.requested), "requested"),
        (number(outcome.done), remedy_of(action.kind).done),
        (number(sum(outcome.skipped.values())), "skipped"),
        (number(outcome.gone), "gone already"),
    ]
    if outcome.in_doubt:
        figures.append((number(outcome.in_doubt), "done, by us or by others"))
    if outcome.untried and action.state != Action.State.DONE:
        unknown = action.state_at(now) in {Action.State.UNKNOWN, Action.State.INTERRUPTED}
        figures.append((number(outcome.untried), "not known" if unknown else "not tried"))
    return figures
