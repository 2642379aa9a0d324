"""Rolling up: the journal becomes blocks of samples, finer blocks become coarser ones.

Each step is one transaction, reads what is stored and nothing else, and begins with a counted change that only one
process can make. So it can be killed at any instant, goes on where it was, and two samplers never do the same twice.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Length

from dashboard.history.blocks import Block, pack, unpack
from dashboard.history.frames import Frame, Steps
from dashboard.history.journal import JournalRow, Point, Tick, blocks_of, shelf_of
from dashboard.history.metrics import Key, Kind, Subject, Track
from dashboard.history.models import HistoryBlock, JournalEntry, RollUp
from dashboard.history.resolutions import JOURNAL_S, Level

logger = logging.getLogger(__name__)

#: A step reads no more of the journal than this at once.
MOST_BYTES = 2 * 2**20
#: After the end of a span, until its last samples are surely in blocks.
SETTLED_MS = 2 * JOURNAL_S * 1000
_AGAIN_MS = 30_000
_GOLDEN = 0.6180339887

_INSERT_BLOCK = (
    f"INSERT INTO {HistoryBlock._meta.db_table}"  # noqa: S608  (our own name)
    " (kind, subject, resolution, starts_at, ends_at, points) VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)


class _Raced(Exception):
    """Another sampler did this step."""


def roll_up(now: float, *, for_s: float = 0.2, servers: Collection[int] | None = None) -> int:
    """Takes the steps that are due at `now`, oldest first, until none is left or `for_s` seconds passed.

    Returns how many it took. `servers` leaves out all others: with several samplers each rolls up what it holds.
    """
    began, taken = time.monotonic(), 0
    now_ms = round(now * 1000)
    while step := _shelve(now_ms, servers) + _coarsen(now_ms, servers):
        taken += step
        if time.monotonic() - began > for_s:
            break
    return taken


# From the journal to blocks of samples


def _shelve(now_ms: int, servers: Collection[int] | None) -> int:
    due = JournalEntry.objects.filter(at__lte=now_ms - JOURNAL_S * 1000)
    if servers is not None:
        due = due.filter(server_id__in=servers)
    oldest = due.order_by("at").values_list("shelf", "server_id").first()
    if oldest is None:
        return 0
    try:
        with transaction.atomic():
            _shelve_one(*oldest, now_ms)
    except _Raced:
        return 0
    return 1


def _shelve_one(shelf: int, server_id: int, now_ms: int) -> None:
    # What lies in the future was written before a clock was set back: it waits for its time.
    entries = JournalEntry.objects.filter(shelf=shelf, server_id=server_id, at__lte=now_ms)
    pks = _first_bytes(list(entries.order_by("at").values_list("pk", Length("body"))))
    rows = list(JournalEntry.objects.filter(pk__in=pks).values_list("shelf", "server_id", "at", "body"))
    # Two samplers may race here; only the one that deletes all that it read writes the blocks.
    if JournalEntry.objects.filter(pk__in=pks).delete()[0] != len(rows):
        raise _Raced
    kind = Kind.SERVER if shelf < 0 else Kind.STREAM
    points: defaultdict[int, list[Point]] = defaultdict(list)
    for row in rows:
        for pk, point in _points(JournalRow(*row[:3], bytes(row[3]))):
            points[pk].append(point)
    blocks = {Subject(kind, pk): list(blocks_of(its, kind, span_ms=2 * JOURNAL_S * 1000)) for pk, its in points.items()}
    _insert([_row(subject, 0, block, block.at_ms[-1]) for subject, its in blocks.items() for block in its])
    _begin(settings.HISTORY_LEVELS[1:2], {s: its[0].at_ms[0] for s, its in blocks.items() if its}, server_id)


def _first_bytes(sizes: list[tuple[int, int]]) -> list[int]:
    taken: list[int] = []
    total = 0
    for pk, size in sizes[:500]:
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


# From finer blocks to coarser ones


def _begin(levels: Sequence[Level], since: dict[Subject, int], server_id: int) -> None:
    """Says from when on the subjects are to be rolled up to the next level, where that is not known yet."""
    rows = []
    for level in levels:
        step, span = level.step_s * 1000, level.span_s * 1000
        for subject, at_ms in since.items():
            start = at_ms // step * step
            # The first span is shorter by another part for each subject, so that not all of them are due at once.
            end = start + max(1, round(subject.pk * _GOLDEN % 1 * span / step)) * step
            rows.append(
                RollUp(
                    kind=subject.kind,
                    subject=subject.pk,
                    resolution=level.step_s,
                    server_id=server_id,
                    until=start,
                    ends_at=end,
                    due_at=end + SETTLED_MS,
                )
            )
    RollUp.objects.bulk_create(rows, ignore_conflicts=True)


def _coarsen(now_ms: int, servers: Collection[int] | None) -> int:
    steps = [level.step_s for level in settings.HISTORY_LEVELS[1:]]
    due = RollUp.objects.filter(due_at__lte=now_ms, resolution__in=steps)
    if servers is not None:
        due = due.filter(server_id__in=servers)
    task = due.order_by("due_at").first()
    if task is None:
        return 0
    with transaction.atomic():
        if not _is_complete(task):
            RollUp.objects.filter(pk=task.pk, until=task.until).update(due_at=now_ms + _AGAIN_MS)
        else:
            _coarsen_one(task, now_ms)
    return 1


def _is_complete(task: RollUp) -> bool:
    """Whether everything before the end of the span has come to the finer level."""
    subject, finer = Subject(Kind(task.kind), task.subject), _finer(task)
    if finer.step_s == 0:
        waiting = JournalEntry.objects.filter(shelf=shelf_of(subject), server_id=task.server_id, at__lt=task.ends_at)
        return not waiting.exists()
    behind = RollUp.objects.filter(
        kind=task.kind, subject=task.subject, resolution=finer.step_s, until__lt=task.ends_at
    )
    return not behind.exists()


def _coarsen_one(task: RollUp, now_ms: int) -> None:
    levels = settings.HISTORY_LEVELS
    place = [level.step_s for level in levels].index(task.resolution)
    level, finer = levels[place], levels[place - 1]
    found = _sources(task, finer)
    until = task.ends_at if found else _next_start(task, finer, now_ms, level)
    ends_at = until + level.span_s * 1000
    changed = RollUp.objects.filter(pk=task.pk, until=task.until)
    # Two samplers may race here; only the one whose update counts writes the block.
    if not changed.update(until=until, ends_at=ends_at, due_at=ends_at + SETTLED_MS):
        return
    block = _coarser(found, level, task) if found else None
    if block is not None:
        subject = Subject(Kind(task.kind), task.subject)
        _insert([_row(subject, level.step_s, block, task.ends_at)])
        _begin(levels[place + 1 : place + 2], {subject: block.at_ms[0]}, task.server_id)


def _finer(task: RollUp) -> Level:
    levels = settings.HISTORY_LEVELS
    return levels[[level.step_s for level in levels].index(task.resolution) - 1]


def _sources(task: RollUp, finer: Level) -> list[Block]:
    rows = _of_finer(task, finer).filter(
        # No block is longer than this; so the index finds both ends.
        starts_at__gt=task.until - 2 * max(finer.span_s, JOURNAL_S) * 1000,
        starts_at__lt=task.ends_at,
        ends_at__gte=task.until,
    )
    return [unpack(bytes(points)) for points in rows.values_list("points", flat=True)]


def _of_finer(task: RollUp, finer: Level) -> Any:
    return HistoryBlock.objects.filter(kind=task.kind, subject=task.subject, resolution=finer.step_s)


def _next_start(task: RollUp, finer: Level, now_ms: int, level: Level) -> int:
    """Where the next span begins after one in which nothing was sampled."""
    later = _of_finer(task, finer).filter(starts_at__gte=task.ends_at).order_by("starts_at")
    start = later.values_list("starts_at", flat=True).first()
    step = level.step_s * 1000
    return max(task.ends_at, (start if start is not None else now_ms - SETTLED_MS) // step * step)


def _coarser(blocks: list[Block], level: Level, task: RollUp) -> Block | None:
    frame = Frame(blocks, since_ms=task.until, until_ms=task.ends_at)
    if not frame.at_ms:
        return None
    steps = Steps(frame, level.step_s * 1000)
    columns: dict[Key, Track | Any] = {key: steps.track(frame.track(key)) for key in frame.keys}
    return Block(
        steps.at_ms,
        columns,
        kind=Kind(task.kind),
        interval_ms=max(frame.interval_ms, 1),
        step_ms=level.step_s * 1000,
        counts=steps.counts,
    )


def _row(subject: Subject, resolution: int, block: Block, ends_at: int) -> tuple[int, int, int, int, int, bytes]:
    return (int(subject.kind), subject.pk, resolution, block.at_ms[0], ends_at, pack(block))


def _insert(rows: list[tuple[int, int, int, int, int, bytes]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT_BLOCK, rows)
