"""Actions as JSON, for the time axis of charts: what operators did to a stream or a server, each with its audit row."""

import time
from datetime import UTC, datetime

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from dashboard.core import names
from dashboard.models import Server, Stream
from streams_admin.guard import operator_page
from streams_admin.models import Action, ActionQuerySet

#: The newest of them; the answer says how many there are.
MOST = 200


@operator_page(staff=False, GET="streams_admin.view_action")
@never_cache
def stream_actions(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The newest actions on a stream, `?since=…&until=…` by our clock, oldest first."""
    stream = get_object_or_404(Stream, pk=pk)
    return _answer(request, Action.objects.filter(stream=stream))


@operator_page(staff=False, GET="streams_admin.view_action")
@never_cache
def server_actions(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The newest actions on a server's streams, in the same shape."""
    server = get_object_or_404(Server, pk=pk)
    return _answer(request, Action.objects.filter(server=server))


def _answer(request: HttpRequest, actions: ActionQuerySet) -> JsonResponse:
    try:
        since, until = float(request.GET.get("since", "")), float(request.GET.get("until", time.time()))
    except ValueError:
        since = until = float("nan")
    if not 0 <= since <= until < 1e11:  # the year 5138
        title = "“since” and “until” must be seconds since the epoch, as in ?since=1763925000."
        return JsonResponse({"problem": {"title": title}}, status=400)
    began, ended = (datetime.fromtimestamp(moment, tz=UTC) for moment in (since, until))
    its = actions.recent().filter(started_at__gte=began, started_at__lte=ended)
    newest = list(its[: MOST + 1])
    rows = [_row(request, action) for action in reversed(newest[:MOST])]
    return JsonResponse({"actions": rows, "of": {"actions": its.count() if len(newest) > MOST else len(newest)}})


def _row(request: HttpRequest, action: Action) -> dict[str, object]:
    """One action. `at` is when it began; `url` its audit row, or for who may not see that the list of them."""
    its_row = reverse("admin:streams_admin_action_change", args=[action.pk])
    return {
        "action": action.pk,
        "stream": action.stream_id,
        "key": action.display_key[:200],
        "group": names.display(bytes(action.group)),
        "kind": action.kind,
        "state": action.state_at(timezone.now()),
        "title": action.title,
        "operator": action.operator_name,
        "at": action.started_at.timestamp(),
        "url": its_row if request.user.is_staff else reverse("actions"),
    }
