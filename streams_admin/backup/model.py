"""A backup that was taken: where its file is, and what it holds."""

from typing import Any, ClassVar

from django.db import models
from django.urls import reverse

from dashboard.core import names
from dashboard.core.entry_id import EntryId
from dashboard.models import Stream


class BackupQuerySet(models.QuerySet["Backup"]):
    def of(self, stream: Stream) -> "BackupQuerySet":
        """Those of the stream's key on its server, newest first."""
        return self.filter(server_name=stream.server.name, key_digest=names.digest(bytes(stream.key)))


class Backup(models.Model):
    """A file in BACKUP_DIR. Server and key stand in it as they were, so that it outlives them."""

    name = models.CharField("file", max_length=200, unique=True)
    server_name = models.CharField("server", max_length=100)
    key = models.BinaryField()
    key_digest = models.CharField(max_length=64, editable=False)
    action = models.OneToOneField(
        "Action", null=True, on_delete=models.SET_NULL, related_name="backup", help_text="What took it."
    )
    made_by = models.CharField(max_length=150)
    taken_at = models.DateTimeField(help_text="By our clock, when it was begun.")
    size = models.BigIntegerField(help_text="Bytes.")
    sha256 = models.CharField("checksum", max_length=64)
    entries = models.BigIntegerField()
    first_id = models.CharField("first entry", max_length=41, blank=True, help_text="Empty: none, or not known.")
    last_id = models.CharField("last entry", max_length=41, blank=True)
    groups = models.IntegerField()
    group_names = models.JSONField(default=list, help_text="In base64url.")
    pending = models.BigIntegerField("pending entries")
    removed = models.BigIntegerField(default=0, help_text="Entries that went from the stream while it was read.")

    objects = BackupQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-taken_at", "-pk"]
        default_permissions = ("view", "delete")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["server_name", "key_digest", "-taken_at"], name="backup_of_a_stream")
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the digest in step with the key."""
        self.key_digest = names.digest(bytes(self.key))
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("admin:streams_admin_backup_change", args=[self.pk])

    def may_hold(self, after_id: str, before_id: str) -> bool:
        """Whether it has, or may have, entries between the two ids."""
        if not self.entries:
            return False
        if not self.first_id:
            return True  # taken before its ends were written down
        first, last = EntryId.parse(self.first_id), EntryId.parse(self.last_id)
        return first < EntryId.parse(before_id) and last > EntryId.parse(after_id)

    @property
    def display_key(self) -> str:
        """The key as text, escaped where it is not printable UTF-8."""
        return names.display(bytes(self.key))
