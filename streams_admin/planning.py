"""What the pages that plan have in common: a look at the server or the reason why not, and from a form to a plan."""

from collections.abc import Callable

import redis
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from dashboard.models import Stream
from dashboard.redis_io.connect import explain
from streams_admin.access.bound import may
from streams_admin.facts import Facts
from streams_admin.models import PERMISSIONS, Action, Kind
from streams_admin.plans import save_plan
from streams_admin.redis_io.scripts import Aborted, Failed, Unanswered, action_client
from streams_admin.wording import ABORTED


def require(request: HttpRequest, kind: Kind, stream: Stream) -> None:
    """Raises PermissionDenied unless the person may do this kind of action to the stream."""
    if not may(request.user, PERMISSIONS[kind], stream):
        raise PermissionDenied(f"This needs the permission {PERMISSIONS[kind]} on this stream.")


def planned(request: HttpRequest, stream: Stream, facts: Facts, *, undoes: Action | None = None) -> HttpResponse:
    """Keeps the facts as a plan and goes on to its page. Raises PermissionDenied."""
    require(request, facts.kind, stream)
    return redirect(save_plan(stream, request.user, facts, now=timezone.now(), undoes=undoes))


def looking(request: HttpRequest, pk: int, answer: Callable[..., HttpResponse]) -> HttpResponse:
    """`answer(request, stream, client)`, with a client of the stream's server; or a page that says why there is none."""
    stream = get_object_or_404(Stream.objects.select_related("server"), pk=pk)
    try:
        with action_client(stream.server.acting_target, bytes(stream.key)) as client:
            return answer(request, stream, client)
    except Aborted as aborted:
        reason = ABORTED[aborted.why]
    except (Failed, Unanswered) as error:
        reason = str(error)
    except redis.RedisError as error:
        reason = explain(error).detail
    return render(request, "streams_admin/unreachable.html", {"stream": stream, "reason": reason}, status=503)
