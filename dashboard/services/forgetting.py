"""Forgetting: what alerting has written is deleted in small batches once it is older than `ALERTS_KEPT`."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from dashboard.models import Alert, AlertEvent, GroupMember, Notification, NotificationGroup

BATCH = 500


def forget_old(*, now: datetime) -> int:
    """Deletes at most 500 each of notifications, groups and alerts (with their events) that nobody needs any more; returns how many rows went."""
    limit = now - timedelta(days=settings.ALERTS_KEPT_DAYS)
    ended = (Notification.State.DELIVERED, Notification.State.DEAD)
    member = GroupMember.objects.filter(group=OuterRef("pk"))
    old: list[QuerySet[Any]] = [
        Notification.objects.filter(state__in=ended, made_at__lt=limit),
        NotificationGroup.objects.filter(~Exists(member), told_at__lt=limit, due_at=None),
        Alert.objects.filter(resolved_at__lt=limit).exclude(pk__in=AlertEvent.objects.unrouted().values("alert")),
    ]
    return sum(_delete(rows) for rows in old)


def _delete(rows: QuerySet[Any]) -> int:
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    # Other notifiers may delete the same: what is gone is gone.
    return int(rows.model._default_manager.filter(pk__in=ids).delete()[0]) if ids else 0
