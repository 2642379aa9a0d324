"""Marks: what happened, remembered for the time axis."""

from typing import ClassVar

from django.db import models

from dashboard.core import marks
from dashboard.models.server import Server
from dashboard.models.stream import Stream


class MarkQuerySet(models.QuerySet["Mark"]):
    def between(self, since: float, until: float) -> "MarkQuerySet":
        """Marks of that time, in seconds since the epoch, oldest first."""
        return self.filter(at__gte=since, at__lte=until).order_by("at", "pk")


class Mark(models.Model):
    """What happened to a server, a stream or a group at one moment."""

    class Kind(models.TextChoices):
        RESTART = marks.MarkKind.RESTART.value, "restart"
        FAILOVER = marks.MarkKind.FAILOVER.value, "failover"
        RESET = marks.MarkKind.RESET.value, "reset"
        TRIM = marks.MarkKind.TRIM.value, "trim"
        GROUP_CREATED = marks.MarkKind.GROUP_CREATED.value, "group created"
        GROUP_DESTROYED = marks.MarkKind.GROUP_DESTROYED.value, "group destroyed"
        REWOUND = marks.MarkKind.REWOUND.value, "group rewound"
        LOSS = marks.MarkKind.LOSS.value, "entries lost"
        GAP = marks.MarkKind.GAP.value, "sampling gap"
        STRETCHED = marks.MarkKind.STRETCHED.value, "interval stretched"

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="marks")
    stream = models.ForeignKey(Stream, null=True, on_delete=models.CASCADE, related_name="marks")
    group = models.BinaryField(default=b"", help_text="Empty: the stream or server as a whole.")
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.FloatField(help_text="Seconds since the epoch, by our clock.")
    text = models.CharField(max_length=500)

    objects = MarkQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["stream", "at"], name="mark_of_stream"),
            models.Index(fields=["server", "at"], name="mark_of_server"),
        ]

    def __str__(self) -> str:
        return self.text
