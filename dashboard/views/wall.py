"""The wallboard, for a screen that nobody touches: for who is signed in, and for who has a link to it."""

import time
from typing import Any

import msgspec
from django.contrib.auth.decorators import login_not_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.live.first_window import first_window
from dashboard.models import Server, WallLink
from dashboard.models.wall_link import link_number

EVERY_S = 15  # seconds that a slide stays, unless the address says otherwise: ?every=30
_LEAST_S, _MOST_S = 5, 600
_OURS = ("every", "theme")
_THEMES = ("dark", "light", "auto")


@require_safe
@never_cache
@permission_required("dashboard.view_stream", raise_exception=True)
def wall(request: HttpRequest) -> HttpResponse:
    """The wallboard of the view that the address asks for."""
    asked = request.GET.copy()
    for name in _OURS:
        asked.pop(name, None)
    return _board(request, view=asked.urlencode(), alerts=request.user.has_perm("dashboard.view_alert"))


@login_not_required
@require_safe
@never_cache
def linked_wall(request: HttpRequest, token: str) -> HttpResponse:
    """The wallboard of a link's view; 403 where the link has ended, was revoked or is none."""
    link = WallLink.objects.valid(timezone.now()).filter(pk__in=[link_number(token)]).first()
    if link is None:
        return render(request, "dashboard/wall_ended.html", status=403)
    return _board(request, view=link.view, alerts=True, title=link.name, token=token)


def _board(request: HttpRequest, *, view: str, alerts: bool, title: str = "", token: str = "") -> HttpResponse:
    listing, _catalogue = first_window(view, alerts=alerts)
    context: dict[str, Any] = {
        "title": title or _("Wallboard"),
        "token": token,
        "view": view,
        "every": _every(request.GET.get("every", "")),
        "theme": _theme(request.GET.get("theme", "")),
        "listing": msgspec.to_builtins(listing),
        "health": list(Server.objects.enabled().values_list("pk", flat=True)),
        "now": time.time(),
    }
    return render(request, "dashboard/wall.html", context)


def _every(text: str) -> int:
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else EVERY_S
    return min(_MOST_S, max(_LEAST_S, seconds))


def _theme(text: str) -> str:
    # Dark on a wall, unless told otherwise: it lights nobody's face.
    return text if text in _THEMES else _THEMES[0]
