"""Marking: what was noticed about a server and its streams is kept for the time axis, for a year."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from dashboard.core import marks as core
from dashboard.core.wording import duration, shortened
from dashboard.models import Mark, Server, Stream
from dashboard.models.mark import MarkQuerySet
from dashboard.services.fencing import Guard

KEPT = timedelta(days=365)
#: `Server.sampled_at` is written every few seconds: a sampler that was away for less left no gap that we know of.
LEAST_ABSENCE = timedelta(seconds=20)
LONGEST_TEXT = 500
_BATCH = 500


class Seen(msgspec.Struct, frozen=True):
    """A mark with its time by our clock, in seconds since the epoch."""

    mark: core.Mark
    at: float


def record_marks(
    server_id: int, seen: Sequence[Seen], *, stream_ids: Mapping[bytes, int], guard: Guard = transaction.atomic
) -> list[Mark]:
    """The rows of these marks, written together or not at all; those of streams that the registry does not know are left out."""
    rows = [_row(server_id, one, stream_ids) for one in seen if not one.mark.key or one.mark.key in stream_ids]
    if not rows:
        return []
    with guard():
        return Mark.objects.bulk_create(rows, batch_size=_BATCH)


def _row(server_id: int, seen: Seen, stream_ids: Mapping[bytes, int]) -> Mark:
    return Mark(
        server_id=server_id,
        # Its name comes with it, and needs no look into the registry.
        stream=Stream(pk=stream_ids[seen.mark.key], key=seen.mark.key) if seen.mark.key else None,
        group=seen.mark.group,
        kind=seen.mark.kind.value,
        at=seen.at,
        text=shortened(seen.mark.text, LONGEST_TEXT),
    )


def absence(last_sampled: datetime | None, now: datetime) -> Seen | None:
    """The gap that a sampler finds when it begins with a server that another sampled last; None where there is none."""
    if last_sampled is None or now - last_sampled < LEAST_ABSENCE:
        return None
    text = f"No sampler watched for {duration(round((now - last_sampled).total_seconds()))}."
    at = last_sampled.timestamp()
    return Seen(core.Mark(kind=core.MarkKind.GAP, at=at, text=text), at)


def expire_marks(now: datetime, *, batches: int = 4) -> int:
    """Deletes marks that are older than a year, of each server at most `batches` times 500; returns how many."""
    # Server by server: the index begins with it.
    servers = Server.objects.values_list("pk", flat=True)
    return sum(_expire(Mark.objects.filter(server_id=pk, at__lt=(now - KEPT).timestamp()), batches) for pk in servers)


def _expire(old: MarkQuerySet, batches: int) -> int:
    deleted = 0
    for _ in range(batches):
        ids = list(old.order_by("at").values_list("pk", flat=True)[:_BATCH])
        deleted += Mark.objects.filter(pk__in=ids).delete()[0] if ids else 0
        if len(ids) < _BATCH:
            break
    return deleted
