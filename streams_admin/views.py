"""The operator's pages. GET shows; POST makes a plan. `plan_views` carries it out."""

from urllib.parse import urlencode

import redis
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from dashboard.models import Stream
from streams_admin.audit.exporting import as_csv, as_json_lines
from streams_admin.audit.search import ActionFilter
from streams_admin.forms import PENDING_KINDS, TrimForm
from streams_admin.guard import operator_page
from streams_admin.models import PERMISSIONS
from streams_admin.pending_page import PendingPage
from streams_admin.planning import looking, planned, require
from streams_admin.plans import PlanError
from streams_admin.redis_io.look import read_state
from streams_admin.remedies.trim_plan import plan_trim
from streams_admin.rows import group_row

PENDING_RIGHTS = tuple(dict.fromkeys(PERMISSIONS[kind] for kind in PENDING_KINDS))


@operator_page(GET="dashboard.view_stream", POST=PENDING_RIGHTS)
def pending(request: HttpRequest, pk: int) -> HttpResponse:
    """Pending entries of a stream: filter, select, and go on to a plan."""
    return looking(request, pk, _pending)


def _pending(request: HttpRequest, stream: Stream, client: "redis.Redis") -> HttpResponse:
    page = PendingPage(request, client, stream)
    if request.method == "POST":
        require(request, page.kind, stream)
        facts = page.plan()
        if facts:
            return planned(request, stream, facts)
    return render(request, "streams_admin/pending.html", page.context(), status=400 if page.invalid else 200)


@operator_page(GET="streams_admin.trim_stream", POST="streams_admin.trim_stream")
def trim(request: HttpRequest, pk: int) -> HttpResponse:
    """How far to trim: to a length, to an age, or what every group has acknowledged."""
    return looking(request, pk, _trim)


def _trim(request: HttpRequest, stream: Stream, client: "redis.Redis") -> HttpResponse:
    state = read_state(client, bytes(stream.key))
    form = TrimForm(request.POST if request.method == "POST" else None, initial={"mode": "safe", "unit": "h"})
    if request.method == "POST" and form.is_valid():
        try:
            chosen = {name: form.cleaned_data[name] for name in ("beyond", "approximate", "clears")}
            return planned(request, stream, plan_trim(client, bytes(stream.key), form.way, form.asked, **chosen))
        except PlanError as error:
            form.add_error({"asked": form.asked_field}.get(str(error.field), error.field), str(error))
    groups = [group_row(group, state.pinned_by) for group in state.groups]
    context = {"stream": stream, "form": form, "state": state, "groups": groups}
    return render(request, "streams_admin/trim.html", context, status=400 if form.errors else 200)


@operator_page(staff=False, GET="streams_admin.view_action")
def actions(request: HttpRequest) -> HttpResponse:
    """Who did what, newest first, of all or of those that a filter in the address takes."""
    asked = ActionFilter(request.GET)
    page = Paginator(asked.found().recent(), 50).get_page(request.GET.get("page"))
    now = timezone.now()
    rows = [(action, action.state_at(now), action.unsettled(now)) for action in page]
    query = urlencode([(name, request.GET[name]) for name in asked.fields if request.GET.get(name)])
    context = {"page": page, "rows": rows, "filter": asked, "query": query}
    return render(request, "streams_admin/actions.html", context)


@operator_page(staff=False, GET="streams_admin.view_action")
def export_actions(request: HttpRequest, form: str) -> HttpResponseBase:
    """The same as a file; each row with the hash of the last entry of the audit on it."""
    found = ActionFilter(request.GET).found()
    rows = as_csv(found) if form == "csv" else as_json_lines(found)
    kind = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}[form]
    name = f"actions-{timezone.now():%Y%m%dT%H%M%SZ}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(rows, content_type=kind, headers=headers)
