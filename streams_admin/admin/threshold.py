"""Thresholds in the admin: set in words, with what they reach said at once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from dashboard.core import wording
from dashboard.core.thresholds import LASTING_METRICS, Metric
from dashboard.models import Server, Threshold
from dashboard.services.rules import streams_in_scope
from streams_admin.admin.patterns import pattern_problem

_SHOWN_NAMES = 5


class ThresholdForm(forms.ModelForm):  # type: ignore[type-arg]
    """A threshold, checked field by field."""

    class Meta:
        model = Threshold
        exclude = ()
        labels = {"hold_s": "Hold (seconds)", "stream": "One stream"}  # noqa: RUF012

    def clean_key_pattern(self) -> str:
        return _pattern(self.cleaned_data["key_pattern"])

    def clean_group_pattern(self) -> str:
        return _pattern(self.cleaned_data["group_pattern"])


def _pattern(text: str) -> str:
    if problem := pattern_problem(text):
        raise forms.ValidationError(f"In this pattern {problem}")
    return text or "*"


@admin.register(Threshold)
class ThresholdAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Thresholds and what they say now."""

    form = ThresholdForm
    list_display = ("name", "metric", "scope", "shown_limit", "enabled", "state")
    list_filter = ("enabled", "metric", "server")
    list_select_related = ("server", "stream__server")
    search_fields = ("name", "key_pattern", "group_pattern")
    search_help_text = "Name or pattern"
    autocomplete_fields = ("stream",)
    save_as = True
    fieldsets = (
        (None, {"fields": ("name", "metric", "enabled")}),
        (
            "Limit",
            {
                "fields": ("comparison", "notice_limit", "warning_limit", "critical_limit", "hold_s"),
                "description": "In the metric's unit: entries, entries per second, seconds or bytes. An alert opens when "
                "every sample for as long as the hold is beyond the limit, and resolves at the first one that is not. A "
                "value that is unknown does neither. For “no data” and “unreachable” the limit is the seconds it lasts; "
                "“no data” means that the stream is gone or cannot be read: for one that nobody writes to, take “added "
                "per second” below a limit.",
            },
        ),
        (
            "Scope",
            {
                "fields": ("server", "stream", "key_pattern", "group_pattern"),
                "description": "One stream, or every stream of a server (or of all) whose key matches. The group pattern "
                "counts for lag, time lag and pending; a metric of a server looks at the server alone. Patterns are globs: "
                "* any text, ? one character, [a-c] one of several, \\ takes the next character as it is.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Threshold]:
        is_open = Q(alerts__isnull=False, alerts__resolved_at=None)
        thresholds: QuerySet[Threshold] = super().get_queryset(request)
        return thresholds.annotate(open_alerts=Count("alerts", filter=is_open))

    def save_model(self, request: HttpRequest, obj: Threshold, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        found, sentence = _reach(obj)
        messages.add_message(request, messages.INFO if found else messages.WARNING, sentence)

    @admin.display(description="scope")
    def scope(self, threshold: Threshold) -> str:
        """What it is for, in words."""
        return _scope(threshold)

    @admin.display(description="limit", ordering="warning_limit")
    def shown_limit(self, threshold: Threshold) -> str:
        """The limit and hold, in words."""
        metric = Metric(threshold.metric)
        limit = ", ".join(wording.quantity(metric, limit) for limit, _ in threshold.limits.values())
        words = f"for {limit}" if metric in LASTING_METRICS else f"{threshold.comparison} {limit}"
        return f"{words}, held {wording.duration(threshold.hold_s)}" if threshold.hold_s else words

    @admin.display(description="state", ordering="-open_alerts")
    def state(self, threshold: Threshold) -> str:
        """How many of its alerts are open."""
        count = getattr(threshold, "open_alerts", 0)
        if count:
            link = reverse("admin:dashboard_alert_changelist") + f"?threshold__id__exact={threshold.pk}"
            return format_html('<a class="badge" data-level="{}" href="{}">{} open</a>', "warning", link, count)
        return "ok" if threshold.enabled else "off"


def _scope(threshold: Threshold) -> str:
    if threshold.metric in Threshold.SERVER_METRICS:
        return str(threshold.server or "every server")
    streams = str(threshold.stream) if threshold.stream else threshold.key_pattern or "*"
    server = threshold.stream.server if threshold.stream else threshold.server
    where = f" on {server}" if server else ""
    group = f"{threshold.group_pattern or '*'} of " if threshold.metric in Threshold.GROUP_METRICS else ""
    return f"{group}{streams}{where}"


def _reach(threshold: Threshold) -> tuple[bool, str]:
    """Whether the threshold reaches anything now, and what."""
    if threshold.metric in Threshold.SERVER_METRICS:
        names = [str(server) for server in Server.objects.enabled() if threshold.server_id in (None, server.pk)]
        return _said(names, "server", "it will judge those that are registered and enabled later.")
    names = [str(stream) for stream in streams_in_scope(threshold)]
    return _said(names, "stream", "it will judge those that appear later. Check the pattern if you expected some.")


def _said(names: list[str], noun: str, otherwise: str) -> tuple[bool, str]:
    if not names:
        return False, f"It matches no {noun} now; {otherwise}"
    shown = ", ".join(wording.shortened(name) for name in names[:_SHOWN_NAMES])
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return True, f"It matches {len(names)} {noun}{'s' if len(names) > 1 else ''} now: {shown}{more}."
