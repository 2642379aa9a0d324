"""Health, for load balancers and watchdogs: public, so it names no host, server or person."""

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.services.lateness import OTHERS, Lateness, lateness


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
    # Without the other two nothing can be known of them.
    known = set(found.values()) == {"ok"}
    late = lateness(timezone.now()) if known else Lateness(*["unknown"] * 5)
    found |= {"sampler": late.sampler, "judging": late.judging, "routing": late.routing, "notifier": late.notifier}
    ready = set(found.values()) == {"ok"}
    # A heartbeat that is late is told where it should have arrived: no process of ours is unfit for that.
    found["heartbeats"] = late.heartbeats
    found |= {name: look(timezone.now()) if known else "unknown" for name, look in OTHERS.items()}
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
