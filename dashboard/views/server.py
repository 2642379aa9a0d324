"""The page of one server. Its numbers come over the websocket, its past and its marks are fetched."""

import time
from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.models import Mark, Server, Stream
from dashboard.views.charts import chart_context, chart_data, server_data

#: Restarts are counted over so long.
RESTARTS_OVER = timedelta(days=30)


@require_safe
@permission_required("dashboard.view_server", raise_exception=True)
def server_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page from the registry alone; 404 where the registry knows no such server."""
    server = get_object_or_404(Server.objects.defer("password"), pk=pk)
    restarts = Mark.objects.filter(server=server, stream=None, kind=Mark.Kind.RESTART)
    context = {
        "server": server,
        "streams": Stream.objects.filter(server=server, watched=True).count(),
        "restarts": restarts.filter(at__gte=(timezone.now() - RESTARTS_OVER).timestamp()).count(),
        "restarts_over": RESTARTS_OVER.days,
        "page": _page_data(request, server),
        **chart_context(request),
    }
    return render(request, "dashboard/server.html", context)


def _page_data(request: HttpRequest, server: Server) -> dict[str, Any]:
    """What the page's scripts are told at once."""
    return {
        "server": server_data(server),
        "now": time.time(),
        "stream_url": reverse("stream", args=[0]),  # the browser puts the stream in
        **chart_data(request, "server", server.pk),
    }
