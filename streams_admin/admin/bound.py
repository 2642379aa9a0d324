"""Bounds of roles in the admin, with the streams that each holds now."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dashboard.models import Stream
from streams_admin.models import Bound

_LOOKED_AT, _SHOWN = 5_000, 5


@admin.register(Bound)
class BoundAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """On which streams a role may act; one without bounds may act on all of them."""

    list_display = ("role", "where", "environment", "key_pattern", "now")
    list_display_links = ("role", "key_pattern")
    list_filter = ("role",)
    list_select_related = ("role",)
    fields = ("role", "servers", "environment", "key_pattern", "now")
    readonly_fields = ("now",)
    formfield_overrides = {models.ManyToManyField: {"widget": CheckboxSelectMultiple}}  # noqa: RUF012

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("servers")

    @admin.display(description=_("servers"))
    def where(self, bound: Bound) -> str:
        """The servers that were chosen."""
        return ", ".join(server.name for server in bound.servers.all()) or gettext("every server")

    @admin.display(description=_("holds now"))
    def now(self, bound: Bound) -> str:
        """How many streams that are, and the first of them."""
        if bound.pk is None:
            return gettext("Shown once it is saved.")
        streams = Stream.objects.select_related("server")[:_LOOKED_AT]
        found = [stream for stream in streams if bound.holds(stream)]
        count = ngettext("%(n)d stream", "%(n)d streams", len(found)) % {"n": len(found)}
        return ": ".join(filter(None, (count, ", ".join(stream.display_key[:40] for stream in found[:_SHOWN]))))
