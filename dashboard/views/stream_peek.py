"""Looks into a watched server, as JSON: consumers and pending entries of a group."""

from collections.abc import Callable
from typing import Any

import redis
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST, require_safe

from dashboard.core import names
from dashboard.core.entry_id import EntryId
from dashboard.models import Stream
from dashboard.redis_io import measuring, peek
from dashboard.redis_io.connect import connect_for
from dashboard.redis_io.surveying import survey_pending
from dashboard.views import trouble
from dashboard.views.group_survey import survey_json
from dashboard.views.streams_data import answer, problem

PENDING_PAGE = 50
MOST_CONSUMERS = 1000

Look = Callable[[redis.Redis, bytes, bytes], dict[str, Any] | None]

_can_view = permission_required("dashboard.view_stream", raise_exception=True)


@require_safe
@_can_view
def consumers(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """The consumers of a group, those with the most pending first, at most a thousand."""
    return _look(pk, slug, _consumers)


@require_safe
@_can_view
def pending(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """A page of a group's pending entries, oldest first, after the entry id `after`."""
    try:
        after = EntryId.parse(request.GET["after"]) if "after" in request.GET else None
    except ValueError:
        return problem("“after” must be an entry id, as in ?after=1763925000000-0.", status=400)
    return _look(pk, slug, lambda client, key, group: _pending(client, key, group, after))


@require_safe
@_can_view
def survey(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """How long a group's oldest pending entries have waited, how often they were delivered, which are ghosts or poison."""
    return _look(pk, slug, lambda client, key, group: survey_json(survey_pending(client, key, group)))


@require_POST
@_can_view
def measure(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """The group's lag, counted now, and what that took of the server. A POST, because it costs the server something."""
    return _look(pk, slug, _measure)


def _look(pk: int, slug: str, read: Look) -> HttpResponse:
    """What `read` makes of the stream's key and the group's name; None from it: there is no such key."""
    stream = get_object_or_404(Stream.objects.select_related("server"), pk=pk)
    try:
        group = names.from_slug(slug)
    except ValueError:
        return problem("This address names no group.", status=404)
    try:
        key = bytes(stream.key)
        with connect_for(stream.server.target, key) as client:
            body = read(client, key, group)
    except (redis.RedisError, OSError) as error:
        return trouble.respond(error, stream)
    return trouble.gone(stream.server) if body is None else answer(body)


def _measure(client: redis.Redis, key: bytes, group: bytes) -> dict[str, Any]:
    found = measuring.measure(client, key, group)
    return {
        "lag": found.lag.value,
        "lag_quality": found.lag.quality,
        "lag_reason": found.lag.reason,
        "commands": found.commands,
        "bytes": found.bytes,
        "server_ms": found.server_ms,
    }


def _consumers(client: redis.Redis, key: bytes, group: bytes) -> dict[str, Any]:
    found = peek.consumers(client, key, group, cap=MOST_CONSUMERS)
    return {"consumers": [_consumer(sample) for sample in found], "capped": len(found) == MOST_CONSUMERS}


def _consumer(sample: peek.ConsumerSample) -> dict[str, Any]:
    inactive_s = None if sample.inactive_ms is None else sample.inactive_ms / 1000
    return {
        "name": names.display(sample.name),
        "slug": names.to_slug(sample.name),
        "pending": sample.pending,
        "idle_s": sample.idle_ms / 1000,
        "inactive_s": inactive_s,
    }


def _pending(client: redis.Redis, key: bytes, group: bytes, after: EntryId | None) -> dict[str, Any]:
    page = peek.pending_page(client, key, group, after=after, count=PENDING_PAGE)
    return {
        "entries": [
            {
                "id": str(entry.id),
                "consumer": names.display(entry.consumer),
                "deliveries": entry.deliveries,
                "idle_s": entry.idle_ms / 1000,
            }
            for entry in page.entries
        ],
        "next": _cursor(page.after),
        "first": after is None,
    }


def _cursor(entry_id: EntryId | None) -> str | None:
    return None if entry_id is None else str(entry_id)
