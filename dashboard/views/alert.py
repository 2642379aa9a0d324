"""The page of one alert: what it says, its chart, what happened to it, who was told of it, and what can be done."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.context import open_counts
from dashboard.core import names
from dashboard.models import Alert, AlertEvent, Notification
from dashboard.models.alert import AlertQuerySet
from dashboard.services.muting import labels_now, mutes_at
from dashboard.views.alert_acts import ENDS
from dashboard.views.alert_charts import charts_of, page_data
from dashboard.views.alert_rows import AlertRow, row_of, with_subject
from dashboard.views.charts import chart_context

PREVIOUS = 20
NOTIFICATIONS = 50
EVENTS = 200


@require_safe
@permission_required("dashboard.view_stream", raise_exception=True)
def alert_page(request: HttpRequest, alert_id: int) -> HttpResponse:
    """The page from the database alone; its chart comes over the websocket and from history."""
    now = timezone.now()
    alert = get_object_or_404(with_subject(Alert.objects.all()).select_related("threshold"), pk=alert_id)
    row = row_of(alert, mutes_at(now) if alert.resolved_at is None else None, now)
    context = {
        "row": row,
        "alert": alert,
        "subject": _subject(alert),
        "labels": sorted(labels_now(alert).items()) if alert.labels else [],
        "events": _events(alert),
        "previous": _previous(alert),
        "notifications": _notifications(request, alert),
        "ends": ENDS.items(),
        "now": now,
        "charts": charts_of(alert),
        "page": page_data(request, alert, now),
        **chart_context(request),
    }
    return render(request, "dashboard/alert.html", context)


@require_safe
@permission_required("dashboard.view_alert", raise_exception=True)
def alert_ring(request: HttpRequest, alert_id: int) -> JsonResponse:
    """Whether a browser should ring for it: {rings, title}. Not where it is over, or muted, or somebody has it."""
    now = timezone.now()
    alert = get_object_or_404(Alert, pk=alert_id)
    row = row_of(alert, mutes_at(now), now)
    return JsonResponse({"rings": rings(row), "title": alert.title, "severity": alert.severity})


@require_safe
@permission_required("dashboard.view_alert", raise_exception=True)
def alert_counts(request: HttpRequest) -> JsonResponse:
    """How many alerts are open, by severity, for the badges in the header."""
    return JsonResponse(open_counts())


def rings(row: AlertRow) -> bool:
    """Whether the alert is one that somebody has to hear of."""
    is_critical = row.alert.severity == "critical" and not row.is_watchdog
    return is_critical and row.is_open and not row.is_acknowledged and row.mute is None


def _subject(alert: Alert) -> dict[str, Any]:
    return {"group": names.display(bytes(alert.group)), "consumer": names.display(bytes(alert.consumer))}


def _events(alert: Alert) -> list[AlertEvent]:
    newest = alert.events.select_related("by").order_by("-at", "-pk")[:EVENTS]
    return list(newest)


def _previous(alert: Alert) -> AlertQuerySet:
    if alert.threshold_id is None:
        return Alert.objects.none()
    same = Alert.objects.filter(threshold=alert.threshold_id, subject_digest=alert.subject_digest)
    return same.exclude(pk=alert.pk).order_by("-opened_at", "-pk")[:PREVIOUS]


def _notifications(request: HttpRequest, alert: Alert) -> "list[Notification] | None":
    """Those that told of it, the last first; None for whoever may not see them."""
    if not request.user.has_perm("dashboard.view_notification"):
        return None
    told = alert.notifications.select_related("receiver").defer("body", "receiver__address", "receiver__secret")
    return list(told.order_by("-pk")[:NOTIFICATIONS])
