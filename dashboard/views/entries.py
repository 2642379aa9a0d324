"""The entries of a stream: pages of them, and one in full. Payloads leave masked, and only to those who may see them."""

import time
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import redis
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dashboard.core.entry_bounds import parse_bound
from dashboard.core.entry_id import ZERO, EntryId
from dashboard.core.payload.decoding import MOST_BYTES, MOST_IN_LIST
from dashboard.core.payload.filters import Condition, matches, parse_filter
from dashboard.core.payload.masks import Masks
from dashboard.core.payload.opened import OpenedField
from dashboard.core.payload.view import glance
from dashboard.core.refusal import Refusal
from dashboard.models import Stream
from dashboard.redis_io import entries as redis_entries
from dashboard.redis_io.entries import LAST, Entry, Span
from dashboard.redis_io.entry_pages import Page, read_page
from dashboard.views import trouble
from dashboard.views.looks import masks_for, may_see_payloads, read_from, say_view
from dashboard.views.streams_data import answer, problem

COUNT = 20
#: What the form of the page asks; everything else in an address is a cursor.
FORM = ("from", "to", "order", "filter")

can_view = permission_required("dashboard.view_stream", raise_exception=True)


class Asked(msgspec.Struct):
    """What an address asks for; `errors` by the form's field, in words."""

    span: Span
    conditions: tuple[Condition, ...]
    errors: dict[str, str]


@require_safe
@can_view
def entries_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a stream's entries, its form filled in as the address says."""
    stream = get_object_or_404(Stream.objects.select_related("server"), pk=pk)
    data = {"now": time.time(), "entries": entries_addresses(stream)}
    asked = {name: request.GET.get(name, "") for name in FORM}
    return render(request, "dashboard/entries.html", {"stream": stream, "asked": asked, "page": data})


def entries_addresses(stream: Stream) -> dict[str, str]:
    """What the scripts of a page that shows entries ask, and where they lead. ID is put in by them."""
    return {
        "data": reverse("stream_entries_data", args=[stream.pk]),
        "entry": reverse("stream_entry", args=[stream.pk, "ID"]),
        "tail": reverse("stream_entries_tail", args=[stream.pk]),
    }


@require_safe
@can_view
def entries_data(request: HttpRequest, pk: int) -> HttpResponse:
    """A page of entries as JSON, or what is wrong with each field of the form."""
    stream = get_object_or_404(Stream.objects.select_related("server"), pk=pk)
    masks = masks_for(request.user, stream)
    shown = may_see_payloads(request.user)
    asked = asked_for(request, masks, payloads=shown)
    if asked.errors:
        return answer({"errors": asked.errors})
    try:
        span, back = _span(request, asked.span)
    except ValueError:
        return problem(_("This address names no entry id to go on from."), status=400)

    def show(entry: Entry) -> dict[str, Any] | None:
        return shown_entry(entry, asked.conditions, masks) if shown else {"id": str(entry.id), "payload": None}

    def read(client: redis.Redis, key: bytes) -> Page[dict[str, Any]] | None:
        page = read_page(client, key, span, count=COUNT, show=show, clock=time.monotonic, scan=bool(asked.conditions))
        return page if page.looked or redis_entries.exists(client, key) else None

    page = read_from(stream, read)
    if isinstance(page, HttpResponse):
        return page
    return trouble.gone(stream.server) if page is None else answer(_body(page, asked, back=back, request=request))


def asked_for(request: HttpRequest, masks: Masks | None, *, payloads: bool) -> Asked:
    """What the form's fields in the address ask for."""
    errors: dict[str, str] = {}
    bounds = {"from": ZERO, "to": LAST}
    for name in bounds:
        if text := request.GET.get(name, "").strip():
            try:
                bounds[name] = parse_bound(text, now=timezone.now(), zone=_zone(request), end=name == "to")
            except Refusal as refusal:
                errors[name] = _said(refusal)
    if not errors and bounds["from"] > bounds["to"]:
        errors["to"] = _("This is before the beginning.")
    conditions: tuple[Condition, ...] = ()
    if text := request.GET.get("filter", "").strip():
        try:
            conditions = parse_filter(text, masks)
        except Refusal as refusal:
            errors["filter"] = _said(refusal)
        if not payloads:
            errors["filter"] = _("Filtering needs the permission “Can see payloads of entries”.")
    span = Span(bounds["from"], bounds["to"], rising=request.GET.get("order") == "oldest")
    return Asked(span, conditions, errors)


def _zone(request: HttpRequest) -> tzinfo:
    """The reader's own zone, as the browser tells it."""
    try:
        return ZoneInfo(request.GET.get("zone", "")[:64])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _said(refusal: Refusal) -> str:
    return _(refusal.sentence).format(**refusal.values)


def _span(request: HttpRequest, span: Span) -> tuple[Span, bool]:
    """The part of the span that this page begins with; True where it is told backwards, to go to the page before."""
    if "before" in request.GET:
        return span.before(EntryId.parse(request.GET["before"])), True
    if "after" in request.GET:
        return span.beyond(EntryId.parse(request.GET["after"])), False
    return span, False


def shown_entry(entry: Entry, conditions: tuple[Condition, ...], masks: Masks | None) -> dict[str, Any] | None:
    """The entry as a list shows it, masked; None where it does not fit."""
    most = MOST_BYTES if conditions else MOST_IN_LIST
    fields = [OpenedField(name, value, masks, most=most) for name, value in entry.fields]
    if not matches(fields, conditions):
        return None
    return {"id": str(entry.id), "payload": say_view(fields, glance())}


def _body(page: Page[dict[str, Any]], asked: Asked, *, back: bool, request: HttpRequest) -> dict[str, Any]:
    found, first, last = page.found, page.first, page.last
    further, earlier = page.more, "after" in request.GET
    if back:
        found, first, last = found[::-1], last, first
        further, earlier = True, page.more
    filtered = bool(asked.conditions)
    return {
        "entries": found,
        # Of filtered entries one goes on where the look ended, whether or not the last one looked at fits.
        "next": _cursor(page.stopped_at if filtered else last) if further else None,
        "previous": _cursor(first) if earlier and not filtered else None,
        "looked": page.looked if filtered else None,
        "stopped_at": _cursor(page.stopped_at) if filtered else None,
        "order": "oldest" if asked.span.rising else "newest",
        "bounded": (asked.span.first, asked.span.last) != (ZERO, LAST),
        "begins": not ("after" in request.GET or "before" in request.GET),
        "asked_at": datetime.now(UTC).timestamp(),
    }


def _cursor(entry_id: EntryId | None) -> str | None:
    return None if entry_id is None else str(entry_id)
