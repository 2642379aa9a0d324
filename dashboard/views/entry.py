"""One entry in full, at an address of its own; and each of its values as it is stored."""

import time

import redis
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dashboard.core.entry_id import EntryId
from dashboard.core.payload.opened import OpenedField
from dashboard.core.payload.view import in_full
from dashboard.models import Stream
from dashboard.redis_io import entries as redis_entries
from dashboard.redis_io.entries import Entry
from dashboard.views import trouble
from dashboard.views.entries import can_view
from dashboard.views.looks import masks_for, may_see_payloads, read_from, say_view
from dashboard.views.streams_data import answer, problem

#: Of a value as it is stored that a page gets, in hexadecimal digits; all of it is a download.
MOST_RAW = 2**16


@require_safe
@can_view
def entry_page(request: HttpRequest, pk: int, entry_id: str) -> HttpResponse:
    """The page of one entry, whether or not the entry is there: that is asked when it opens."""
    stream, wanted = _named(pk, entry_id)
    context = {
        "stream": stream,
        "entry_id": str(wanted),
        "page": {
            "id": str(wanted),
            "now": time.time(),
            "data": reverse("stream_entry_data", args=[stream.pk, wanted]),
            "value": reverse("stream_entry_value", args=[stream.pk, wanted, 0]),
        },
    }
    return render(request, "dashboard/entry.html", context)


@require_safe
@can_view
def entry_data(request: HttpRequest, pk: int, entry_id: str) -> HttpResponse:
    """The entry as JSON, as much of it as its page shows."""
    stream, wanted = _named(pk, entry_id)
    entry = _read(stream, wanted)
    if isinstance(entry, HttpResponse):
        return entry
    if not may_see_payloads(request.user):
        return answer({"id": str(wanted), "payload": None})
    return answer({"id": str(wanted), "payload": say_view(_opened(request, stream, entry), in_full())})


@require_safe
@can_view
@permission_required("dashboard.view_payload", raise_exception=True)
def entry_value(request: HttpRequest, pk: int, entry_id: str, number: int) -> HttpResponse:
    """A field's value as it is stored: `?as=hex` its first part as JSON, else all of it as a file.

    A problem in words where any part of it is masked.
    """
    stream, wanted = _named(pk, entry_id)
    entry = _read(stream, wanted)
    if isinstance(entry, HttpResponse):
        return entry
    fields = _opened(request, stream, entry)
    if number >= len(fields):
        return problem(_("This entry has no such field."), status=404)
    raw = fields[number].raw
    if raw is None:
        return problem(
            _("This value is masked."),
            status=403,
            remedy=_("Seeing it needs the permission “Can see masked fields in payloads”."),
        )
    if request.GET.get("as") == "hex":
        return answer({"hex": raw[:MOST_RAW].hex(), "bytes": len(raw)})
    return _file(raw, f"{wanted}-field-{number + 1}.bin")


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _named(pk: int, entry_id: str) -> tuple[Stream, EntryId]:
    stream = get_object_or_404(Stream.objects.select_related("server"), pk=pk)
    try:
        return stream, EntryId.parse(entry_id)
    except ValueError:
        raise Http404(_("This address names no entry id, as in 1763925000000-0.")) from None


def _read(stream: Stream, wanted: EntryId) -> Entry | HttpResponse:
    def read(client: redis.Redis, key: bytes) -> tuple[Entry | None, bool]:
        entry = redis_entries.read_one(client, key, wanted)
        return entry, entry is not None or redis_entries.exists(client, key)

    found = read_from(stream, read)
    if isinstance(found, HttpResponse):
        return found
    entry, there = found
    if not there:
        return trouble.gone(stream.server)
    return entry or problem(
        _("The stream has no such entry."),
        detail=_("It was trimmed or deleted, or its id is another one."),
        remedy=_("Look at the entries around it."),
    )


def _opened(request: HttpRequest, stream: Stream, entry: Entry) -> list[OpenedField]:
    masks = masks_for(request.user, stream)
    return [OpenedField(name, value, masks) for name, value in entry.fields]
