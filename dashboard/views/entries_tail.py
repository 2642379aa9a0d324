"""Following a stream's newest entries, a short answer at a time."""

import time
from collections.abc import Callable

import redis
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dashboard.models import Stream
from dashboard.redis_io.tails import Cursor, News, Tails
from dashboard.views.entries import asked_for, can_view, shown_entry
from dashboard.views.looks import masks_for, may_see_payloads, read_from
from dashboard.views.streams_data import answer, problem

#: So many entries an answer: what somebody can see pass by.
MOST_SHOWN = 20

tails = Tails()


@require_safe
@can_view
def entries_tail(request: HttpRequest, pk: int) -> HttpResponse:
    """What was added since `?cursor=`, newest last, and the cursor to ask with next; without one, the end of the stream."""
    stream = get_object_or_404(Stream.objects.select_related("server"), pk=pk)
    masks, payloads = masks_for(request.user, stream), may_see_payloads(request.user)
    asked = asked_for(request, masks, payloads=payloads)
    if asked.errors:
        return answer({"errors": asked.errors})
    try:
        cursor = Cursor.parse(request.GET["cursor"]) if request.GET.get("cursor") else None
    except ValueError:
        return problem(_("This address names no place in a stream to go on from."), status=400)

    def look(read: Callable[[redis.Redis, bytes], None]) -> HttpResponse | None:
        return read_from(stream, read)

    news = tails.follow(stream.pk, cursor, look, time.monotonic())
    if not isinstance(news, News):
        assert isinstance(news, HttpResponse)  # noqa: S101  (what `look` returned)
        return news
    if not payloads:
        shown = [{"id": str(entry.id), "payload": None} for entry in news.entries]
    else:
        fitting = (shown_entry(entry, asked.conditions, masks) for entry in news.entries)
        shown = [entry for entry in fitting if entry is not None]
    return answer(
        {
            "entries": shown[-MOST_SHOWN:],
            "skipped": news.missed + max(0, len(shown) - MOST_SHOWN),
            "at_least": news.at_least,
            "cursor": str(news.cursor),
        }
    )
