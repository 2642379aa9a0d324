"""The page of one stream. Its numbers come over the websocket, its past from `views.history`."""

import time
from typing import Any

import msgspec
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard.models import Stream
from dashboard.services.limits import limits_on
from dashboard.told import told
from dashboard.views.charts import chart_context, chart_data, server_data
from dashboard.views.entries import entries_addresses


@require_safe
@permission_required("dashboard.view_stream", raise_exception=True)
def stream_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page from the registry alone; 404 where the registry knows no such stream."""
    stream = get_object_or_404(Stream.objects.select_related("server"), pk=pk)
    context = {"stream": stream, "page": _page_data(request, stream), **chart_context(request)}
    return render(request, "dashboard/stream.html", context)


def _page_data(request: HttpRequest, stream: Stream) -> dict[str, Any]:
    """What the page's scripts are told at once."""
    return {
        "stream": stream.pk,
        "title": f"{stream} · {stream.server.name}",
        "server": server_data(stream.server),
        "now": time.time(),
        **chart_data(request, "stream", stream.pk),
        "limits": [{**msgspec.to_builtins(limit), "words": told(limit.words)} for limit in limits_on(stream)],
        "entries": entries_addresses(stream),
        # The browser puts the group's slug in: groups come and go while the page is open.
        "consumers": reverse("stream_consumers", args=[stream.pk, "SLUG"]),
        "pending": reverse("stream_pending", args=[stream.pk, "SLUG"]),
        "survey": reverse("stream_survey", args=[stream.pk, "SLUG"]),
        "measure": reverse("stream_measure", args=[stream.pk, "SLUG"]),
    }
