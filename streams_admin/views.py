"""The operator's pages. GET shows; POST makes a plan; a second POST carries it out. The result stands where the plan did."""

from collections.abc import Callable

import redis
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from dashboard.models import Stream
from dashboard.redis_io.connect import explain
from streams_admin import redis_io
from streams_admin.actions import AlreadyDone, Refused, check_again, perform
from streams_admin.facts import Facts, decode
from streams_admin.forms import ConfirmForm, TrimForm
from streams_admin.guard import operator_page
from streams_admin.models import PERMISSIONS, Action, Kind, Plan
from streams_admin.pending_page import PendingPage
from streams_admin.plans import PlanError, plan_trim, save_plan
from streams_admin.receipts import receipt_of
from streams_admin.rows import group_row
from streams_admin.wording import ABORTED

ACTING = tuple(PERMISSIONS.values())


@operator_page(GET="dashboard.view_stream", POST=("streams_admin.claim_entries", "streams_admin.acknowledge_entries"))
def pending(request: HttpRequest, pk: int) -> HttpResponse:
    """Pending entries of a stream: filter, select, and go on to a plan."""
    return _looking(request, pk, _pending)


def _pending(request: HttpRequest, stream: Stream, client: "redis.Redis") -> HttpResponse:
    page = PendingPage(request, client, stream)
    if request.method == "POST":
        _require(request, page.kind)
        facts = page.plan()
        if facts:
            return _planned(request, stream, facts)
    return render(request, "streams_admin/pending.html", page.context(), status=400 if page.invalid else 200)


@operator_page(GET="streams_admin.trim_stream", POST="streams_admin.trim_stream")
def trim(request: HttpRequest, pk: int) -> HttpResponse:
    """How far to trim: to a length, to an age, or what every group has acknowledged."""
    return _looking(request, pk, _trim)


def _trim(request: HttpRequest, stream: Stream, client: "redis.Redis") -> HttpResponse:
    state = redis_io.read_state(client, bytes(stream.key))
    form = TrimForm(request.POST if request.method == "POST" else None, initial={"mode": "safe", "unit": "h"})
    if request.method == "POST" and form.is_valid():
        try:
            return _planned(request, stream, plan_trim(client, bytes(stream.key), form.way, form.asked))
        except PlanError as error:
            form.add_error({"asked": form.asked_field}.get(str(error.field), error.field), str(error))
    groups = [group_row(group, state.pinned_by) for group in state.groups]
    context = {"stream": stream, "form": form, "state": state, "groups": groups}
    return render(request, "streams_admin/trim.html", context, status=400 if form.errors else 200)


@operator_page(GET=ACTING, POST=ACTING)
def plan(request: HttpRequest, token: str) -> HttpResponse:
    """A plan as a receipt, and in its place, once it was carried out, the result."""
    found = get_object_or_404(Plan.objects.select_related("stream__server", "operator"), token=token)
    _require(request, Kind(found.kind))
    facts = decode(found.facts)
    form = ConfirmForm(request.POST if request.method == "POST" else None, facts=facts)
    if request.method == "POST" and (form.is_valid() or hasattr(found, "action")):
        _carry_out(request, lambda: perform(found, request.user, address=request.META.get("REMOTE_ADDR") or None))
        return redirect(found)
    receipt = receipt_of(found, facts, now=timezone.now())
    context = {"plan": found, "stream": found.stream, "form": form, "receipt": receipt}
    return render(request, "streams_admin/plan.html", context, status=400 if form.errors else 200)


@operator_page(POST=ACTING)
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Runs an action of unknown end once more, under the same guard."""
    action = get_object_or_404(Action.objects.select_related("stream__server", "plan"), pk=pk)
    _require(request, Kind(action.kind))
    _carry_out(request, lambda: check_again(action, request.user))
    return redirect(action.plan) if action.plan else redirect("admin:streams_admin_action_change", action.pk)


@operator_page(staff=False, GET="streams_admin.view_action")
def actions(request: HttpRequest) -> HttpResponse:
    """Who did what, newest first."""
    page = Paginator(Action.objects.recent(), 50).get_page(request.GET.get("page"))
    now = timezone.now()
    rows = [(action, action.state_at(now), action.unsettled(now)) for action in page]
    return render(request, "streams_admin/actions.html", {"page": page, "rows": rows})


def _carry_out(request: HttpRequest, work: Callable[[], Action]) -> None:
    try:
        action = work()
    except (AlreadyDone, Refused) as reason:
        messages.warning(request, str(reason))
    else:
        if action.state == Action.State.REFUSED and action.plan_id is None:
            messages.error(request, action.reason)


def _require(request: HttpRequest, kind: Kind) -> None:
    if not request.user.has_perm(PERMISSIONS[kind]):
        raise PermissionDenied(f"This needs the permission {PERMISSIONS[kind]}.")


def _planned(request: HttpRequest, stream: Stream, facts: Facts) -> HttpResponse:
    return redirect(save_plan(stream, request.user, facts, now=timezone.now()))


def _looking(request: HttpRequest, pk: int, answer: Callable[..., HttpResponse]) -> HttpResponse:
    """The answer, made with a client of the stream's server; or a page that says why there is none."""
    stream = get_object_or_404(Stream.objects.select_related("server"), pk=pk)
    try:
        with redis_io.action_client(stream.server.target, bytes(stream.key)) as client:
            return answer(request, stream, client)
    except redis_io.Aborted as aborted:
        reason = ABORTED[aborted.why]
    except (redis_io.Failed, redis_io.Unanswered) as error:
        reason = str(error)
    except redis.RedisError as error:
        reason = explain(error).detail
    context = {"stream": stream, "reason": reason}
    return render(request, "streams_admin/unreachable.html", context, status=503)
