"""What people do to alerts: acknowledge one or many, and give that up again. Back to where they were afterwards."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from dashboard.live.alerts import tell_changed
from dashboard.models import Alert, AlertEvent
from dashboard.services.acknowledging import acknowledge_alerts, unacknowledge_alert

#: Until when somebody takes care of an alert, by the word in the form.
ENDS = {
    "": gettext_lazy("until it resolves"),
    "1h": gettext_lazy("for 1 hour"),
    "4h": gettext_lazy("for 4 hours"),
    "tomorrow": gettext_lazy("until tomorrow, 9:00"),
}
_LASTS = {"1h": timedelta(hours=1), "4h": timedelta(hours=4)}
MOST = 500


@require_POST
@permission_required("dashboard.view_stream", raise_exception=True)
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Says that the operator takes care of the alert: `comment`, `until`."""
    return _acknowledge(request, [get_object_or_404(Alert, pk=alert_id)])


@require_POST
@permission_required("dashboard.view_stream", raise_exception=True)
def acknowledge_many(request: HttpRequest) -> HttpResponse:
    """The same of all that were selected: `alert`, as often as there are."""
    return _acknowledge(request, list(chosen_alerts(request.POST.getlist("alert"))))


@require_POST
@permission_required("dashboard.view_stream", raise_exception=True)
def unacknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Says that nobody takes care of the alert any more."""
    alert, now = get_object_or_404(Alert, pk=alert_id), timezone.now()
    if done := unacknowledge_alert(alert=alert, operator=request.user, now=now):
        tell_changed([done], AlertEvent.Kind.UNACKNOWLEDGED, now=now)
        messages.success(request, _("Nobody takes care of it now: {title}").format(title=alert.title))
    else:
        messages.info(request, _("Nobody took care of it, or it has resolved."))
    return redirect(_way_back(request))


def chosen_alerts(numbers: Sequence[str]) -> "Sequence[Alert]":
    """The alerts of these numbers, as they come in a form or an address; what is none is left out."""
    wanted = {int(number) for number in numbers[:MOST] if number.isascii() and number.isdigit() and len(number) < 16}
    return list(Alert.objects.filter(pk__in=wanted).order_by("pk"))


def _acknowledge(request: HttpRequest, alerts: Sequence[Alert]) -> HttpResponse:
    now = timezone.now()
    comment, until = request.POST.get("comment", ""), _end(request.POST.get("until", ""), now)
    done = acknowledge_alerts(alerts=alerts, operator=request.user, now=now, comment=comment, until=until)
    tell_changed(done, AlertEvent.Kind.ACKNOWLEDGED, now=now)
    if done:
        messages.success(request, _said(done, left=len(alerts) - len(done)))
    else:
        messages.info(request, _("Nothing to acknowledge: somebody has done it, or the alert has resolved."))
    return redirect(_way_back(request))


def _said(done: Sequence[Alert], left: int) -> str:
    if len(done) == 1 and not left:
        return _("Acknowledged: {title}").format(title=done[0].title)
    said = ngettext("Acknowledged {n} alert.", "Acknowledged {n} alerts.", len(done)).format(n=len(done))
    if left:
        rest = ngettext("{n} had been before, or has resolved.", "{n} had been before, or have resolved.", left)
        said += " " + rest.format(n=left)
    return said


def _end(word: str, now: datetime) -> datetime | None:
    """When it ends; None: when the alert resolves. Tomorrow is the reader's."""
    if word == "tomorrow":
        here = timezone.localtime(now)
        return datetime.combine(here.date() + timedelta(days=1), time(9), tzinfo=here.tzinfo)
    return now + _LASTS[word] if word in _LASTS else None


def _way_back(request: HttpRequest) -> str:
    way = request.POST.get("next", "")
    # Never to another site.
    return way if url_has_allowed_host_and_scheme(way, allowed_hosts=None) else "alerts"
