"""The overview: every server's health and every stream."""

import time
from collections.abc import Mapping
from typing import TypedDict

import msgspec
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from dashboard.core.metrics import GroupState
from dashboard.core.sample import ProblemKind
from dashboard.history import reading
from dashboard.live.first_window import first_window
from dashboard.models import Server
from dashboard.services.saving_views import default_view
from dashboard.views.saved_views import rows_for, user_id
from dashboard.views.streams_data import answer, problem

SPARKLINE_S = 60
#: More rows than this are on no screen.
MOST_SPARKLINES = 100

_WELL = {Server.State.NEW, Server.State.UP}


class ServerRow(TypedDict):
    """A server, how many of its streams the page lists, and whether something was wrong with it when last sampled."""

    server: Server
    streams: int
    trouble: bool


@require_safe
@permission_required("dashboard.view_stream", raise_exception=True)
def overview(request: HttpRequest) -> HttpResponse:
    """The page with the first rows that its address asks for; all others come over the websocket. Without a query it opens with the user's default view."""
    if not request.GET and (query := _default_query(request)):
        return redirect(f"{request.path}?{query}")
    listing, catalogue = first_window(
        request.META["QUERY_STRING"], alerts=request.user.has_perm("dashboard.view_alert")
    )
    servers = _server_rows(dict(zip(listing.servers.id, listing.servers.streams, strict=True)))
    context = {
        "listing": msgspec.to_builtins(listing),
        "servers": servers,
        "many_servers": len(servers) > 1,
        "states": [state.value for state in (*GroupState, *ProblemKind)],
        "tags": sorted(catalogue.tags),
        "owners": sorted(catalogue.owners - {""}),
        "now": time.time(),
        "views": [msgspec.to_builtins(row) for row in rows_for(request.user)],
    }
    return render(request, "dashboard/overview.html", context)


@require_safe
@permission_required("dashboard.view_stream", raise_exception=True)
def sparklines(request: HttpRequest) -> HttpResponse:
    """The last minute of added/s of `?streams=1,2,3` from history: `{"1": {"at": […], "added_per_s": […]}}`."""
    words = [word for word in request.GET.get("streams", "").split(",") if word]
    if len(words) > MOST_SPARKLINES or not all(word.isascii() and word.isdigit() and len(word) < 19 for word in words):
        return problem(f"“streams” must be at most {MOST_SPARKLINES} ids, as in ?streams=1,2,3.", status=400)
    now = time.time()
    found = reading.added_per_s([int(word) for word in words], since=now - SPARKLINE_S, until=now)
    return answer({str(pk): {"at": past.at, "added_per_s": past.column("added_per_s")} for pk, past in found.items()})


def _default_query(request: HttpRequest) -> str:
    view = default_view(user_id(request))
    return view.query if view else ""


def _server_rows(counts: Mapping[int, int]) -> list[ServerRow]:
    return [
        {"server": server, "streams": counts.get(server.pk, 0), "trouble": server.state not in _WELL}
        for server in Server.objects.enabled()
    ]
