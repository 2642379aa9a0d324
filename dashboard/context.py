"""What every page's template may use."""

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, object]:
    """Chart.js' address where a CDN serves it; empty where our vendored copy does."""
    return {"chartjs_url": settings.CHARTJS_URL}
