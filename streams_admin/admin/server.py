"""Servers in the admin: what is watched, and whether it can be."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html

from dashboard.core.target import parse_address
from dashboard.models import Server
from dashboard.redis_io.connect import check
from streams_admin.admin.deletion import CountsWhatItDeletes
from streams_admin.guard import operator_page

_MOST_PATTERNS = 100
_LEVELS = {"up": "ok", "busy": "warning", "denied": "warning", "error": "warning", "down": "critical"}
_CHECK_TIMEOUT_S = 2.0


class ServerForm(forms.ModelForm):  # type: ignore[type-arg]
    """A server's registration. The password goes in and never comes out."""

    new_password = forms.CharField(
        label="Password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )
    clear_password = forms.BooleanField(
        label="Remove the stored password", required=False, help_text="For a server that asks for none."
    )

    class Meta:
        model = Server
        exclude = ("password", "sentinel_password", "tls_key")
        widgets = {  # noqa: RUF012
            "address": forms.TextInput(attrs={"class": "vLargeTextField", "spellcheck": "false"}),
            "include": forms.Textarea(attrs={"rows": 3, "cols": 60, "spellcheck": "false"}),
            "exclude": forms.Textarea(attrs={"rows": 3, "cols": 60, "spellcheck": "false"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "new_password" in self.fields:
            self.fields["new_password"].help_text = f"{_stored(self.instance)} It is encrypted and never shown again."

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        try:
            plain = parse_address(address).address
        except ValueError as error:
            raise ValidationError(str(error)) from None
        same = Server.objects.filter(address=plain).exclude(pk=self.instance.pk).first()
        if same:
            raise ValidationError(f"This server is registered already, as {same}.")
        return address

    def clean_include(self) -> str:
        return _patterns(self.cleaned_data["include"])

    def clean_exclude(self) -> str:
        return _patterns(self.cleaned_data["exclude"])

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        new, clear = self.cleaned_data.get("new_password", ""), self.cleaned_data.get("clear_password", False)
        if new and clear:
            self.add_error("clear_password", "Either give a new password or remove the stored one, not both.")
        if new or clear:
            self.instance.password = new
        return data


def _stored(server: Server) -> str:
    if server.password_is_unreadable:
        return "One is stored, but CREDENTIALS_KEY is not the key that it was encrypted with: give it again."
    return "One is stored; leave this empty to keep it." if server.password else "None is stored."


def _patterns(text: str) -> str:
    """The patterns, one a line, without empty lines. Raises ValidationError with the one that cannot be meant."""
    patterns = [line for line in text.splitlines() if line.strip()]
    if len(patterns) > _MOST_PATTERNS:
        raise ValidationError(f"These are {len(patterns)} patterns; give at most {_MOST_PATTERNS}.")
    for pattern in patterns:
        if problem := pattern_problem(pattern):
            raise ValidationError(f"{pattern[:60]}: {problem}")
    return "\n".join(patterns)


def pattern_problem(pattern: str) -> str:
    """Why a glob cannot be meant as it stands; empty where it can."""
    plain = pattern.replace("\\\\", "").replace("\\[", "").replace("\\]", "")
    if plain.rfind("[") > plain.rfind("]"):
        return "the [ is never closed; write \\[ for the character itself."
    if plain.endswith("\\"):
        return "it ends with a backslash that escapes nothing; write \\\\ for the character itself."
    return ""


@admin.register(Server)
class ServerAdmin(CountsWhatItDeletes, admin.ModelAdmin):  # type: ignore[type-arg]
    """Registered servers."""

    form = ServerForm
    change_form_template = "admin/dashboard/server/change_form.html"
    list_display = ("name", "address", "environment", "shown_state", "stream_count", "read_only", "enabled")
    list_filter = ("environment", "state", "read_only", "enabled")
    search_fields = ("name", "address", "environment")
    search_help_text = "Name, address or environment"
    readonly_fields = ("shown_state", "state_detail", "state_since", "sampled_at", "password_state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Server]:
        servers: QuerySet[Server] = super().get_queryset(request)
        return servers.annotate(streams_registered=Count("streams"))

    def get_fieldsets(self, request: HttpRequest, obj: Server | None = None) -> Any:
        may_change = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        clear = ("clear_password",) if obj and obj.password else ()
        password = ("new_password", *clear) if may_change else ("password_state",)
        seen = [("Last seen", {"fields": ("shown_state", "state_detail", "state_since", "sampled_at")})] if obj else []
        return [
            (None, {"fields": ("name", "address", "topology", "environment", "enabled")}),
            (
                "Signing in",
                {
                    "fields": ("username", *password),
                    "description": "A user that may only read is enough to watch: Test connection names each command it lacks.",
                },
            ),
            ("Acting", {"fields": ("read_only",)}),
            (
                "What is watched",
                {
                    "fields": ("include", "exclude", "sample_interval_s"),
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
        """The state as the sampler saw it last."""
        return format_html(
            '<span class="badge" data-level="{}" title="{}">{}</span>',
            _LEVELS.get(server.state, "notice"),
            server.state_detail,
            server.get_state_display(),
        )

    @admin.display(description="streams", ordering="streams_registered")
    def stream_count(self, server: Server) -> int:
        """How many streams are registered."""
        return int(getattr(server, "streams_registered", 0))

    @admin.display(description="password")
    def password_state(self, server: Server) -> str:
        """Whether there is one; never which."""
        return _stored(server)
