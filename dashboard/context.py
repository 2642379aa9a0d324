"""What every page's template may use."""

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from dashboard.models import Alert, Threshold
from dashboard.zones import chosen_zone, zone_of

_GRAVEST_FIRST = [Threshold.Severity.CRITICAL, Threshold.Severity.WARNING, Threshold.Severity.NOTICE]


def page(request: HttpRequest) -> dict[str, object]:
    """Where the reader is and in which zone, how many alerts are open, and Chart.js' address where a CDN serves it."""
    match = request.resolver_match
    return {
        "chartjs_url": settings.CHARTJS_URL,
        "zone": chosen_zone(request),
        "zone_name": zone_of(request) or "UTC",
        "here": (match.namespace or match.url_name) if match else "",
        # Lazy: a page without the bar, an error page above all, asks the database nothing.
        "open_alerts": SimpleLazyObject(open_alerts),
    }


def open_counts() -> dict[str, int]:
    """How many alerts are open by severity, gravest first; watchdogs are left out."""
    rows = Alert.objects.open().without_watchdogs().order_by().values_list("severity").annotate(n=Count("pk"))
    counts = dict(rows)
    return {severity.value: counts.get(severity, 0) for severity in _GRAVEST_FIRST}


def open_alerts() -> dict[str, object]:
    """How many alerts are open, by severity and in all, and the gravest severity among them."""
    counts = open_counts()
    return {
        "count": sum(counts.values()),
        "level": next((severity for severity, count in counts.items() if count), ""),
        "by_gravity": counts.items(),
    }
