"""What every page with charts is told: which ranges there are, which one it begins with, and where Chart.js comes from."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from dashboard.models import Server

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


def chart_context(request: HttpRequest) -> dict[str, Any]:
    """For the templates of the range bar and of Chart.js. A range that is none of the choices is the script's to read."""
    return {
        "spans": [span for span in SPANS if span.seconds <= settings.HISTORY_LEVELS[-1].kept_s],
        "span": span_of(request),
        "chartjs_integrity": CHARTJS_INTEGRITY,
    }


def span_of(request: HttpRequest) -> Span:
    """The choice that the address names, or the one that a page begins with."""
    return next((span for span in SPANS if span.slug == request.GET.get("range")), DEFAULT_SPAN)


def chart_data(request: HttpRequest, subject: str, pk: int) -> dict[str, Any]:
    """What the scripts of the charts are told: how much time they begin with, and where their past is.

    `subject` is "stream" or "server". `actions` is null for whoever may not see them.
    """
    sees_actions = request.user.has_perm("streams_admin.view_action")
    return {
        "range_s": span_of(request).seconds,
        "kept_s": settings.HISTORY_LEVELS[-1].kept_s,
        "history": reverse(f"{subject}_history", args=[pk]),
        "marks": reverse(f"{subject}_marks", args=[pk]),
        "actions": reverse(f"{subject}_actions", args=[pk]) if sees_actions else None,
    }


def server_data(server: Server) -> dict[str, Any]:
    """A server as scripts know it before its first sample."""
    return {
        "id": server.pk,
        "name": server.name,
        "url": server.get_absolute_url(),
        "interval_s": server.interval_s,
        "state": server.state,
        "detail": server.state_detail,
        "since": server.state_since.timestamp() if server.state_since else None,
    }
