"""Backups in the admin: to find, to download, to restore, to delete with their files."""

from contextlib import suppress

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dashboard.core.wording import number, size
from streams_admin import routes
from streams_admin.backup import shelf
from streams_admin.models import Backup


@admin.register(Backup)
class BackupAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Files that streams can be restored from."""

    list_display = ("shown_key", "server_name", "taken_at", "shown_entries", "shown_size", "made_by")
    list_filter = ("server_name", "taken_at")
    search_fields = ("name", "server_name", "made_by")
    date_hierarchy = "taken_at"
    list_per_page = 50
    fields = (
        "shown_key",
        "server_name",
        "taken_at",
        "made_by",
        "shown_entries",
        "first_id",
        "last_id",
        "groups",
        "pending",
        "removed",
        "name",
        "shown_size",
        "sha256",
        "ways",
    )
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        return [*routes.BACKUP, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Backup | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Backup) -> None:
        super().delete_model(request, obj)
        _remove([obj.name])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Backup]) -> None:
        names = list(queryset.values_list("name", flat=True))
        super().delete_queryset(request, queryset)
        _remove(names)

    @admin.display(description=_("key"))
    def shown_key(self, backup: Backup) -> str:
        """The key, escaped."""
        return backup.display_key[:200]

    @admin.display(description=_("entries"), ordering="entries")
    def shown_entries(self, backup: Backup) -> str:
        """How many, with thousands apart."""
        return number(backup.entries)

    @admin.display(description=_("size"), ordering="size")
    def shown_size(self, backup: Backup) -> str:
        """Of the file."""
        if shelf.path_of(backup.name).exists():
            return size(backup.size)
        return gettext("the file is not on this machine")

    @admin.display(description="")
    def ways(self, backup: Backup) -> str:
        """What can be done with it."""
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            reverse("admin:streams_admin_backup_restore", args=[backup.pk]),
            gettext("Restore …"),
            reverse("admin:streams_admin_backup_download", args=[backup.pk]),
            gettext("Download"),
        )


def _remove(names: list[str]) -> None:
    def now() -> None:
        for name in names:
            with suppress(OSError):  # gone already, or on another machine
                shelf.path_of(name).unlink()

    transaction.on_commit(now)
