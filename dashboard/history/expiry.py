"""Forgetting: blocks that are older than their resolution is kept, and all of what was deleted. Small batches only."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Min, QuerySet

from dashboard.history.journal import shelf_of
from dashboard.history.metrics import Kind, Subject
from dashboard.history.models import HistoryBlock, JournalEntry, RollUp

_BATCH = 500


def expire(now: float, *, batches: int = 20) -> int:
    """Deletes what is older than it is kept at `now`, at most `batches` times 500 rows; returns how many."""
    now_ms, kept = round(now * 1000), {level.step_s: level.kept_s * 1000 for level in settings.HISTORY_LEVELS}
    deleted, left = 0, batches
    for resolution in _resolutions():
        # Resolutions that are not kept any more go altogether.
        old = HistoryBlock.objects.filter(resolution=resolution, ends_at__lt=now_ms - kept.get(resolution, -now_ms))
        gone, used = _in_batches(old.order_by("ends_at"), left)
        deleted, left = deleted + gone, left - used
    stale = JournalEntry.objects.filter(at__lt=now_ms - kept[0]).order_by("at")
    return deleted + _in_batches(stale, left)[0]


def _resolutions() -> list[int]:
    """Those that are stored, each found by one look into the index."""
    found: list[int] = []
    while True:
        rows = HistoryBlock.objects.filter(resolution__gt=found[-1]) if found else HistoryBlock.objects.all()
        resolution = rows.aggregate(least=Min("resolution"))["least"]
        if resolution is None:
            return found
        found.append(resolution)


def subjects(kind: Kind) -> set[int]:
    """The ids of the streams or servers of which more than samples is remembered, registered or not."""
    return set(RollUp.objects.filter(kind=kind).values_list("subject", flat=True).distinct())


def forget(gone: Iterable[Subject], *, batches: int = 20) -> int:
    """Deletes everything of subjects that were deleted, at most `batches` times 500 blocks; returns how many."""
    deleted, left = 0, batches
    for kind, pk in gone:
        if left <= 0:
            break
        rows, used = _in_batches(HistoryBlock.objects.filter(kind=kind, subject=pk), left)
        deleted, left = deleted + rows, left - used
        if left > 0:  # all of its blocks are gone
            RollUp.objects.filter(kind=kind, subject=pk).delete()
        if kind is Kind.SERVER:
            JournalEntry.objects.filter(shelf=shelf_of(Subject(kind, pk))).delete()
    return deleted


def _in_batches(rows: QuerySet[HistoryBlock] | QuerySet[JournalEntry], batches: int) -> tuple[int, int]:
    """How many rows were deleted, in how many batches."""
    deleted = 0
    for used in range(batches):
        pks = list(rows.values_list("pk", flat=True)[:_BATCH])
        deleted += rows.model.objects.filter(pk__in=pks).delete()[0] if pks else 0
        if len(pks) < _BATCH:
            return deleted, used + 1
    return deleted, batches
