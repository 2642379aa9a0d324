"""The reader's time zone, from two cookies that the page's scripts set: what was chosen, and what the browser itself has."""

import zoneinfo
from functools import cache

from django.http import HttpRequest

CHOSEN, BROWSERS = "zone", "browser_zone"


def chosen_zone(request: HttpRequest) -> str:
    """The IANA name of the zone that the reader chose; "" where it is the browser's own, or unknown to this machine."""
    name = request.COOKIES.get(CHOSEN, "")
    return name if name in _names() else ""


def zone_of(request: HttpRequest) -> str:
    """The zone to tell times in: the chosen one, else the browser's; "" where neither is known."""
    name = request.COOKIES.get(BROWSERS, "")
    return chosen_zone(request) or (name if name in _names() else "")


@cache
def _names() -> frozenset[str]:
    # What a cookie says names a file below the zones' folder: only names on the list are looked up.
    return frozenset(zoneinfo.available_timezones())
