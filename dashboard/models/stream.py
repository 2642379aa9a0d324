"""Registered streams."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from dashboard.core import names
from dashboard.core.payload.masks import Masks
from dashboard.models.server import Server


class StreamQuerySet(models.QuerySet["Stream"]):
    def watched(self) -> "StreamQuerySet":
        """Streams that samplers read, vanished ones included: they may come back."""
        return self.filter(watched=True, server__enabled=True)

    def present(self) -> "StreamQuerySet":
        """Streams that were there when last looked for."""
        return self.filter(vanished_at=None)


class Stream(models.Model):
    """A stream of a watched server. It is marked when its key vanishes, never deleted, and comes back with its key."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="streams")
    key = models.BinaryField(max_length=65536)
    # A key can be 512 MB of any bytes: its digest, not the key, carries the constraint.
    key_digest = models.CharField(max_length=64, editable=False)
    title = models.CharField(max_length=200, blank=True, help_text="Shown beside the key.")
    owner = models.CharField(max_length=200, blank=True, help_text="Who to ask.")
    tags = models.CharField(max_length=200, blank=True, help_text="Comma-separated.")
    runbook = models.URLField(blank=True, help_text="What to do when it alerts.")
    masked_fields = models.TextField(
        blank=True,
        help_text="One a line, beside those of the whole installation: a glob on names of fields and of what they hold"
        " (*phone*), or a path in JSON or MessagePack ($.customer.email, payload $.items[*].price).",
    )
    watched = models.BooleanField(default=True)
    first_seen = models.DateTimeField(null=True, editable=False)
    last_seen = models.DateTimeField(null=True, editable=False)
    vanished_at = models.DateTimeField(null=True, editable=False)

    objects = StreamQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["server", "key"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["server", "key_digest"], name="one_stream_a_key"),
        ]
        permissions = [  # noqa: RUF012
            ("view_payload", "Can see payloads of entries"),
            ("view_masked", "Can see masked fields in payloads"),
        ]

    def __str__(self) -> str:
        return self.title or self.display_key

    def save(self, *args: object, **kwargs: object) -> None:
        """Keeps the digest in step with the key."""
        self.key_digest = names.digest(bytes(self.key))
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("stream", args=[self.pk])

    @property
    def display_key(self) -> str:
        """The key as text, escaped where it is not printable UTF-8."""
        return names.display(bytes(self.key))

    @property
    def masks(self) -> Masks:
        """What is hidden in its entries from who may not see masked fields: its own masks, and the installation's."""
        return Masks([*settings.MASKED_FIELDS, *self.masked_fields.splitlines()])

    @property
    def tag_list(self) -> list[str]:
        """The tags, one by one."""
        return [tag.strip() for tag in self.tags.split(",") if tag.strip()]
