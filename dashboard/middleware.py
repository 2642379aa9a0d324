"""Our own middleware."""

import zoneinfo
from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from dashboard.zones import zone_of

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class RefuseCrossSiteWrites:
    """A second layer behind the CSRF token: what a browser itself calls cross-site may change nothing.

    Programs and old browsers send no Sec-Fetch-Site; for them the token alone decides.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> None:
        """Raises PermissionDenied for a write that another site sent."""
        if request.method not in _SAFE and request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise PermissionDenied("This request came from another site.")


class InReadersZone:
    """Tells times in the zone that the reader chose, else in that of their browser, else in UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response, made while the zone is the reader's."""
        with timezone.override(zoneinfo.ZoneInfo(zone_of(request) or "UTC")):
            return self.get_response(request)
