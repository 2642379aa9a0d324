"""The page of one server. Its numbers come over the websocket, its past and its marks are fetched."""

import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.models import Mark, Server, Stream
from dashboard.views.stream import CHARTJS_INTEGRITY, DEFAULT_SPAN, SPANS, Span

#: Restarts are counted over so long.
RESTARTS_OVER = timedelta(days=30)


@require_safe
@permission_required("dashboard.view_server", raise_exception=True)
def server_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page from the registry alone; 404 where the registry knows no such server."""
    server = get_object_or_404(Server.objects.defer("password"), pk=pk)
    span = next((span for span in SPANS if span.slug == request.GET.get("range")), DEFAULT_SPAN)
    restarts = Mark.objects.filter(server=server, stream=None, kind=Mark.Kind.RESTART)
    context = {
        "server": server,
        "streams": Stream.objects.filter(server=server, watched=True).count(),
        "restarts": restarts.filter(at__gte=(timezone.now() - RESTARTS_OVER).timestamp()).count(),
        "restarts_over": RESTARTS_OVER.days,
        "spans": [span for span in SPANS if span.seconds <= settings.HISTORY_LEVELS[-1].kept_s],
        "span": span,
        "page": _page_data(server, span),
        "chartjs_integrity": CHARTJS_INTEGRITY,
    }
    return render(request, "dashboard/server.html", context)


def _page_data(server: Server, span: Span) -> dict[str, Any]:
    """What the page's scripts are told at once."""
    return {
        "server": {
            "id": server.pk,
            "name": server.name,
            "interval_s": server.interval_s,
            "state": server.state,
            "detail": server.state_detail,
            "since": server.state_since.timestamp() if server.state_since else None,
        },
        "now": time.time(),
        "range_s": span.seconds,
        "marks": reverse("server_marks", args=[server.pk]),
        "history": reverse("server_history", args=[server.pk]),
    }
