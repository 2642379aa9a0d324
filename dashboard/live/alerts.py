"""What is told live of alerts: opened, resolved, or changed by the sampler or by people."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from asgiref.sync import async_to_sync

from dashboard.core.thresholds import Change
from dashboard.live.events import AlertChanged, AlertOpened, AlertResolved
from dashboard.live.publish import publish
from dashboard.models import Alert, AlertEvent
from dashboard.services.settling import AlertChange

logger = logging.getLogger(__name__)


def alert_changed(alert: Alert, change: AlertEvent.Kind, *, now: datetime, open_alerts: int) -> AlertChanged:
    """The event that says so."""
    return AlertChanged(
        alert=alert.pk,
        server=alert.server_id,
        stream=alert.stream_id,
        severity=alert.severity,
        title=alert.title,
        at=now.timestamp(),
        open_alerts=open_alerts,
        change=change.value,
    )


def event_of(change: AlertChange, open_alerts: int) -> AlertOpened | AlertResolved | AlertChanged:
    """The event of what a sampler found."""
    alert, what = change.alert, change.change
    if what not in (Change.OPENED, Change.RESOLVED):
        return alert_changed(alert, AlertEvent.Kind(what.value), now=change.at, open_alerts=open_alerts)
    kind = AlertOpened if what is Change.OPENED else AlertResolved
    return kind(
        alert=alert.pk,
        server=alert.server_id,
        stream=alert.stream_id,
        severity=alert.severity,
        title=alert.title,
        at=change.at.timestamp(),
        open_alerts=open_alerts,
    )


def tell_found(changes: Iterable[AlertChange]) -> None:
    """Publishes alerts that were opened or resolved outside judging. A Redis of ours that is gone is logged, not raised."""
    if found := list(changes):
        open_alerts = Alert.objects.open_count()
        _publish_now([event_of(change, open_alerts) for change in found])


def tell_changed(alerts: Iterable[Alert], change: AlertEvent.Kind, *, now: datetime) -> None:
    """Publishes that they changed. What was done stays done where our Redis is gone: that is logged, not raised."""
    changed = list(alerts)
    if not changed:
        return
    open_alerts = Alert.objects.open_count()
    _publish_now([alert_changed(alert, change, now=now, open_alerts=open_alerts) for alert in changed])


def _publish_now(events: Sequence[AlertOpened | AlertResolved | AlertChanged]) -> None:
    try:
        async_to_sync(_publish)(events)
    except Exception as error:
        # Any error: what was changed is changed, and must not seem to have failed.
        logger.warning("Changes of alerts were not published: %s", type(error).__name__)


async def _publish(events: Sequence[AlertOpened | AlertResolved | AlertChanged]) -> None:
    for event in events:
        await publish(event)
