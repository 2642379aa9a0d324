"""Coarsening: over each span of a coarser resolution, one block is made from the finer ones when they are all there."""

from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction

from dashboard.history import store
from dashboard.history.blocks import Block, unpack
from dashboard.history.frames import Frame, Steps
from dashboard.history.journal import shelf_of
from dashboard.history.metrics import Key, Kind, Subject, Track
from dashboard.history.models import HistoryBlock, JournalEntry, RollUp
from dashboard.history.resolutions import JOURNAL_S, Level

#: After the end of a span, until its last samples are surely in blocks.
SETTLED_MS = 2 * JOURNAL_S * 1000
_AGAIN_MS = 30_000
_GOLDEN = 0.6180339887


def begin(levels: Sequence[Level], since: dict[Subject, int], server_id: int) -> None:
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


def coarsen(now_ms: int, servers: Collection[int] | None) -> int:
    steps = [level.step_s for level in settings.HISTORY_LEVELS[1:]]
    due = RollUp.objects.filter(due_at__lte=now_ms, resolution__in=steps)
    if servers is not None:
        due = due.filter(server_id__in=servers)
    task = due.order_by("due_at").first()
    if task is None:
        return 0
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
    block = _coarser(found, level, task) if found else None
    subject = Subject(Kind(task.kind), task.subject)
    rows = [store.packed(subject, level.step_s, block, task.ends_at)] if block else []
    with transaction.atomic():
        changed = RollUp.objects.filter(pk=task.pk, until=task.until)
        # Two samplers may race here; only the one whose update counts writes the block.
        if changed.update(until=until, ends_at=ends_at, due_at=ends_at + SETTLED_MS) and block:
            store.write_blocks(rows)
            begin(levels[place + 1 : place + 2], {subject: block.at_ms[0]}, task.server_id)


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
