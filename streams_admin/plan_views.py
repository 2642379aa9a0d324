"""A plan's page: the receipt, the confirmation, and in its place the result. From there: stop, go on, take back."""

from collections.abc import Callable

import msgspec
import redis
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from dashboard.models import Stream
from streams_admin.actions import AlreadyDone, Refused, ask_to_cancel, begin, begin_again
from streams_admin.facts import Outcome
from streams_admin.forms import ConfirmForm
from streams_admin.guard import operator_page
from streams_admin.models import PERMISSIONS, Action, Kind, Plan
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
    require(request, Kind(found.kind))
    facts = facts_of(found)
    form = ConfirmForm(
        request.POST if request.method == "POST" else None,
        remedy=remedy_of(found.kind),
        facts=facts,
        asks_why=found.stream.server.is_production,
    )
    if request.method == "POST" and (form.is_valid() or hasattr(found, "action")):
        why = form.cleaned_data.get("why", "")
        address = request.META.get("REMOTE_ADDR") or None
        _try(request, lambda: begin(found, request.user, address=address, why=why), again=False)
        return redirect(found)
    receipt = receipt_of(found, facts, now=timezone.now())
    context = {"plan": found, "stream": found.stream, "form": form, "receipt": receipt}
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
    require(request, undoing.kind)
    return planned(request, stream, undoing, undoes=action)


def _action(request: HttpRequest, pk: int) -> Action:
    action = get_object_or_404(Action.objects.select_related("stream__server", "plan"), pk=pk)
    require(request, Kind(action.kind))
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
