"""Stored samples. An app of its own, so that history knows streams by their primary key alone."""

from typing import ClassVar

from django.db import models


class HistoryBlock(models.Model):
    """The packed points of one stream and its groups over a short span; `history.blocks` reads and writes `points`."""

    # No constraint in the database: a block of a stream that was just deleted must not hold back the others. It expires.
    stream = models.ForeignKey("dashboard.Stream", on_delete=models.CASCADE, related_name="+", db_constraint=False)
    starts_at = models.FloatField(help_text="Seconds since the epoch.")
    ends_at = models.FloatField()
    points = models.BinaryField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["stream", "ends_at"], name="block_of_stream"),
            models.Index(fields=["ends_at"], name="block_expiry"),
        ]
