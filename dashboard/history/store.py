"""The store: what the sampler writes, and the blocks that are made of it. `history.reading` reads both."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Min

from dashboard.history.blocks import Block, pack
from dashboard.history.journal import JournalRow
from dashboard.history.metrics import Subject
from dashboard.history.models import HistoryBlock, JournalEntry

#: Given ids of servers, says which of them are held by this process; asked inside the transaction that writes.
Holds = Callable[[frozenset[int]], frozenset[int]]

# Hundreds a second: to make a model's instance of each takes several times as long as to write it.
_INSERT = (
    f"INSERT INTO {JournalEntry._meta.db_table} (shelf, server_id, at, body)"  # noqa: S608  (our own name)
    " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
_INSERT_BLOCK = (
    f"INSERT INTO {HistoryBlock._meta.db_table}"  # noqa: S608  (our own name)
    " (kind, subject, resolution, starts_at, ends_at, points) VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)


class BlockRow(NamedTuple):
    """A packed block as it is stored."""

    kind: int
    subject: int
    resolution: int
    starts_at: int
    ends_at: int
    points: bytes


def packed(subject: Subject, resolution: int, block: Block, ends_at: int) -> BlockRow:
    """The row of a subject's block; `ends_at` is the end of its span, of samples the last one's time."""
    return BlockRow(int(subject.kind), subject.pk, resolution, block.at_ms[0], ends_at, pack(block))


def write_blocks(rows: Sequence[BlockRow]) -> None:
    """Writes blocks; one that is there already stays as it is."""
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT_BLOCK, rows)


def write(rows: Sequence[JournalRow], *, holds: Holds | None = None) -> int:
    """Writes rows, all of them or, where a database error is raised, none; returns how many could be written.

    Rows of servers that `holds` does not name are left out: another sampler has taken them over. A row that is there
    already stays as it is.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if holds is not None:
            held = holds(frozenset(row.server_id for row in rows))
            rows = [row for row in rows if row.server_id in held]
        cursor.executemany(_INSERT, rows)
    return len(rows)


def resolutions() -> list[int]:
    """The resolutions of which blocks are stored, finest first, each found by one look into the index."""
    found: list[int] = []
    while True:
        rows = HistoryBlock.objects.filter(resolution__gt=found[-1]) if found else HistoryBlock.objects.all()
        resolution = rows.aggregate(least=Min("resolution"))["least"]
        if resolution is None:
            return found
        found.append(resolution)
