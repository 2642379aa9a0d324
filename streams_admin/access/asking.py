"""Asking for a second pair of eyes, and answering: each step counts once, whoever presses how often."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from dashboard.models import Server
from streams_admin.access.approval import Approval
from streams_admin.access.bound import may
from streams_admin.models import PERMISSIONS, Kind, Plan
from streams_admin.remedies import facts_of, remedy_of

RIGHT = "streams_admin.approve_actions"


def is_wanted(plan: Plan) -> bool:
    """Whether another operator has to approve the plan, as its server says now."""
    wanted = Server.objects.values_list("approval", flat=True).get(pk=plan.stream.server_id)
    remedy = remedy_of(plan.kind)
    if not remedy.writes or wanted == Server.Approval.NEVER:
        return False
    return wanted == Server.Approval.ALWAYS or remedy.destroys(facts_of(plan))


class NotYours(Exception):
    """This person may not answer, or it is too late; the text says why."""


def ask(plan: Plan, operator: Any, *, why: str, now: datetime) -> Approval:
    """Asks others about the plan, which holds for an hour then. Asked twice, it is the same request."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = Approval.objects.create(
                    plan=plan, asked_by=operator, asked_by_name=operator.get_username(), asked_at=now, why=why
                )
        except IntegrityError:
            return Approval.objects.get(plan=plan)
        plan.expires_at = now + Approval.LIFETIME
        plan.save(update_fields=["expires_at"])
    return made


def approve(approval: Approval, person: Any, *, comment: str, now: datetime) -> Approval:
    """Another operator says yes. Raises NotYours; the first answer counts."""
    if problem := why_not(approval, person, now):
        raise NotYours(problem)
    return _answered(approval, person, Approval.State.APPROVED, comment, now)


def decline(approval: Approval, person: Any, *, comment: str, now: datetime) -> Approval:
    """Another operator says no, and why. Raises NotYours; the first answer counts."""
    if problem := why_not(approval, person, now):
        raise NotYours(problem)
    return _answered(approval, person, Approval.State.DECLINED, comment, now)


def withdraw(approval: Approval, person: Any, *, now: datetime) -> Approval:
    """Whoever asked takes it back. Raises NotYours; the first answer counts."""
    if approval.asked_by_id != person.pk:
        raise NotYours("Only whoever asked can withdraw this.")
    return _answered(approval, person, Approval.State.WITHDRAWN, "", now)


def why_not(approval: Approval, person: Any, now: datetime) -> str:
    """Why the person may not answer; empty where they may."""
    plan = approval.plan
    if not approval.waits(now):
        return "This does not wait for an answer any more."
    if approval.asked_by_id == person.pk:
        return "Somebody else has to look at what you asked for."
    if not may(person, RIGHT, plan.stream) or not may(person, PERMISSIONS[Kind(plan.kind)], plan.stream):
        return f"Approving this needs {RIGHT} and {PERMISSIONS[Kind(plan.kind)]} on this stream."
    return ""


def _answered(approval: Approval, person: Any, state: Approval.State, comment: str, now: datetime) -> Approval:
    # Two may answer at once: the one whose update counts has.
    mine = Approval.objects.filter(pk=approval.pk, state=Approval.State.ASKED, plan__expires_at__gt=now)
    facts = {
        "state": state,
        "answered_by": person,
        "answered_by_name": person.get_username(),
        "answered_at": now,
        "comment": comment,
    }
    if not mine.update(**facts):
        raise NotYours("Somebody has answered already, or it is too late.")
    approval.refresh_from_db()
    return approval
