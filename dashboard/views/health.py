"""Health, for load balancers and watchdogs: public, so it names no host, server or person."""

from datetime import timedelta

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.models import Server

#: A sampler that has not said that it holds a server for so long does not; it says so every five seconds.
SAMPLER_DEAD_AFTER = timedelta(seconds=15)
_MOST_NAMED = 10


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """ "ok": this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """What this process needs, each "ok" or the reason why not; 503 where one is not."""
    found = {"database": _database(), "redis": _own_redis()}
    # Without the other two nothing can be known of it.
    found["sampler"] = _sampler() if set(found.values()) == {"ok"} else "unknown"
    ready = set(found.values()) == {"ok"}
    return JsonResponse({"ready": ready, **found}, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "the database does not answer"
    return "ok"


def _own_redis() -> str:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=None) as client:
            client.ping()
    except (redis.RedisError, OSError):
        return "our Redis does not answer"
    return "ok"


def _sampler() -> str:
    """ "ok" while every enabled server was said to be held a short time ago, by whichever sampler."""
    held = dict(Server.objects.enabled().values_list("pk", "held_at"))
    limit = timezone.now() - SAMPLER_DEAD_AFTER
    alone = sorted(pk for pk, at in held.items() if at is None or at < limit)
    if not alone:
        return "ok"
    if len(alone) < len(held):
        return (
            f"no sampler has {len(alone)} of {len(held)} servers (numbers {', '.join(map(str, alone[:_MOST_NAMED]))})"
        )
    last = max((at for at in held.values() if at), default=None)
    if last is None:
        return "no sampler runs: it never started, or was stopped"
    return f"a sampler was last heard of {(timezone.now() - last).total_seconds():.0f} s ago"
