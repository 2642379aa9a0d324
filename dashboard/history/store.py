"""The store: history's rows in the database, written, read and expired."""

from collections.abc import Callable, Sequence

import msgspec
from django.conf import settings
from django.db import connection, transaction

from dashboard.history.blocks import Block, unpack
from dashboard.history.models import HistoryBlock
from dashboard.history.series import Series, join

_BATCH = 500
_INSERT = (
    f"INSERT INTO {HistoryBlock._meta.db_table} (stream_id, starts_at, ends_at, points)"  # noqa: S608  (our own name)
    " VALUES (%s, %s, %s, %s)"
)


class PackedBlock(msgspec.Struct, frozen=True):
    """A block that waits to be written."""

    server_id: int
    stream_id: int
    starts_at: float
    ends_at: float
    points: bytes


#: Given ids of servers, says which of them are held by this process; asked inside the transaction that writes.
Holds = Callable[[frozenset[int]], frozenset[int]]


def write(blocks: Sequence[PackedBlock], *, holds: Holds | None = None) -> int:
    """Writes blocks, all of them or, where a database error is raised, none; returns how many were written.

    Blocks of servers that `holds` does not name are left out: another sampler has taken them over.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if holds is not None:
            held = holds(frozenset(block.server_id for block in blocks))
            blocks = [block for block in blocks if block.server_id in held]
        # A thousand a second: to make a model's instance of each takes several times as long as to write it.
        cursor.executemany(_INSERT, [(b.stream_id, b.starts_at, b.ends_at, b.points) for b in blocks])
    return len(blocks)


def read(stream_id: int, *, since: float, until: float, tail: Sequence[Block] = ()) -> Series:
    """What is stored of a stream between two times of our clock, in seconds since the epoch.

    Gaps are rows of None. At most 1,000 rows, thinned as `history.series.thin` says. The last seconds (as many as the
    sampler collects before it writes: 2 on a small installation, up to 10 on a large one) are not stored yet; they come
    from `tail`, blocks of one point each of which only those are taken that are younger than what is stored.
    """
    rows = HistoryBlock.objects.filter(stream_id=stream_id, ends_at__gte=since, starts_at__lte=until)
    blocks = [unpack(bytes(points)) for points in rows.order_by("ends_at").values_list("points", flat=True)]
    stored_until = max((block.at_ms[-1] for block in blocks), default=0)
    blocks += [block for block in tail if block.at_ms[0] > stored_until]
    return join(blocks, since=since, until=until)


def expire(now: float, *, batches: int = 20) -> int:
    """Deletes blocks that ended more than HISTORY_KEPT seconds before `now`, at most `batches` times 500; returns how many."""
    deleted = 0
    for _ in range(batches):
        old = HistoryBlock.objects.filter(ends_at__lt=now - settings.HISTORY_KEPT_S).order_by("ends_at")
        ids = list(old.values_list("pk", flat=True)[:_BATCH])
        deleted += HistoryBlock.objects.filter(pk__in=ids).delete()[0] if ids else 0
        if len(ids) < _BATCH:
            break
    return deleted
