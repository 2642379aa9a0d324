"""What judging and notifying remember: so that whoever takes over goes on exactly where the last one was."""

from typing import ClassVar

from django.db import models

from dashboard.models.server import Server
from dashboard.models.threshold import Threshold


class ThresholdMemory(models.Model):
    """The tracks of one threshold on one server, written in the transaction that changes its alerts."""

    threshold = models.ForeignKey(Threshold, on_delete=models.CASCADE, related_name="memories")
    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="memories")
    digest = models.CharField(max_length=64)  # of the definition that it was judged by
    at = models.DateTimeField()
    tracks = models.BinaryField(default=b"")
    pending = models.PositiveIntegerField(
        default=0, help_text="Subjects beyond a limit, not yet for as long as the hold."
    )

    class Meta:
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["threshold", "server"], name="one_memory_a_threshold_and_server"),
        ]

    def __str__(self) -> str:
        return f"{self.threshold_id} on {self.server_id}"


class WindowBucket(models.Model):
    """What one bucket of a window saw on a server, so that a function over a window outlasts a restart."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="window_buckets")
    gauge = models.CharField(max_length=64)  # its digest
    began = models.FloatField()
    span = models.BinaryField()
    cells = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["server", "gauge", "began"], name="one_bucket_a_window_and_time"),
        ]

    def __str__(self) -> str:
        return f"{self.gauge[:12]} on {self.server_id}"


class Beat(models.Model):
    """When a process that is not a sampler was last heard of. A sampler's stands with its servers."""

    NOTIFIER: ClassVar[str] = "notifier"

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
