"""The page of one stream. Its numbers come over the websocket, its past from `views.history`."""

import time
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard.models import Stream
from dashboard.services.limits import limits_on

#: Of Chart.js 4.6.1's UMD build as published, for whoever serves it from a CDN (static/vendor/README.md).
CHARTJS_INTEGRITY = "sha384-Emf5ZVIUiarAdhkgtqK+5/Z5qIvM6QoVrS+qAVtfyZVuD5lIHrac0me485+Antp0"


class Span(NamedTuple):
    """A choice of how much time the charts show: its word in the address, its words on the page, its seconds."""

    slug: str
    words: str
    seconds: int


SPANS = (
    Span("5m", "5 min", 300),
    Span("15m", "15 min", 900),
    Span("1h", "1 h", 3600),
    Span("6h", "6 h", 6 * 3600),
    Span("24h", "24 h", 24 * 3600),
    Span("7d", "7 d", 7 * 86400),
    Span("30d", "30 d", 30 * 86400),
    Span("1y", "1 y", 365 * 86400),
)
DEFAULT_SPAN = SPANS[1]


@require_safe
@permission_required("dashboard.view_stream", raise_exception=True)
def stream_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page from the registry alone; 404 where the registry knows no such stream."""
    stream = get_object_or_404(Stream.objects.select_related("server"), pk=pk)
    span = next((span for span in SPANS if span.slug == request.GET.get("range")), DEFAULT_SPAN)
    context = {
        "stream": stream,
        "spans": [span for span in SPANS if span.seconds <= settings.HISTORY_LEVELS[-1].kept_s],
        "span": span,
        "page": _page_data(stream, span),
        "chartjs_integrity": CHARTJS_INTEGRITY,
    }
    return render(request, "dashboard/stream.html", context)


def _page_data(stream: Stream, span: Span) -> dict[str, Any]:
    """What the page's scripts are told at once."""
    return {
        "stream": stream.pk,
        "server": _server_data(stream),
        "now": time.time(),
        "range_s": span.seconds,
        "limits": msgspec.to_builtins(limits_on(stream)),
        "history": reverse("stream_history", args=[stream.pk]),
        "marks": reverse("stream_marks", args=[stream.pk]),
        "entries": reverse("stream_entries", args=[stream.pk]),
        # The browser puts the group's slug in: groups come and go while the page is open.
        "consumers": reverse("stream_consumers", args=[stream.pk, "SLUG"]),
        "pending": reverse("stream_pending", args=[stream.pk, "SLUG"]),
        "measure": reverse("stream_measure", args=[stream.pk, "SLUG"]),
    }


def _server_data(stream: Stream) -> dict[str, Any]:
    server = stream.server
    return {
        "id": server.pk,
        "name": server.name,
        "interval_s": server.interval_s,
        "state": server.state,
        "detail": server.state_detail,
        "since": server.state_since.timestamp() if server.state_since else None,
    }
