"""Health, for load balancers and watchdogs: public, so it names no host, server or person."""

import time

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.live.latest import sampler_age
from dashboard.models import Server

#: A sampler that has not said that it is alive for so long is taken for dead.
SAMPLER_DEAD_S = 15.0


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
    if not Server.objects.enabled().exists():
        return "ok"
    age = sampler_age(time.time())
    if age is None:
        return "the sampler never started"
    return "ok" if age <= SAMPLER_DEAD_S else f"the sampler was last heard of {age:.0f} s ago"
