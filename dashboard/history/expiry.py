"""Forgetting: blocks that are older than their resolution is kept, and all of what was deleted. Small batches only."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import QuerySet

from dashboard.history import store
from dashboard.history.journal import shelf_of
from dashboard.history.metrics import Kind, Subject
from dashboard.history.models import HistoryBlock, JournalEntry, RollUp
from dashboard.history.resolutions import longest_s

_BATCH = 500


def expire(now: float, *, batches: int = 20) -> int:
    """Deletes what is older than it is kept at `now`, at most `batches` times 500 rows; returns how many."""
    now_ms = round(now * 1000)
    deleted, left = 0, batches
    for resolution in store.resolutions():
        old = HistoryBlock.objects.filter(resolution=resolution, ends_at__lt=now_ms - _kept_s(resolution) * 1000)
        gone, used = _in_batches(old.order_by("ends_at"), left)
        deleted, left = deleted + gone, left - used
    stale = JournalEntry.objects.filter(at__lt=now_ms - _kept_s(0) * 1000).order_by("at")
    return deleted + _in_batches(stale, left)[0]


def _kept_s(resolution: int) -> int:
    """As set; one that is set no more, until the next coarser one has surely been made of it."""
    kept = {level.step_s: level.kept_s for level in settings.HISTORY_LEVELS}
    coarser = min((step for step in kept if step > resolution), default=0)
    return kept[resolution] if resolution in kept else longest_s(coarser)


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
