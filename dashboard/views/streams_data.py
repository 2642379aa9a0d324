"""What the page of a stream fetches, as JSON: its past, and looks into its groups and entries."""

import time
from collections.abc import Iterable

import msgspec
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from dashboard.core import names
from dashboard.history.series import GroupSeries
from dashboard.live.past import read_past
from dashboard.models import Stream

_can_view = permission_required("dashboard.view_stream", raise_exception=True)


class Problem(msgspec.Struct, kw_only=True):
    """What failed, in words for a page. `since` is in seconds since the epoch."""

    title: str
    detail: str = ""
    since: float | None = None
    remedy: str = ""


def answer(body: object, *, status: int = 200) -> HttpResponse:
    """A JSON response that no cache keeps."""
    response = HttpResponse(msgspec.json.encode(body), content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    return response


def problem(
    title: str, *, status: int = 200, detail: str = "", since: float | None = None, remedy: str = ""
) -> HttpResponse:
    """A JSON response that says what failed and what to do.

    What is wrong with a watched server is an answer (200) like any other; only a bad request has another status.
    """
    return answer({"problem": Problem(title=title, detail=detail, since=since, remedy=remedy)}, status=status)


@require_safe
@_can_view
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Columns of stored samples since a moment of our clock; `now` is that clock."""
    stream = get_object_or_404(Stream, pk=pk)
    now = time.time()
    try:
        since = float(request.GET.get("since", ""))
    except ValueError:
        since = float("nan")
    if not 0 <= since < float("inf"):
        return problem("“since” must be seconds since the epoch, as in ?since=1763925000.", status=400)
    series = read_past(stream, since=since, until=now)
    own = {"length": series.length, "added_per_s": series.added_per_s}
    return answer({"now": now, "at": series.at, "stream": own, "groups": list(_group_columns(series.groups.items()))})


def _group_columns(groups: Iterable[tuple[bytes, GroupSeries]]) -> Iterable[dict[str, object]]:
    for name, columns in groups:
        yield {"slug": names.to_slug(name), "name": names.display(name), **msgspec.structs.asdict(columns)}
