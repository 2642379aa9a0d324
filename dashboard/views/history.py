"""What charts are filled from, as JSON: the past of a stream or of a server.

`lag`, `time_lag_s` and `added_per_s` have a column beside them that says how sure each of their points is, by the names
and words of live samples: `lag_quality`, `time_lag_estimated`, `added_at_least`. Of a step it is the least sure of its samples.
Null: there is no number, or it was stored before this was.
"""

import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from dashboard.core import names
from dashboard.history.metrics import GROUP_METRICS, SERVER_METRICS, STREAM_METRICS, Column, Metric, Track
from dashboard.history.provenance import to_words, with_provenance
from dashboard.history.series import Series
from dashboard.live.past import read_past, read_server_past
from dashboard.models import Server, Stream
from dashboard.views.streams_data import answer, problem

#: What the charts of a stream's page show; `?metrics=` asks for others.
_CHARTED = (
    *("length", "added_per_s", "memory_bytes", "lag", "time_lag_s", "pending", "oldest_pending_s"),
    *("delivered_per_s", "acked_per_s", "live_consumers", "dead_consumers"),
)
_OF_STREAMS = {metric.name for metric in (*STREAM_METRICS, *GROUP_METRICS) if not metric.words}
_OF_SERVERS = tuple(metric.name for metric in SERVER_METRICS)


@require_safe
@permission_required("dashboard.view_stream", raise_exception=True)
def stream_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Columns of a stream and its groups between two moments of our clock; `now` is that clock."""
    stream = get_object_or_404(Stream, pk=pk)
    return _answered(request, stream, read_past, _CHARTED, _OF_STREAMS, _stream_body)


@require_safe
@permission_required("dashboard.view_server", raise_exception=True)
def server_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Columns of a server's health, in the same shape."""
    server = get_object_or_404(Server, pk=pk)
    return _answered(request, server, read_server_past, _OF_SERVERS, set(_OF_SERVERS), _server_body)


def _answered(
    request: HttpRequest,
    subject: Any,
    read: Callable[..., Series],
    charted: Collection[str],
    known: Collection[str],
    body: Callable[[Series, Collection[str]], dict[str, object]],
) -> HttpResponse:
    now = time.time()
    times = _times(request, now)
    if times is None:
        return problem("“since” and “until” must be seconds since the epoch, as in ?since=1763925000.", status=400)
    wanted = [word for word in request.GET.get("metrics", "").split(",") if word] or charted
    if not set(wanted) <= set(known):
        return problem(f"“metrics” must be some of {', '.join(sorted(known))}.", status=400)
    wanted = list(with_provenance((*STREAM_METRICS, *GROUP_METRICS), wanted))
    series = read(subject, since=times[0], until=times[1], metrics=wanted, now=now)
    return answer({"now": now, "step_s": series.step_s, "at": series.at, **body(series, wanted)})


def _times(request: HttpRequest, now: float) -> tuple[float, float] | None:
    """`?since=…&until=…`; without the latter up to now, which is also as far as it reaches."""
    try:
        since, until = float(request.GET.get("since", "")), float(request.GET.get("until", now))
    except ValueError:
        return None
    return (since, min(until, now)) if 0 <= since <= until < 1e11 else None


def _stream_body(series: Series, wanted: Collection[str]) -> dict[str, object]:
    own = [metric for metric in STREAM_METRICS if metric.name in wanted]
    of_groups = [metric for metric in GROUP_METRICS if metric.name in wanted]
    groups = [
        {"slug": names.to_slug(name), "name": names.display(name), **_columns(series, tracks, of_groups)}
        for name, tracks in series.groups.items()
    ]
    return {"stream": _columns(series, series.own, own), "groups": groups}


def _server_body(series: Series, wanted: Collection[str]) -> dict[str, object]:
    own = [metric for metric in SERVER_METRICS if metric.name in wanted]
    return {"server": _columns(series, series.own, own)}


def _columns(series: Series, tracks: dict[str, Track], wanted: Iterable[Metric]) -> dict[str, object]:
    """A column of each metric: samples or means, or words; with steps also `least`, `most` and `last`."""
    unknown: Column = [None] * len(series.at)
    its = {metric: tracks.get(metric.name, Track(unknown, unknown, unknown, unknown)) for metric in wanted}
    columns: dict[str, object] = {
        metric.name: to_words(metric, track.most) if metric.words else track.mean for metric, track in its.items()
    }
    if series.step_s is not None:
        for part in ("least", "most", "last"):
            columns[part] = {metric.name: getattr(track, part) for metric, track in its.items() if not metric.words}
    return columns
