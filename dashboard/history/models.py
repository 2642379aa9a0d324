"""Stored samples. An app of its own, so that history knows streams and servers by their primary keys alone.

Times are whole milliseconds since the epoch. No row points at the registry: what belongs to a deleted stream must not
hold back the others, and is cleaned up in small batches.
"""

from typing import ClassVar

from django.db import models


class JournalEntry(models.Model):
    """One sample of some streams, or of one server, as it came from the sampler; `history.journal` reads `body`."""

    shelf = models.BigIntegerField(help_text="Which streams: their ids divided by 64; below 0, the server of that id.")
    server_id = models.BigIntegerField()
    at = models.BigIntegerField()
    body = models.BinaryField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # A sampler that was not told whether its rows arrived writes them again.
            models.UniqueConstraint(fields=["shelf", "server_id", "at"], name="one_entry_a_sample"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["at"], name="journal_oldest")]


class HistoryBlock(models.Model):
    """The packed points of one subject at one resolution over a span; `history.blocks` reads and writes `points`."""

    kind = models.SmallIntegerField(help_text="1 a stream with its groups, 2 a server.")
    subject = models.BigIntegerField(help_text="The primary key of the stream or server.")
    resolution = models.IntegerField(help_text="Seconds from point to point; 0, every sample.")
    starts_at = models.BigIntegerField()
    ends_at = models.BigIntegerField(help_text="Of samples the last one's time, else the end of the span, exclusive.")
    points = models.BinaryField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Writing a block twice changes nothing.
            models.UniqueConstraint(fields=["kind", "subject", "resolution", "starts_at"], name="one_block_a_span"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["resolution", "ends_at"], name="block_age")]


class RollUp(models.Model):
    """How far the blocks of one subject at one resolution are made from the finer ones."""

    kind = models.SmallIntegerField()
    subject = models.BigIntegerField()
    resolution = models.IntegerField()
    server_id = models.BigIntegerField()
    until = models.BigIntegerField(help_text="Whatever lies before is rolled up.")
    ends_at = models.BigIntegerField(help_text="The end of the span that comes next.")
    due_at = models.BigIntegerField(help_text="When that span is looked at.")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "subject", "resolution"], name="one_roll_up_a_resolution"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["due_at"], name="roll_up_due")]
