"""The audit in the admin: to read and to search, never to change."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from streams_admin import routes
from streams_admin.models import Action

_LONGEST = 20_000


@admin.register(Action)
class ActionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What operators did."""

    list_display = ("title", "shown_state", "kind", "server_name", "shown_key", "operator_name", "started_at")
    list_filter = ("state", "kind", "server_name", "policy", "started_at")
    search_fields = ("title", "operator_name", "server_name", "reason", "commands")
    date_hierarchy = "started_at"
    list_per_page = 50
    actions = ()
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "title",
                    "shown_state",
                    "result_page",
                    "reason",
                    "why",
                    "policy",
                    "operator_name",
                    "approved_by",
                    "address",
                    "started_at",
                    "finished_at",
                )
            },
        ),
        ("Where", {"fields": ("server_name", "shown_key", "shown_group")}),
        ("What came of it", {"fields": ("shown_outcome", "commands", "shown_plan")}),
        ("Entries of the audit", {"fields": ("shown_entries",)}),
    )

    def get_urls(self) -> list[URLPattern]:
        return [*routes.ACTION, *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Action | None = None) -> Any:
        return [name for _, options in self.fieldsets for name in options["fields"]]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Action | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Action | None = None) -> bool:
        return False

    @admin.display(description="state", ordering="state")
    def shown_state(self, action: Action) -> str:
        """The state as it must be read now."""
        return action.state_at(timezone.now())

    @admin.display(description="result")
    def result_page(self, action: Action) -> str:
        """Where the result stands, and can be checked again."""
        if action.plan is None:
            return "–"
        return format_html('<a href="{}">What came of it</a>', action.plan.get_absolute_url())

    @admin.display(description="key", ordering="key")
    def shown_key(self, action: Action) -> str:
        """The key, escaped."""
        return action.display_key[:200]

    @admin.display(description="group")
    def shown_group(self, action: Action) -> str:
        """The group, escaped."""
        return action.display_group or "–"

    @admin.display(description="entries")
    def shown_entries(self, action: Action) -> str:
        """What happened to it, each with its place in the chain."""
        lines = (
            (entry.at.isoformat(timespec="milliseconds"), entry.get_what_display(), entry.who, entry.hash)
            for entry in action.entries.all()
        )
        return format_html_join("", '<p>{} {} {} <code class="wrap">{}</code></p>', lines)

    @admin.display(description="outcome")
    def shown_outcome(self, action: Action) -> str:
        """Numbers, and what was not done and why."""
        return _shown(action.outcome)

    @admin.display(description="plan")
    def shown_plan(self, action: Action) -> str:
        """The plan as it was confirmed; names in base64."""
        return _shown(action.facts)


def _shown(value: object) -> str:
    text = json.dumps(value, indent=1, ensure_ascii=True)
    rest = len(text) - _LONGEST
    return format_html("<pre>{}</pre>", text if rest <= 0 else f"{text[:_LONGEST]}\n… {rest} characters more")
