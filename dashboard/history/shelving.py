"""Shelving: what lies in the journal for two minutes becomes blocks of samples, a block a subject."""

import logging
from collections import defaultdict
from collections.abc import Collection

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Length

from dashboard.history import store
from dashboard.history.coarsening import begin
from dashboard.history.journal import JournalRow, Point, Tick, blocks_of
from dashboard.history.metrics import Kind, Subject
from dashboard.history.models import JournalEntry
from dashboard.history.resolutions import JOURNAL_S

logger = logging.getLogger(__name__)

#: A step reads no more of the journal than this at once.
MOST_BYTES = 2 * 2**20
_MOST_ROWS = 500


def shelve(now_ms: int, servers: Collection[int] | None) -> int:
    """Takes the shelf whose oldest row is the oldest of all that are due; returns how many steps that was."""
    due = JournalEntry.objects.filter(at__lte=now_ms - JOURNAL_S * 1000)
    if servers is not None:
        due = due.filter(server_id__in=servers)
    oldest = due.order_by("at").values_list("shelf", "server_id").first()
    return 0 if oldest is None else _shelve_one(*oldest, now_ms)


def _shelve_one(shelf: int, server_id: int, now_ms: int) -> int:
    # What lies in the future was written before a clock was set back: it waits for its time.
    entries = JournalEntry.objects.filter(shelf=shelf, server_id=server_id, at__lte=now_ms)
    pks = _first_bytes(list(entries.order_by("at").values_list("pk", Length("body"))))
    found = JournalEntry.objects.filter(pk__in=pks).values_list("shelf", "server_id", "at", "body")
    rows = [JournalRow(*row[:3], bytes(row[3])) for row in found]
    kind = Kind.SERVER if shelf < 0 else Kind.STREAM
    points: defaultdict[int, list[Point]] = defaultdict(list)
    for row in rows:
        for pk, point in _points(row):
            points[pk].append(point)
    blocks = {Subject(kind, pk): list(blocks_of(its, kind, span_ms=2 * JOURNAL_S * 1000)) for pk, its in points.items()}
    packed = [store.packed(subject, 0, block, block.at_ms[-1]) for subject, its in blocks.items() for block in its]
    with transaction.atomic():
        # Two samplers may race here; only the one that deletes all that it read writes the blocks.
        if JournalEntry.objects.filter(pk__in=pks).delete()[0] != len(rows):
            transaction.set_rollback(True)
            return 0
        store.write_blocks(packed)
        begin(settings.HISTORY_LEVELS[1:2], [subject for subject, its in blocks.items() if its], server_id)
    return 1


def _first_bytes(sizes: list[tuple[int, int]]) -> list[int]:
    taken: list[int] = []
    total = 0
    for pk, size in sizes[:_MOST_ROWS]:
        total += size
        if taken and total > MOST_BYTES:
            break
        taken.append(pk)
    return taken


def _points(row: JournalRow) -> list[tuple[int, Point]]:
    try:
        return list(Tick(row).points())
    except ValueError as error:
        logger.warning("A row of the journal is left out: %s", error)
        return []
