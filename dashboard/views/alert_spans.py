"""Alerts as charts show them: spans of time, with what they were about and where they can be read."""

from datetime import UTC, datetime

import msgspec
from django.db.models import Q
from django.http import HttpRequest

from dashboard.core import names
from dashboard.models import Alert
from dashboard.models.alert import AlertQuerySet

MOST = 200


class AlertSpan(msgspec.Struct, kw_only=True):
    """One alert from when it opened until it resolved (null: it is open). Names are for the eye, "" where there is none."""

    alert: int
    stream: int | None
    key: str
    group: str
    slug: str
    metric: str
    severity: str
    title: str
    resolution: str
    opened_at: float
    resolved_at: float | None
    url: str


def spans_between(
    request: HttpRequest, alerts: AlertQuerySet, since: float, until: float
) -> tuple[list[AlertSpan] | None, int]:
    """The newest alerts that were open at some time between, oldest first, and how many there are; None and 0 for whoever may not see alerts."""
    if not request.user.has_perm("dashboard.view_alert"):
        return None, 0
    began, ended = (datetime.fromtimestamp(moment, tz=UTC) for moment in (since, until))
    its = alerts.filter(Q(resolved_at=None) | Q(resolved_at__gte=began), opened_at__lte=ended)
    newest = list(its.select_related("stream").order_by("-opened_at", "-pk")[: MOST + 1])
    count = its.count() if len(newest) > MOST else len(newest)
    return [span_of(alert) for alert in reversed(newest[:MOST])], count


def span_of(alert: Alert) -> AlertSpan:
    """One alert as charts show it."""
    group = bytes(alert.group)
    return AlertSpan(
        alert=alert.pk,
        stream=alert.stream_id,
        key=str(alert.stream)[:200] if alert.stream else "",
        group=names.display(group),
        slug=names.to_slug(group),
        metric=alert.metric,
        severity=alert.severity,
        title=alert.title,
        resolution=alert.resolution,
        opened_at=alert.opened_at.timestamp(),
        resolved_at=alert.resolved_at.timestamp() if alert.resolved_at else None,
        url=alert.get_absolute_url(),
    )
