"""Silences: those that mute now, that will and that did; making one, with what it would mute; ending and moving it."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.core.matchers import Matcher, plain
from dashboard.forms.silence import DEFAULT_LASTS, LASTS, SilenceForm
from dashboard.models import Silence
from dashboard.services.silencing import (
    end_silence,
    make_silence,
    matchers_for,
    matchers_of,
    move_end,
    muted_by,
    preview,
)
from dashboard.views.alert_acts import chosen_alerts
from dashboard.views.silence_rows import rows_of

A_PAGE = 50
_STATES = {"active": gettext_lazy("Active"), "to-come": gettext_lazy("To come"), "past": gettext_lazy("Past")}


@require_safe
@permission_required("dashboard.view_silence", raise_exception=True)
def silences(request: HttpRequest) -> HttpResponse:
    """Silences of one state, by pages: `?state=active`, `to-come` or `past`."""
    now = timezone.now()
    known = Silence.objects.select_related("author", "ended_by")
    by_state = {"active": known.active(now), "to-come": known.to_come(now), "past": known.past(now)}
    asked = request.GET.get("state", "")
    state = asked if asked in by_state else "active"
    page = Paginator(by_state[state], A_PAGE).get_page(request.GET.get("page"))
    context = {
        "state": state,
        "tabs": [(name, words, by_state[name].count()) for name, words in _STATES.items()],
        "page": page,
        "rows": rows_of(list(page), muted_by(list(page)) if state == "active" else {}),
        "now": now,
    }
    return render(request, "dashboard/silences.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("dashboard.add_silence", raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    """The form: begun by `?alert=12` (as often as there are) or `?silence=3`, with what it would mute. POST makes it.

    What is saved was looked at: matchers that were not previewed are previewed first.
    """
    if request.method != "POST":
        return _form(request, SilenceForm(initial=_begun(request)), _matchers_begun(request))
    if "act" not in request.POST:  # of the list of alerts: those that were selected there
        chosen = QueryDict(mutable=True)
        chosen.setlist("alert", [str(alert.pk) for alert in chosen_alerts(request.POST.getlist("alert"))])
        return redirect(f"{reverse('new_silence')}?{chosen.urlencode()}")
    form = SilenceForm(request.POST)
    is_valid = form.is_valid()
    if not is_valid or request.POST.get("act") != "save" or request.POST.get("seen") != _digest(form.chosen):
        return _form(request, form, form.chosen, is_told=request.POST.get("act") == "save")
    return _made(request, form)


def _made(request: HttpRequest, form: SilenceForm) -> HttpResponse:
    now = timezone.now()
    starts_at, ends_at = form.times(now)
    try:
        made = make_silence(
            matchers=form.chosen,
            starts_at=starts_at,
            ends_at=ends_at,
            reason=form.cleaned_data["reason"],
            author=request.user,
            now=now,
        )
    except ValueError as error:
        form.add_error(None, str(error))
        return _form(request, form, form.chosen, is_told=True)
    messages.success(request, _("Silenced: {reason}").format(reason=made.reason))
    state = "active" if made.starts_at <= now else "to-come"
    return redirect(f"{reverse('silences')}?state={state}#silence-{made.pk}")


@require_POST
@permission_required("dashboard.change_silence", raise_exception=True)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends it now."""
    silence = get_object_or_404(Silence, pk=pk)
    if end_silence(silence=silence, operator=request.user, now=timezone.now()):
        messages.success(request, _("Ended: {reason}").format(reason=silence.reason))
    else:
        messages.info(request, _("It was over already."))
    return redirect("silences")


@require_POST
@permission_required("dashboard.change_silence", raise_exception=True)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives it another end: `ends_at`, a time of the reader's."""
    silence = get_object_or_404(Silence, pk=pk)
    try:
        ends_at = parse_datetime(request.POST.get("ends_at", ""))
        if ends_at is None:
            raise ValueError("Say until when.")
        ends_at = timezone.make_aware(ends_at) if timezone.is_naive(ends_at) else ends_at
        moved = move_end(silence=silence, ends_at=ends_at, operator=request.user, now=timezone.now())
    except ValueError as error:
        messages.error(request, str(error))
        return redirect("silences")
    if moved:
        messages.success(request, _("It has another end now: {reason}").format(reason=silence.reason))
    else:
        messages.info(request, _("It was over already."))
    return redirect("silences")


def _form(
    request: HttpRequest, form: SilenceForm, matchers: Sequence[Matcher], *, is_told: bool = False
) -> HttpResponse:
    alerts = chosen_alerts(request.GET.getlist("alert"))
    context = {
        "form": form,
        "preview": preview(matchers) if matchers else None,
        "seen": _digest(matchers),
        "alerts": alerts,
        "asks_again": is_told and form.is_valid(),
        "show_errors": is_told or not form.is_bound,
    }
    return render(request, "dashboard/silence_form.html", context)


def _begun(request: HttpRequest) -> dict[str, Any]:
    found: dict[str, Any] = {"matchers": plain(_matchers_begun(request)), "lasts": DEFAULT_LASTS}
    if former := _renewed(request):
        minutes = str(round((former.ends_at - former.starts_at).total_seconds() / 60))
        found |= {"reason": former.reason, "lasts": minutes if minutes in LASTS else DEFAULT_LASTS}
    return found


def _matchers_begun(request: HttpRequest) -> tuple[Matcher, ...]:
    if former := _renewed(request):
        return matchers_of(former)
    return matchers_for(alert.labels for alert in chosen_alerts(request.GET.getlist("alert")))


def _renewed(request: HttpRequest) -> Silence | None:
    number = request.GET.get("silence", "")
    known = number.isascii() and number.isdigit() and len(number) < 16
    return Silence.objects.filter(pk=int(number)).first() if known else None


def _digest(matchers: Sequence[Matcher]) -> str:
    """Says which matchers were looked at. No secret: who lies about it has seen what they silence, or does not care."""
    rows: list[Mapping[str, str]] = list(plain(matchers))
    return hashlib.sha256(msgspec.json.encode(rows)).hexdigest()[:16]
