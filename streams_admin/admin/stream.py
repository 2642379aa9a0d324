"""Streams in the admin: the registry's facts, and the way to recovery."""

import base64
import binascii
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from dashboard.core import names
from dashboard.models import Stream
from streams_admin import routes
from streams_admin.admin.deletion import CountsWhatItDeletes
from streams_admin.admin.live import live_cell
from streams_admin.admin.patterns import masks_of

REGISTRY = ("server", "title", "owner", "tags", "runbook", "masked_fields", "watched")


class StreamForm(forms.ModelForm):  # type: ignore[type-arg]
    """A stream's registry facts; a new stream also gives its key, as text or in base64."""

    key_text = forms.CharField(label="key", required=False, strip=False, help_text="As text (UTF-8).")
    key_base64 = forms.CharField(
        label="key in base64", required=False, help_text="Instead, for a key that is not text: printf '…' | base64"
    )
    runbook = forms.URLField(required=False, assume_scheme="https", help_text="What to do when it alerts.")

    class Meta:
        model = Stream
        fields = REGISTRY
        widgets = {"masked_fields": forms.Textarea(attrs={"rows": 4, "cols": 60, "spellcheck": "false"})}  # noqa: RUF012

    def clean_masked_fields(self) -> str:
        return masks_of(self.cleaned_data["masked_fields"])

    def clean_key_base64(self) -> bytes:
        try:
            return base64.b64decode(self.cleaned_data["key_base64"], validate=True)
        except (binascii.Error, ValueError):
            raise forms.ValidationError("This is not base64, as in b3JkZXJz.") from None

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        if self.instance.pk or "key_base64" in self.errors:
            return data
        text, raw = self.cleaned_data.get("key_text", ""), self.cleaned_data.get("key_base64", b"")
        if bool(text) == bool(raw):
            self.add_error("key_text", "Give the key as text or in base64, one of the two.")
            return data
        self.instance.key = raw or text.encode()
        server = self.cleaned_data.get("server")
        if server and server.streams.filter(key_digest=names.digest(self.instance.key)).exists():
            self.add_error("key_text" if text else "key_base64", "This stream is registered on this server already.")
        return data


@admin.register(Stream)
class StreamAdmin(CountsWhatItDeletes, admin.ModelAdmin):  # type: ignore[type-arg]
    """Registered streams."""

    form = StreamForm
    change_form_template = "streams_admin/stream_change_form.html"
    list_display = (
        *("name", "server", "now_state", "now_length", "now_added", "now_lag", "recovery"),
        *("watched", "vanished", "owner", "tags"),
    )
    list_filter = ("server", "watched", ("vanished_at", admin.EmptyFieldListFilter))
    list_select_related = ("server",)
    search_fields = ("title", "owner", "tags")
    search_help_text = "Key, title, owner or tag"
    readonly_fields = ("shown_key", "first_seen", "last_seen", "vanished_at")
    list_per_page = 100

    def get_fieldsets(self, request: HttpRequest, obj: Stream | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ("server", "key_text", "key_base64", *REGISTRY[1:])})]
        seen = ("first_seen", "last_seen", "vanished_at")
        return [(None, {"fields": ("shown_key", *REGISTRY)}), ("Seen", {"fields": seen})]

    def get_readonly_fields(self, request: HttpRequest, obj: Stream | None = None) -> Any:
        return (*self.readonly_fields, "server") if obj else self.readonly_fields

    def get_urls(self) -> list[URLPattern]:
        return [*routes.STREAM, *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Stream], search_term: str
    ) -> tuple[QuerySet[Stream], bool]:
        """Keys are bytes, which databases do not search alike: they are compared here, as they are shown."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        if not search_term:
            return found, duplicates
        wanted = search_term.casefold()
        by_key = [pk for pk, key in queryset.values_list("pk", "key") if wanted in names.display(bytes(key)).casefold()]
        return found | queryset.filter(pk__in=by_key), duplicates

    @admin.display(description="stream", ordering="key")
    def name(self, stream: Stream) -> str:
        """Title and key."""
        return f"{stream.title} ({_short(stream)})" if stream.title else _short(stream)

    @admin.display(description="key")
    def shown_key(self, stream: Stream) -> str:
        """The key, escaped."""
        return format_html('<code class="wrap">{}</code>', stream.display_key)

    @admin.display(description="present", boolean=True, ordering="vanished_at")
    def vanished(self, stream: Stream) -> bool:
        """Whether the key was there when last looked for."""
        return stream.vanished_at is None

    @admin.display(description=_("state now"))
    def now_state(self, stream: Stream) -> str:
        """Live: the state of its gravest group."""
        return live_cell("stream", stream.pk, "state")

    @admin.display(description=_("length now"))
    def now_length(self, stream: Stream) -> str:
        """Live: entries."""
        return live_cell("stream", stream.pk, "length")

    @admin.display(description=_("added/s"))
    def now_added(self, stream: Stream) -> str:
        """Live: entries a second."""
        return live_cell("stream", stream.pk, "added")

    @admin.display(description=_("worst lag"))
    def now_lag(self, stream: Stream) -> str:
        """Live: the lag of the group that lags most, with its provenance."""
        return live_cell("stream", stream.pk, "lag")

    @admin.display(description="recovery")
    def recovery(self, stream: Stream) -> str:
        """Links to what can be done."""
        return format_html(
            '<a href="{}">Pending</a> <a href="{}">Trim</a>',
            reverse("admin:dashboard_stream_pending", args=[stream.pk]),
            reverse("admin:dashboard_stream_trim", args=[stream.pk]),
        )

    actions = ()


def _short(stream: Stream) -> str:
    text = stream.display_key
    return text if len(text) <= 100 else f"{text[:99]}…"
