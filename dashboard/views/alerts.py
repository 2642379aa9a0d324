"""The page of alerts: what is open, what somebody takes care of, what is muted, and what is over."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from dashboard.models import Server, Stream, Threshold
from dashboard.views.alert_acts import ENDS
from dashboard.views.alert_query import SEVERITIES, STATES, Wanted
from dashboard.views.alert_rows import list_alerts

_WORDS = {
    "open": _("Open"),
    "unattended": _("Unattended"),
    "acknowledged": _("Acknowledged"),
    "silenced": _("Silenced"),
    "past": _("Past"),
}
_SORTS = {"gravest": _("gravest first"), "newest": _("newest first"), "longest": _("longest first")}


@require_safe
@permission_required("dashboard.view_stream", raise_exception=True)
def alerts(request: HttpRequest) -> HttpResponse:
    """The alerts that the address asks for, by pages; `?alert=12`, as it was once, leads to the page of that alert."""
    if (alert := request.GET.get("alert", "")).isascii() and alert.isdigit() and len(alert) < 16:
        return redirect("alert", int(alert))
    now, wanted = timezone.now(), Wanted.of(request.GET)
    listed = list_alerts(wanted, request.GET.get("page"), now)
    context = {
        "wanted": wanted,
        "listed": listed,
        "tabs": [(state, _WORDS[state], listed.counts[state]) for state in STATES],
        "severities": SEVERITIES,
        "sorts": _SORTS.items(),
        "stream": Stream.objects.filter(pk=wanted.stream).first() if wanted.stream else None,
        "servers": Server.objects.only("name").order_by("name"),
        "thresholds": Threshold.objects.only("name").order_by("name"),
        "ends": ENDS.items(),
        "now": now,
    }
    return render(request, "dashboard/alerts.html", context)
