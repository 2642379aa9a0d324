"""Thresholds in the admin: the form, and the list that says what each says now."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext

from dashboard.core import wording
from dashboard.core.quantities import unit_of
from dashboard.core.threshold_metrics import Metric
from dashboard.core.threshold_shape import OF_CONSUMERS, STATES, unused_fields
from dashboard.models import Threshold
from dashboard.models.judging import ThresholdMemory
from dashboard.services.pack import install_pack, missing
from streams_admin.admin.threshold.form import SwitchForm, ThresholdForm, choices_of
from streams_admin.admin.threshold.look import look, stream_titles, threshold_of
from streams_admin.admin.threshold.now import found_now
from streams_admin.admin.threshold.trying import try_out
from streams_admin.admin.threshold.words import limits_in_words, matches_in_words, metric_in_words, scope_in_words
from streams_admin.guard import operator_page

_MAY_EDIT = ("dashboard.add_threshold", "dashboard.change_threshold")
_PATTERNS = "Globs: * any text, ? one character, [a-c] one of several, \\ takes the next character as it is."


class UsedMetrics(admin.SimpleListFilter):
    """The list by metric, of those that some threshold is on: all of them would fill the page."""

    title, parameter_name = "metric", "metric"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        used = set(Threshold.objects.order_by().values_list("metric", flat=True).distinct())
        return [(value, words) for value, words in choices_of("metric") if value in used]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Threshold]) -> QuerySet[Threshold]:
        return queryset.filter(metric=self.value()) if self.value() else queryset


@admin.register(Threshold)
class ThresholdAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Thresholds and what they say now."""

    form = ThresholdForm
    list_display = ("name", "shown_state", "shown_limits", "scope", "shown_metric", "enabled")
    list_editable = ("enabled",)
    list_filter = ("enabled", UsedMetrics, "server")
    list_select_related = ("server", "stream__server")
    search_fields = ("name", "key_pattern", "group_pattern")
    search_help_text = "Name or pattern"
    autocomplete_fields = ("stream",)
    save_as = True
    fieldsets = (
        ("What", {"fields": ("name", "enabled", "metric", "states", ("function", "window_s"))}),
        (
            "Where",
            {
                "fields": (
                    ("server", "stream"),
                    "tag",
                    ("key_pattern", "key_excludes"),
                    ("group_pattern", "group_excludes"),
                    ("consumer_pattern", "consumer_excludes"),
                ),
                "description": f"One stream, or every stream of a server (or of all) whose key matches. {_PATTERNS}",
            },
        ),
        (
            "How bad",
            {
                "fields": (
                    "comparison",
                    ("notice_limit", "notice_clear"),
                    ("warning_limit", "warning_clear"),
                    ("critical_limit", "critical_clear"),
                    ("hold_s", "keep_open_s"),
                ),
                "description": "An alert opens when every sample for as long as the hold is beyond a limit; its severity is "
                "that of the gravest. It ends at the first sample that is back at “ends at”. For “no data”, “unreachable”, "
                "“failing” and states the limit is how long it lasts.",
            },
        ),
        (
            "When it does not know",
            {
                "fields": (("on_no_data", "on_error"), ("on_unknown", "on_estimated")),
                "description": "What counts where there is no value, or one in doubt. To decide nothing neither opens nor "
                "ends an alert.",
            },
        ),
        ("When it is active", {"fields": ("active_days", ("active_from", "active_until", "zone"))}),
        ("What to do", {"fields": ("note", "runbook", "labels")}),
    )

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("css/threshold.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Threshold]:
        is_open = Q(alerts__isnull=False, alerts__resolved_at=None)
        pending = ThresholdMemory.objects.filter(threshold=OuterRef("pk")).order_by().values("threshold")
        counted = pending.annotate(n=Sum("pending")).values("n")
        thresholds: QuerySet[Threshold] = super().get_queryset(request)
        return thresholds.annotate(
            open_alerts=Count("alerts", filter=is_open),
            open_critical=Count("alerts", filter=is_open & Q(alerts__severity=Threshold.Severity.CRITICAL)),
            pending=Coalesce(Subquery(counted), 0),
        )

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **{"form": SwitchForm, **kwargs})

    def get_urls(self) -> list[URLPattern]:
        editing, installing = operator_page(POST=_MAY_EDIT), operator_page(POST="dashboard.add_threshold")
        return [
            path("install/", installing(self.install), name="dashboard_threshold_install"),
            path("try/", editing(self.try_out), name="dashboard_threshold_try"),
            path("look/", editing(self.look), name="dashboard_threshold_look"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        offered = self.has_add_permission(request) and bool(missing())
        return super().changelist_view(request, {**(extra_context or {}), "pack_missing": offered})

    def install(self, request: HttpRequest) -> HttpResponse:
        """Installs what of the default pack was never installed here."""
        names = install_pack(now=timezone.now())
        said = ngettext(
            "%(n)s default was installed: %(names)s.", "%(n)s defaults were installed: %(names)s.", len(names)
        )
        if names:
            messages.success(request, said % {"n": len(names), "names": ", ".join(names)})
        else:
            messages.info(request, gettext("All of the default pack was installed before."))
        return redirect("admin:dashboard_threshold_changelist")

    def look(self, request: HttpRequest) -> HttpResponse:
        """What the form that is being filled in comes to."""
        return look(threshold_of(request, self))

    def try_out(self, request: HttpRequest) -> HttpResponse:
        """What the form that is being filled in would have opened."""
        if not request.user.has_perm("dashboard.view_stream"):
            raise PermissionDenied("This needs the permission dashboard.view_stream.")
        return try_out(request, threshold_of(request, self))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        none = {"unit": "", "unused": [*STATES, *OF_CONSUMERS]}  # while no metric is chosen
        context["metric_shapes"] = {"": none} | {
            metric.value: {"unit": unit_of(metric), "unused": sorted(unused_fields(metric))} for metric in Metric
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Threshold, form: Any, change: bool) -> None:
        if isinstance(form, SwitchForm):
            obj.save(update_fields=["enabled"])
            return
        super().save_model(request, obj, form, change)
        found = found_now(obj)
        level, sentence = matches_in_words(obj, found, streams=stream_titles(found))
        messages.add_message(request, messages.INFO if level == "ok" else messages.WARNING, sentence)

    @admin.display(description="scope")
    def scope(self, threshold: Threshold) -> str:
        """What it is for, in words."""
        return scope_in_words(threshold)

    @admin.display(description="metric", ordering="metric")
    def shown_metric(self, threshold: Threshold) -> str:
        """What it reads."""
        return metric_in_words(threshold)

    @admin.display(description="limits")
    def shown_limits(self, threshold: Threshold) -> str:
        """Each limit by its severity, and the hold, in words."""
        rows = format_html_join(
            "",
            '<li><span class="badge" data-level="{}">{}</span> {}</li>',
            ((severity, gettext(severity), words) for severity, words in limits_in_words(threshold)),
        )
        hold = gettext("held %(time)s") % {"time": wording.duration(threshold.hold_s)} if threshold.hold_s else ""
        return format_html('<ul class="limits" role="list">{}</ul>{}', rows, hold)

    @admin.display(description="state", ordering="-open_alerts")
    def shown_state(self, threshold: Threshold) -> str:
        """How many of its alerts are open, and how many are held still."""
        parts: list[str] = []
        if count := getattr(threshold, "open_alerts", 0):
            link = reverse("admin:dashboard_alert_changelist") + f"?threshold__id__exact={threshold.pk}"
            # A watchdog's alert is open because all is well.
            level = "critical" if threshold.open_critical else "warning"  # type: ignore[attr-defined]  # annotated above
            level = "ok" if threshold.metric == Metric.WATCHDOG else level
            words = gettext("%(n)s open") % {"n": count}
            parts.append(format_html('<a class="badge" data-level="{}" href="{}">{}</a>', level, link, words))
        if (pending := getattr(threshold, "pending", 0)) and threshold.enabled:
            parts.append(gettext("%(n)s pending") % {"n": pending})
        if not parts:
            return gettext("ok") if threshold.enabled else gettext("off")
        return format_html_join(" ", "{}", ((part,) for part in parts))
