"""Notices: alerts of the database as one message tells them."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings

from dashboard.core.notice import Change, Notice, NoticeAlert, NoticeKind
from dashboard.core.threshold_metrics import Metric
from dashboard.core.wording import quantity
from dashboard.models import Alert
from dashboard.services.muting import labels_now


def compose(
    changes: Iterable[tuple[Alert, Change]],
    *,
    key: str,
    receiver: str,
    now: datetime,
    most: int,
    route: str = "",
    group: Mapping[str, str] | None = None,
    kind: NoticeKind = NoticeKind.ALERTS,
) -> Notice:
    """One message: the first `most` of the alerts, and how many are left out."""
    listed = list(changes)
    return Notice(
        key=key,
        kind=kind,
        receiver=receiver,
        route=route,
        group=dict(group or {}),
        alerts=tuple(_of_alert(alert, change) for alert, change in listed[:most]),
        left_out=max(len(listed) - most, 0),
        made_at=now,
        url=_link("/alerts/"),
    )


def _of_alert(alert: Alert, change: Change) -> NoticeAlert:
    return NoticeAlert(
        id=alert.pk,
        change=change,
        severity=alert.severity,
        title=alert.title,
        labels=labels_now(alert),
        value=_quantity(alert, alert.last_value),
        limit=_quantity(alert, alert.limit),
        opened_at=alert.opened_at,
        resolved_at=alert.resolved_at,
        resolution=alert.resolution,
        runbook=alert.runbook,
        note=alert.note,
        url=_link(f"/alerts/{alert.pk}/"),
    )


def _quantity(alert: Alert, value: float | None) -> str:
    return "" if value is None else quantity(Metric(alert.metric), value)


def _link(path: str) -> str:
    return settings.SITE_URL + path if settings.SITE_URL else ""
