"""Alerts: what is open, what is past, and acknowledging."""

import re
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from dashboard.models import Alert, Threshold
from dashboard.models.alert import AlertQuerySet
from dashboard.services.acknowledging import acknowledge_alert

#: More open alerts than this are one problem, not many: the page says how many it leaves out.
MOST_OPEN = 200
PAST_A_PAGE = 50

_SEVERITIES = [Threshold.Severity.CRITICAL, Threshold.Severity.WARNING, Threshold.Severity.NOTICE]
_GRAVITY = Case(
    *(When(severity=severity, then=Value(rank)) for rank, severity in enumerate(_SEVERITIES)),
    output_field=IntegerField(),
)


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; anything it cannot mean counts as everything."""

    state: str
    severity: str
    alert: int | None = None  # this one alone

    @classmethod
    def of(cls, request: HttpRequest) -> "Wanted":
        """Reads `?state=open&severity=critical`, or `?alert=12`."""
        state, severity, alert = (request.GET.get(name, "") for name in ("state", "severity", "alert"))
        return cls(
            state if state in {"open", "past"} else "",
            severity if severity in Threshold.Severity else "",
            int(alert) if re.fullmatch(r"[0-9]{1,15}", alert) else None,
        )

    def alerts(self) -> AlertQuerySet:
        """The alerts of the severity, whatever their state; or the one."""
        alerts = Alert.objects.select_related("server", "stream", "acknowledged_by")
        if self.alert is not None:
            return alerts.filter(pk=self.alert)
        return alerts.filter(severity=self.severity) if self.severity else alerts


@require_safe
@permission_required("dashboard.view_stream", raise_exception=True)
def alerts(request: HttpRequest) -> HttpResponse:
    """Open alerts, the gravest and newest first, then past ones by pages."""
    wanted = Wanted.of(request)
    open_alerts = wanted.alerts().open().order_by(_GRAVITY, "-opened_at", "-pk")
    past = wanted.alerts().exclude(resolved_at=None).order_by("-resolved_at", "-pk")
    context = {
        "wanted": wanted,
        "severities": _SEVERITIES,
        "open": list(open_alerts[:MOST_OPEN]) if wanted.state != "past" else [],
        "open_count": open_alerts.count(),
        "past": Paginator(past, PAST_A_PAGE).get_page(request.GET.get("page")) if wanted.state != "open" else None,
        "now": timezone.now(),
    }
    return render(request, "dashboard/alerts.html", context)


@require_POST
@permission_required("dashboard.view_stream", raise_exception=True)
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Says that the operator has seen the alert, then goes back to where they were."""
    alert = get_object_or_404(Alert, pk=alert_id)
    if acknowledge_alert(alert=alert, operator=request.user, now=timezone.now()):
        messages.success(request, f"Acknowledged: {alert.title}")
    else:
        messages.info(request, "Nothing to acknowledge: somebody has done it, or the alert has resolved.")
    return redirect(_way_back(request))


def _way_back(request: HttpRequest) -> str:
    way = request.POST.get("next", "")
    # Never to another site.
    return way if url_has_allowed_host_and_scheme(way, allowed_hosts=None) else "alerts"
