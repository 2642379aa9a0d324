"""A plan's page: the receipt, the confirmation, and in its place the result. From there: stop, go on, take back."""

from collections.abc import Callable

import msgspec
import redis
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from dashboard.models import Stream
from streams_admin.access.asking import NotYours, approve, ask, decline, is_wanted, why_not, withdraw
from streams_admin.actions import AlreadyDone, Refused, ask_to_cancel, begin, begin_again
from streams_admin.facts import Outcome
from streams_admin.forms import ConfirmForm
from streams_admin.guard import operator_page
from streams_admin.models import PERMISSIONS, Action, Approval, Kind, Plan
from streams_admin.planning import looking, planned, require
from streams_admin.plans import PlanError
from streams_admin.receipts import receipt_of
from streams_admin.remedies import facts_of, remedy_of
from streams_admin.running import carry_out_soon

ACTING = tuple(dict.fromkeys(PERMISSIONS.values()))


@operator_page(GET=ACTING, POST=ACTING)
def plan(request: HttpRequest, token: str) -> HttpResponse:
    """A plan as a receipt, and in its place, once it was carried out, the result."""
    found = get_object_or_404(Plan.objects.select_related("stream__server", "operator"), token=token)
    require(request, Kind(found.kind), found.stream)
    approval: Approval | None = getattr(found, "approval", None)
    if request.method == "POST" and approval is not None:
        return _answer(request, approval)
    facts = facts_of(found)
    form = ConfirmForm(
        request.POST if request.method == "POST" else None,
        remedy=remedy_of(found.kind),
        facts=facts,
        asks_why=found.stream.server.is_production,
    )
    if request.method == "POST" and (form.is_valid() or hasattr(found, "action")):
        why = form.cleaned_data.get("why", "")
        if is_wanted(found) and not hasattr(found, "action"):
            _ask(request, found, why)
        else:
            address = _address(request)
            _try(request, lambda: begin(found, request.user, address=address, why=why), again=False)
        return redirect(found)
    receipt = receipt_of(found, facts, now=timezone.now())
    context = {
        "plan": found,
        "stream": found.stream,
        "form": form,
        "receipt": receipt,
        "wants_approval": is_wanted(found),
        "approval": approval,
        "waits": approval is not None and approval.waits(timezone.now()),
        "may_answer": approval is not None and not why_not(approval, request.user, timezone.now()),
    }
    return render(request, "streams_admin/plan.html", context, status=400 if form.errors else 200)


@operator_page(POST=ACTING)
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Goes on with an action that did not come to its end, under the same guard."""
    action = _action(request, pk)
    _try(request, lambda: begin_again(action, request.user), again=True)
    return _back_to(action)


@operator_page(POST=ACTING)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stops an action that is under way, after the script that runs now."""
    action = _action(request, pk)
    try:
        if not ask_to_cancel(action, request.user, now=timezone.now()):
            messages.warning(request, "It has ended already.")
    except Refused as reason:
        messages.warning(request, str(reason))
    return _back_to(action)


@operator_page(POST=ACTING)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan that takes an action back: to be looked at and confirmed like any other."""
    action = _action(request, pk)
    if action.stream_id is None:
        messages.warning(request, "The stream is no longer registered.")
        return _back_to(action)
    return looking(request, action.stream_id, lambda *asked: _undo(*asked, action=action))


def _ask(request: HttpRequest, plan: Plan, why: str) -> None:
    if plan.expired(timezone.now()):
        messages.warning(request, "The plan is older than five minutes: look again before you act.")
        return
    ask(plan, request.user, why=why, now=timezone.now())


def _answer(request: HttpRequest, approval: Approval) -> HttpResponse:
    """Another operator's yes or no, or the end of it by whoever asked; after a yes it is carried out."""
    verb, comment, now = request.POST.get("answer"), request.POST.get("comment", "").strip()[:500], timezone.now()
    try:
        if verb == "withdraw":
            withdraw(approval, request.user, now=now)
        elif verb == "decline" and not comment:
            messages.warning(request, "Say why not: whoever asked will read it.")
        elif verb == "decline":
            decline(approval, request.user, comment=comment, now=now)
        elif verb == "approve":
            approve(approval, request.user, comment=comment, now=now)
            asker, address = approval.asked_by, _address(request)
            _try(request, lambda: begin(approval.plan, asker, address=address, why=approval.why), again=False)
    except NotYours as reason:
        messages.warning(request, str(reason))
    return redirect(approval)


def _address(request: HttpRequest) -> str | None:
    return request.META.get("REMOTE_ADDR") or None


def _undo(request: HttpRequest, stream: Stream, client: "redis.Redis", *, action: Action) -> HttpResponse:
    outcome = msgspec.convert(action.outcome, Outcome)
    try:
        undoing = remedy_of(action.kind).undo(client, facts_of(action), outcome)
    except PlanError as error:
        messages.warning(request, str(error))
        return _back_to(action)
    if undoing is None:
        messages.warning(request, "This cannot be taken back.")
        return _back_to(action)
    return planned(request, stream, undoing, undoes=action)


def _action(request: HttpRequest, pk: int) -> Action:
    action = get_object_or_404(Action.objects.select_related("stream__server", "plan"), pk=pk)
    if action.stream is not None:
        require(request, Kind(action.kind), action.stream)
    return action


def _back_to(action: Action) -> HttpResponse:
    return redirect(action.plan) if action.plan else redirect("admin:streams_admin_action_change", action.pk)


def _try(request: HttpRequest, start: Callable[[], Action], *, again: bool) -> None:
    try:
        action = start()
    except (AlreadyDone, Refused) as reason:
        messages.warning(request, str(reason))
        return
    if action.state == Action.State.STARTED:
        carry_out_soon(action, again=again)
    elif action.state == Action.State.REFUSED and action.plan_id is None:
        messages.error(request, action.reason)
