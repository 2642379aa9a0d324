"""Actions: what an operator does to a watched server, with the audit row around it.

The row is committed before the first write is sent and finished after. One left "started" means that we ended in the middle.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard.live.events import ActionFinished
from dashboard.live.publish import publish_now
from dashboard.models import Server, Stream
from streams_admin.access.asking import is_wanted
from streams_admin.access.bound import may
from streams_admin.audit.chain import write_entry
from streams_admin.audit.entry import AuditEntry
from streams_admin.facts import Outcome, encode
from streams_admin.models import PERMISSIONS, Action, Approval, Kind, Plan, Policy
from streams_admin.redis_io.scripts import Aborted, Failed, Unanswered, action_client
from streams_admin.remedies import facts_of, remedy_of
from streams_admin.run import Cancelled, Run, Stopped, Superseded
from streams_admin.wording import ABORTED

What = AuditEntry.What
_GO_ON = "What was done counts as done; going on does what was not."


class Refused(Exception):
    """The action must not be done; the text says why. Nothing was written."""


class AlreadyDone(Exception):
    """Somebody was first with this plan; `action` is theirs."""

    def __init__(self, action: Action) -> None:
        running = action.state == Action.State.STARTED
        super().__init__(f"{'Being' if running else 'Already'} done by {action.operator_name}.")
        self.action = action


def perform(plan: Plan, operator: Any, *, address: str | None, why: str = "") -> Action:
    """Carries the plan out, once, and waits for the end, which the audit row tells. Raises AlreadyDone."""
    action = begin(plan, operator, address=address, why=why)
    if action.state == Action.State.STARTED:
        carry_out(action, again=False)
    return action


def begin(plan: Plan, operator: Any, *, address: str | None, why: str = "") -> Action:
    """The audit row, committed: started, or refused with its reason. Raises AlreadyDone where somebody was first.

    Where the server wants another operator's approval, `operator` is whoever asked for it.
    """
    earlier = Action.objects.filter(plan=plan).first()
    if earlier:
        raise AlreadyDone(earlier)
    try:
        _check_allowed(Kind(plan.kind), plan.stream, operator)
        if plan.expired(timezone.now()):
            raise Refused("The plan is older than five minutes: look again before you act.")
        approver = _approver(plan, operator)
    except Refused as refusal:
        # Without the plan: somebody who may not act on it must not use it up.
        action = _start(plan, operator, address=address, why=why, used=False)
        return _settled(Run(action, again=False), Action.State.REFUSED, str(refusal))
    return _start(plan, operator, address=address, why=why, used=True, approver=approver)


def perform_policy(plan: Plan, policy: Policy) -> Action:
    """Carries out what a policy planned, and waits for the end. Its rights are those of whoever switched it on."""
    return perform_unattended(plan, f"policy {policy.name}", policy=policy.name)


def perform_unattended(plan: Plan, who: str, *, policy: str = "") -> Action:
    """Carries out what no signed-in person asked for, and waits for the end. Whoever calls this has the right to."""
    try:
        _check_server(plan.kind, plan.stream)
        _approver(plan, None)
    except Refused as refusal:
        action = _start(plan, None, who=who, used=False, policy=policy)
        return _settled(Run(action, again=False), Action.State.REFUSED, str(refusal))
    action = _start(plan, None, who=who, used=True, policy=policy)
    carry_out(action, again=False)
    return action


def check_again(action: Action, operator: Any) -> Action:
    """Goes on with an action that did not come to its end, and waits for it. Raises Refused and AlreadyDone."""
    carry_out(begin_again(action, operator), again=True)
    return action


def begin_again(action: Action, operator: Any) -> Action:
    """The row of an action that did not come to its end, started anew: what was done counts as done.

    Raises Refused, and AlreadyDone where it has been settled meanwhile or somebody is at it.
    """
    if action.stream is None:
        raise Refused("The stream is no longer registered.")
    _check_allowed(Kind(action.kind), action.stream, operator)
    now = timezone.now()
    outcome = msgspec.convert(action.outcome, Outcome)
    outcome.checks.append((operator.get_username(), now.isoformat(timespec="seconds")))
    with transaction.atomic():
        # Two operators may ask at once, and the first run may still be under way; one update counts.
        started = (
            Action.objects.unsettled(now)
            .filter(pk=action.pk, run=action.run)
            .update(
                state=Action.State.STARTED,
                checked_at=now,
                heard_at=now,
                cancel_asked_at=None,
                run=action.run + 1,
                outcome=encode(outcome),
            )
        )
        action.refresh_from_db()
        if started:
            write_entry(action, What.CONTINUED, at=now, who=operator.get_username())
    if not started:
        raise AlreadyDone(action)
    return action


def ask_to_cancel(action: Action, operator: Any, *, now: datetime) -> bool:
    """Asks whoever carries the action out to stop after the script under way; False where it has ended. Raises Refused."""
    if action.stream is not None:
        _check_allowed(Kind(action.kind), action.stream, operator)
    running = Action.objects.filter(pk=action.pk, state=Action.State.STARTED, cancel_asked_at=None)
    with transaction.atomic():
        asked = bool(running.update(cancel_asked_at=now, cancelled_by=operator.get_username()))
        if asked:
            write_entry(action, What.STOP_ASKED, at=now, who=operator.get_username())
    return asked


def carry_out(action: Action, *, again: bool) -> None:
    """Does what the started action's plan says. The row tells how it ended, whatever happens; our own faults go on."""
    run = Run(action, again=again)
    with _settling(run):
        stream = action.stream
        assert stream is not None  # noqa: S101 - it has just been started for one
        facts = facts_of(action)
        with action_client(stream.server.acting_target, bytes(stream.key)) as client:
            remedy_of(action.kind).carry_out(client, facts, run)


