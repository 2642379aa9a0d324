"""Servers in the admin: what is watched, and whether it can be."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from dashboard.models import Server
from dashboard.redis_io.connect import check
from streams_admin.admin.deletion import CountsWhatItDeletes
from streams_admin.admin.live import live_cell
from streams_admin.admin.server_form import ACTING_PASSWORD, PASSWORD, SENTINEL_PASSWORD, TLS_KEY, Secret, ServerForm
from streams_admin.guard import operator_page

_CHECK_TIMEOUT_S = 2.0
_SIGNING_IN = "A user that may only read is enough to watch: Test connection names each command it lacks."
_ACTING = "Only what operators do signs in as this user, so that watching never holds a right to change anything."
_LAST_SEEN = ("shown_state", "state_detail", "state_since", "sampled_at", "sampler", "held_since")


@admin.register(Server)
class ServerAdmin(CountsWhatItDeletes, admin.ModelAdmin):  # type: ignore[type-arg]
    """Registered servers."""

    form = ServerForm
    change_form_template = "admin/dashboard/server/change_form.html"
    list_display = (
        *("name", "address", "environment", "shown_state", "now_memory", "now_cost"),
        *("stream_count", "read_only", "enabled"),
    )
    list_filter = ("environment", "topology", "state", "read_only", "enabled")
    search_fields = ("name", "address", "environment")
    search_help_text = "Name, address or environment"
    readonly_fields = (
        *("topology", *_LAST_SEEN),
        *("password_state", "acting_password_state", "sentinel_password_state", "tls_key_state"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Server]:
        servers: QuerySet[Server] = super().get_queryset(request)
        return servers.annotate(streams_registered=Count("streams"))

    def get_fieldsets(self, request: HttpRequest, obj: Server | None = None) -> Any:
        may_change = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)

        def fields_of(secret: Secret) -> tuple[str, ...]:
            if not may_change:
                return (f"{secret.name}_state",)
            return (secret.new, secret.clear) if obj and getattr(obj, secret.name) else (secret.new,)

        told = ("topology",) if obj else ()
        seen = [("Last seen", {"fields": _LAST_SEEN})] if obj else []
        return [
            (None, {"fields": ("name", "address", *told, "environment", "enabled")}),
            ("Signing in", {"fields": ("username", *fields_of(PASSWORD)), "description": _SIGNING_IN}),
            (
                "Signing in to Sentinels",
                {
                    "fields": ("sentinel_username", *fields_of(SENTINEL_PASSWORD)),
                    "description": "What the Sentinels themselves ask for, which need not be what the servers ask for.",
                    "classes": _folded(obj, "sentinel_username", "sentinel_password"),
                },
            ),
            (
                "TLS",
                {
                    "fields": ("tls_ca", "tls_certificate", *fields_of(TLS_KEY)),
                    "description": "For addresses that begin with rediss. Host names are always verified.",
                    "classes": _folded(obj, "tls_ca", "tls_certificate", "tls_key"),
                },
            ),
            (
                "Acting",
                {
                    "fields": ("read_only", "approval", "acting_username", *fields_of(ACTING_PASSWORD)),
                    "description": _ACTING,
                },
            ),
            (
                "What is watched",
                {
                    "fields": ("include", "exclude", "read_replicas", "sample_interval_s", "cost_budget_percent"),
                    "description": "A stream is watched if its key matches an include pattern and no exclude pattern.",
                },
            ),
            *seen,
        ]

    def get_urls(self) -> list[URLPattern]:
        test = operator_page(POST="dashboard.change_server")(self.test_connection)
        return [path("<int:pk>/test/", test, name="dashboard_server_test"), *super().get_urls()]

    def test_connection(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Goes the sampler's way to the server as it is saved, and shows each step."""
        server = get_object_or_404(Server, pk=pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Test of {server}",
            "opts": self.opts,
            "server": server,
            "check": check(server.target, timeout_s=_CHECK_TIMEOUT_S),
        }
        return TemplateResponse(request, "admin/dashboard/server/test_connection.html", context)

    @admin.display(description="state", ordering="state")
    def shown_state(self, server: Server) -> str:
        """The state as the sampler saw it last; live where the page stays open."""
        return format_html(
            '<span class="state" data-state="{}" title="{}" data-live-server="{}" data-what="state">{}</span>',
            server.state,
            server.state_detail,
            server.pk,
            server.get_state_display(),
        )

    @admin.display(description=_("memory now"))
    def now_memory(self, server: Server) -> str:
        """Live: used memory, and its share of the maximum."""
        return live_cell("server", server.pk, "memory")

    @admin.display(description=_("cost of watching"))
    def now_cost(self, server: Server) -> str:
        """Live: the share of one core that watching takes."""
        return live_cell("server", server.pk, "cost")

    @admin.display(description="streams", ordering="streams_registered")
    def stream_count(self, server: Server) -> int:
        """How many streams are registered."""
        return int(getattr(server, "streams_registered", 0))

    @admin.display(description="password")
    def password_state(self, server: Server) -> str:
        """Whether there is one; never which."""
        return PASSWORD.state_of(server)

    @admin.display(description="password for actions")
    def acting_password_state(self, server: Server) -> str:
        """Whether there is one; never which."""
        return ACTING_PASSWORD.state_of(server)

    @admin.display(description="password")
    def sentinel_password_state(self, server: Server) -> str:
        """Whether there is one; never which."""
        return SENTINEL_PASSWORD.state_of(server)

    @admin.display(description="client key")
    def tls_key_state(self, server: Server) -> str:
        """Whether there is one; never which."""
        return TLS_KEY.state_of(server)


def _folded(server: Server | None, *fields: str) -> tuple[str, ...]:
    """Folds a fieldset in which nothing is set."""
    return () if server and any(getattr(server, field) for field in fields) else ("collapse",)
