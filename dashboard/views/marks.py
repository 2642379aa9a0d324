"""What happened to a stream or a server, as JSON: marks and alerts, which pages draw on their charts and list below them."""

import time

from django.contrib.auth.decorators import permission_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from dashboard.live.marks import mark_made
from dashboard.models import Alert, Mark, Server, Stream
from dashboard.models.alert import AlertQuerySet
from dashboard.models.mark import MarkQuerySet
from dashboard.views.alert_spans import spans_between
from dashboard.views.streams_data import answer, problem

#: The newest of them; the answer says how many there are.
MOST = 200


@require_safe
@permission_required("dashboard.view_stream", raise_exception=True)
def stream_marks(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest marks and alerts of a stream and of its server as a whole, `?since=…&until=…` by our clock, oldest first."""
    stream = get_object_or_404(Stream, pk=pk)
    own_or_servers = Q(stream=stream) | Q(stream=None), Q(server_id=stream.server_id)
    return _answer(request, Mark.objects.filter(*own_or_servers), Alert.objects.filter(*own_or_servers))


@require_safe
@permission_required("dashboard.view_server", raise_exception=True)
def server_marks(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest marks and alerts of a server and all its streams, `?since=…&until=…` by our clock, oldest first."""
    server = get_object_or_404(Server, pk=pk)
    return _answer(request, Mark.objects.filter(server=server), Alert.objects.filter(server=server))


def _answer(request: HttpRequest, marks: MarkQuerySet, alerts: AlertQuerySet) -> HttpResponse:
    now = time.time()
    try:
        since, until = (float(request.GET.get(name, default)) for name, default in (("since", ""), ("until", now)))
    except ValueError:
        since = until = float("nan")
    if not 0 <= since <= until < 1e11:  # the year 5138
        return problem("“since” and “until” must be seconds since the epoch, as in ?since=1763925000.", status=400)
    its = marks.between(since, until)
    newest = list(its.select_related("stream").reverse()[: MOST + 1])
    rows = [mark_made(mark) for mark in reversed(newest[:MOST])]
    spans, alert_count = spans_between(request, alerts.without_watchdogs(), since, until)
    of = {"marks": its.count() if len(newest) > MOST else len(newest), "alerts": alert_count}
    return answer({"now": now, "marks": rows, "of": of, "alerts": spans})
