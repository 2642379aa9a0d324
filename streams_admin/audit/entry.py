"""An entry of the audit: final in the code, in the database (migration audit_is_final), and by the hash that the next one carries on."""

import hashlib
import json
from typing import Any, ClassVar

from django.db import models

GENESIS = "0" * 64


class EntryIsFinal(Exception):
    """The audit is only ever added to."""

    def __init__(self) -> None:
        super().__init__("An entry of the audit is neither changed nor deleted.")


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **fields: Any) -> int:
        """Raises EntryIsFinal."""
        raise EntryIsFinal

    def delete(self) -> tuple[int, dict[str, int]]:
        """Raises EntryIsFinal."""
        raise EntryIsFinal


class AuditEntry(models.Model):
    """One thing that happened to an action. What is too long to stand here stands by its digest, and in the action's row."""

    class What(models.TextChoices):
        INTENDED = "intended", "intended"  # before the first write
        ENDED = "ended", "ended"
        CONTINUED = "continued", "gone on with"
        STOP_ASKED = "stop_asked", "asked to stop"

    action = models.ForeignKey("Action", on_delete=models.PROTECT, related_name="entries")
    what = models.CharField(max_length=20, choices=What)
    at = models.DateTimeField()
    who = models.CharField(max_length=160)
    address = models.CharField(max_length=45, blank=True)
    body = models.TextField(help_text="JSON, with its keys in order.")
    # Two processes that add one at once name the same entry before theirs: the constraint lets one through.
    previous = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.action_id} {self.what}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Adds the entry; raises EntryIsFinal where it is there already."""
        if not self._state.adding:
            raise EntryIsFinal
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raises EntryIsFinal."""
        raise EntryIsFinal

    @property
    def own_hash(self) -> str:
        """What its hash must be: SHA-256 over all of it and the hash of the entry before."""
        at = self.at.isoformat(timespec="microseconds")
        return digest([self.previous, self.action_id, self.what, at, self.who, self.address, self.body])


def canonical(value: object) -> str:
    """JSON that is the same for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(value: object) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()
