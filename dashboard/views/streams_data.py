"""How pages are answered in JSON, and what failed in words."""

import msgspec
from django.http import HttpResponse

from dashboard.told import told


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
    return answer(
        {"problem": Problem(title=told(title), detail=told(detail), since=since, remedy=told(remedy))}, status=status
    )