def _start(
    plan: Plan,
    operator: Any,
    *,
    used: bool,
    who: str = "",
    address: str | None = None,
    why: str = "",
    policy: str = "",
    approver: str = "",
) -> Action:
    facts, stream, remedy = facts_of(plan), plan.stream, remedy_of(plan.kind)
    now = timezone.now()
    try:
        # Durable: committed when this block ends, or an error if somebody wraps it in a transaction.
        with transaction.atomic(durable=True):
            action = Action.objects.create(
                kind=plan.kind,
                plan=plan if used else None,
                undoes=plan.undoes,
                server=stream.server,
                server_name=stream.server.name,
                stream=stream,
                key=facts.key,
                group=remedy.group_of(facts),
                operator=operator,
                operator_name=who or operator.get_username(),
                policy=policy,
                approved_by=approver,
                address=address,
                title=remedy.title(facts),
                facts=plan.facts,
                commands="\n".join(remedy.commands(facts)),
                outcome=encode(Outcome(requested=remedy.requested(facts))),
                why=why,
                started_at=now,
                heard_at=now,
            )
            by = f"{action.operator_name}, approved by {approver}" if approver else action.operator_name
            write_entry(action, What.INTENDED, at=now, who=by[:160], address=address)
            return action
    except IntegrityError:
        # Two clicks, or two operators, on one plan: the constraint lets one through.
        raise AlreadyDone(Action.objects.get(plan=plan)) from None


@contextmanager
def _settling(run: Run) -> Iterator[None]:
    state = Action.State
    try:
        yield
    except Superseded:
        return
    except Aborted as aborted:
        _settled(run, state.FAILED if run.outcome.done else state.REFUSED, ABORTED[aborted.why])
    except Failed as failure:
        _settled(run, state.FAILED, str(failure))
    except Unanswered as silence:
        _settled(run, state.UNKNOWN, f"{silence} It may have been done: check again.")
    except Cancelled as cancelled:
        _settled(run, state.CANCELLED, f"{cancelled} {_GO_ON}")
    except Stopped as stopped:
        _settled(run, state.INTERRUPTED, f"{stopped} {_GO_ON}")
    except BaseException as error:
        _settled(run, state.INTERRUPTED, f"Interrupted by {type(error).__name__}: check again.")
        raise
    else:
        _settled(run, state.DONE)


def _settled(run: Run, state: Action.State, reason: str = "") -> Action:
    action, now = run.action, timezone.now()
    try:
        with transaction.atomic():
            run.save(state=state, reason=reason, finished_at=now, heard_at=now)
            write_entry(action, What.ENDED, at=now, who=action.operator_name)
    except Superseded:
        return action
    if action.server_id is not None:
        publish_now(
            ActionFinished(
                action=action.pk,
                server=action.server_id,
                stream=action.stream_id,
                kind=action.kind,
                state=state.value,
                title=action.title,
                operator=action.operator_name,
                at=now.timestamp(),
            )
        )
    return action


def _check_allowed(kind: Kind, stream: Stream, operator: Any) -> None:
    """Asks the database, not the objects at hand: rights may have been taken away since they were read."""
    if not may(operator, PERMISSIONS[kind], stream):
        raise Refused(f"You have no permission to {kind.label} here ({PERMISSIONS[kind]}).")
    _check_server(kind, stream)


def _approver(plan: Plan, operator: Any) -> str:
    """Who has approved the plan; empty where nobody has to. Raises Refused where somebody has to and did not."""
    if not is_wanted(plan):
        return ""
    approval = Approval.objects.filter(plan=plan, state=Approval.State.APPROVED).first()
    if approval is None or operator is None or approval.asked_by_id != operator.pk:
        raise Refused("On this server somebody else has to approve this first.")
    if approval.answered_by is None or not may(approval.answered_by, PERMISSIONS[Kind(plan.kind)], plan.stream):
        raise Refused("Whoever approved this has no right to any more.")
    return approval.answered_by_name


def _check_server(kind: str, stream: Stream) -> None:
    if not remedy_of(kind).writes:
        return
    if settings.READ_ONLY:
        raise Refused("This installation is read-only (READ_ONLY): nothing may be changed on any server.")
    if Server.objects.filter(pk=stream.server_id, read_only=True).exists():
        raise Refused("This server is registered as read-only: nothing may be changed on it.")
