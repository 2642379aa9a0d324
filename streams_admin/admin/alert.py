"""Alerts in the admin: to read, to search and to acknowledge."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext

from dashboard.core import names, wording
from dashboard.core.thresholds import Metric
from dashboard.models import Alert
from dashboard.services.acknowledging import acknowledge_alert
from dashboard.told import told


@admin.register(Alert)
class AlertAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What thresholds found. Alerts resolve by themselves; nobody edits or deletes them."""

    list_display = ("shown_title", "state", "severity", "server", "opened_at", "resolved_at")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "severity", "metric", "server", "threshold")
    list_select_related = ("server",)
    search_fields = ("title",)
    date_hierarchy = "opened_at"
    actions = ("acknowledge",)
    fieldsets = (
        (None, {"fields": ("shown_title", "state", "severity", "threshold")}),
        (
            "What",
            {"fields": ("server", "stream", "shown_group", "metric", "shown_limit", "shown_opened", "shown_last")},
        ),
        ("When", {"fields": ("opened_at", "resolved_at", "resolution", "acknowledged_at", "acknowledged_by")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Alert | None = None) -> Any:
        return [name for _, options in self.fieldsets for name in options["fields"]]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Alert | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Alert | None = None) -> bool:
        return False

    def has_acknowledge_permission(self, request: HttpRequest) -> bool:
        """Whether the acknowledge action is offered and allowed."""
        return request.user.has_perm("dashboard.acknowledge_alert")

    @admin.action(description="Acknowledge the selected alerts", permissions=["acknowledge"])
    def acknowledge(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        """Acknowledges those that are open and that nobody has acknowledged."""
        now, asked, done = timezone.now(), 0, 0
        for alert in queryset:
            asked += 1
            done += acknowledge_alert(alert=alert, operator=request.user, now=now) is not None
        rest = f" {asked - done} had been acknowledged or had resolved." if asked > done else ""
        self.message_user(request, f"Acknowledged: {done}.{rest}", messages.SUCCESS if done else messages.WARNING)

    @admin.display(description="title", ordering="title")
    def shown_title(self, alert: Alert) -> str:
        """What it says, in the reader's language."""
        return told(alert.title)

    @admin.display(description="state", ordering="resolved_at")
    def state(self, alert: Alert) -> str:
        """Open, acknowledged or resolved."""
        if alert.resolved_at:
            return gettext("resolved")
        level = "critical" if alert.severity == "critical" else "warning"
        word = gettext("acknowledged") if alert.acknowledged_at else gettext("open")
        return format_html('<span class="badge" data-level="{}">{}</span>', level, word)

    @admin.display(description="group")
    def shown_group(self, alert: Alert) -> str:
        """The group, escaped."""
        return names.display(bytes(alert.group)) or "–"

    @admin.display(description="limit")
    def shown_limit(self, alert: Alert) -> str:
        """The limit with its unit."""
        return wording.quantity(Metric(alert.metric), alert.limit)

    @admin.display(description="value when it opened")
    def shown_opened(self, alert: Alert) -> str:
        """The value that opened it, with its unit."""
        return _quantity(alert, alert.opened_value)

    @admin.display(description="last value")
    def shown_last(self, alert: Alert) -> str:
        """The last known value, some seconds old, with its unit."""
        return _quantity(alert, alert.last_value)


def _quantity(alert: Alert, value: float | None) -> str:
    return "?" if value is None else wording.quantity(Metric(alert.metric), value)
