"""Alerts that no threshold opens: something of our own stopped, and an operator must know.

They are routed, silenced and acknowledged like all others. Whoever raised one resolves it.
"""

from datetime import datetime

from django.db import transaction

from dashboard.core.labels import labels_of
from dashboard.core.subjects import Subject
from dashboard.core.thresholds import Change
from dashboard.models import Alert, AlertEvent, Stream, Threshold
from dashboard.services.episodes import digest_of
from dashboard.services.settling import AlertChange


def raise_alert(
    *,
    raised_by: str,
    stream: Stream,
    group: bytes,
    metric: Threshold.Metric,
    title: str,
    value: float,
    limit: float,
    now: datetime,
) -> AlertChange:
    """Opens a critical alert on a stream or a group of it, with its event, which routes it."""
    server, severity = stream.server, Threshold.Severity.CRITICAL
    labels = labels_of(
        own={"policy": raised_by},
        threshold="",
        severity=severity,
        metric=metric,
        server=server.name,
        environment=server.environment,
        stream=bytes(stream.key),
        group=group,
        owner=stream.owner,
        tags=stream.tag_list,
    )
    with transaction.atomic():
        alert = Alert.objects.create(
            raised_by=raised_by,
            server=server,
            stream=stream,
            group=group,
            subject_digest=digest_of(server.pk, stream.pk, Subject(bytes(stream.key), group)),
            title=title[:500],
            severity=severity,
            worst_severity=severity,
            labels=labels,
            runbook=stream.runbook,
            metric=metric,
            limit=limit,
            opened_value=value,
            last_value=value,
            worst_value=value,
            opened_at=now,
        )
        AlertEvent.objects.create(
            alert=alert, kind=Change.OPENED.value, at=now, severity=severity, value=value, text=alert.title
        )
    return AlertChange(alert, Change.OPENED, now)


def lower_alerts(*, raised_by: str, reason: str, now: datetime) -> list[AlertChange]:
    """Resolves what was raised by that; what was changed."""
    with transaction.atomic():
        # Two administrators may start it again at once: what is locked is resolved by one of them.
        mine = Alert.objects.open().filter(raised_by=raised_by).select_for_update(of=("self",)).order_by("pk")
        changes = []
        for alert in mine:
            alert.state, alert.resolved_at, alert.resolution = Alert.State.RESOLVED, now, reason[:200]
            alert.save(update_fields=["state", "resolved_at", "resolution"])
            AlertEvent.objects.create(
                alert=alert, kind=Change.RESOLVED.value, at=now, severity=alert.severity, text=reason[:500]
            )
            changes.append(AlertChange(alert, Change.RESOLVED, now))
    return changes
