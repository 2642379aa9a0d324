"""Coarsening: over each span of a coarser resolution, one block is made from the finer ones when they are all there."""

from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min

from dashboard.history import store
from dashboard.history.blocks import Block, unpack
from dashboard.history.frames import Frame, Steps
from dashboard.history.journal import shelf_of
from dashboard.history.metrics import Key, Kind, Subject, Track
from dashboard.history.models import HistoryBlock, JournalEntry, RollUp
from dashboard.history.resolutions import JOURNAL_S, Level, longest_s

#: After the end of a span, until its last samples are surely in blocks.
SETTLED_MS = 2 * JOURNAL_S * 1000
_AGAIN_MS = 30_000
_GOLDEN = 0.6180339887


def begin(levels: Sequence[Level], subjects: Collection[Subject], server_id: int) -> None:
    """Has subjects of one kind rolled up to the next level from their oldest finer block on, where they are not yet."""
    for level in levels:
        for kind in {subject.kind for subject in subjects}:
            pks = {subject.pk for subject in subjects}
            known = RollUp.objects.filter(kind=kind, subject__in=pks, resolution=level.step_s)
            if missing := pks - set(known.values_list("subject", flat=True)):
                finer = HistoryBlock.objects.filter(
                    kind=kind, subject__in=missing, resolution=_finer(level.step_s).step_s
                )
                oldest = finer.values_list("subject").annotate(Min("starts_at"))
                rows = [_task(Subject(kind, pk), level, at_ms, server_id) for pk, at_ms in oldest]
                RollUp.objects.bulk_create(rows, ignore_conflicts=True)


def _task(subject: Subject, level: Level, since_ms: int, server_id: int) -> RollUp:
    step, span = level.step_s * 1000, level.span_s * 1000
    start = since_ms // step * step
    # The first span is shorter by another part for each subject, so that not all of them are due at once.
    end = start + max(1, round(subject.pk * _GOLDEN % 1 * span / step)) * step
    return RollUp(
        kind=subject.kind,
        subject=subject.pk,
        resolution=level.step_s,
        server_id=server_id,
        until=start,
        ends_at=end,
        due_at=end + SETTLED_MS,
    )


def refit() -> None:
    """Shortens the spans that are under way to what the setting allows by now: what they are made from may go sooner."""
    for level in settings.HISTORY_LEVELS[1:]:
        span = level.span_s * 1000
        too_long = RollUp.objects.filter(resolution=level.step_s, ends_at__gt=F("until") + span)
        too_long.update(ends_at=F("until") + span, due_at=F("until") + span + SETTLED_MS)


def coarsen(now_ms: int, servers: Collection[int] | None) -> int:
    """Takes the span that is due for longest; returns how many steps that was."""
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
    subject, finer = Subject(Kind(task.kind), task.subject), _finer(task.resolution)
    if finer.step_s == 0:
        waiting = JournalEntry.objects.filter(shelf=shelf_of(subject), server_id=task.server_id, at__lt=task.ends_at)
        return not waiting.exists()
    begin([finer], [subject], task.server_id)  # it may be new in the setting
    behind = RollUp.objects.filter(
        kind=task.kind, subject=task.subject, resolution=finer.step_s, until__lt=task.ends_at
    )
    return not behind.exists()


def _coarsen_one(task: RollUp, now_ms: int) -> None:
    levels = settings.HISTORY_LEVELS
    place = [level.step_s for level in levels].index(task.resolution)
    level, found = levels[place], _sources(task)
    until = task.ends_at if found else _next_start(task, now_ms)
    ends_at = until + level.span_s * 1000
    block = _coarser(found, level, task) if found else None
    subject = Subject(Kind(task.kind), task.subject)
    rows = [store.packed(subject, level.step_s, block, task.ends_at)] if block else []
    with transaction.atomic():
        changed = RollUp.objects.filter(pk=task.pk, until=task.until)
        # Two samplers may race here; only the one whose update counts writes the block.
        if changed.update(until=until, ends_at=ends_at, due_at=ends_at + SETTLED_MS) and block:
            store.write_blocks(rows)
            begin(levels[place + 1 : place + 2], [subject], task.server_id)


def _finer(step_s: int) -> Level:
    levels = settings.HISTORY_LEVELS
    return levels[[level.step_s for level in levels].index(step_s) - 1]


def _sources(task: RollUp) -> list[Block]:
    """The next finer blocks of the span; after what they have, finer ones still. Also of resolutions that are set no more."""
    found: list[Block] = []
    start = task.until
    for resolution in sorted(_stored_finer(task), reverse=True):
        if start >= task.ends_at:
            break
        rows = HistoryBlock.objects.filter(
            kind=task.kind,
            subject=task.subject,
            resolution=resolution,
            # No block is longer than this; so the index finds both ends.
            starts_at__gt=start - 2 * longest_s(resolution) * 1000,
            starts_at__lt=task.ends_at,
            ends_at__gte=start,
        )
        ends = [start]
        for ends_at, points in rows.values_list("ends_at", "points"):
            block = unpack(bytes(points))
            block.not_before_ms = start
            found.append(block)
            ends.append(ends_at)
        start = max(ends)
    return found


def _stored_finer(task: RollUp) -> list[int]:
    """The resolutions that the task's steps are made up of and of which the subject has blocks."""
    stored = HistoryBlock.objects.filter(kind=task.kind, subject=task.subject, resolution__lt=task.resolution)
    return [
        step
        for step in stored.values_list("resolution", flat=True).distinct()
        if not step or not task.resolution % step
    ]


def _next_start(task: RollUp, now_ms: int) -> int:
    """Where the next span begins after one in which nothing was sampled."""
    later = HistoryBlock.objects.filter(
        kind=task.kind, subject=task.subject, resolution__in=_stored_finer(task), starts_at__gte=task.ends_at
    )
    start, step = later.aggregate(least=Min("starts_at"))["least"], task.resolution * 1000
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
