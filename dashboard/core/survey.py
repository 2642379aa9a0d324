"""A survey of a group's pending entries: how long they have waited, how often they were delivered, and what is wrong with them."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import msgspec

from dashboard.core.damage import POISON_DELIVERIES
from dashboard.core.entry_id import EntryId
from dashboard.core.sample import StreamSample

#: Seconds since the last delivery, and deliveries, that the bars of a histogram begin at.
WAITS_S = (0, 10, 60, 300, 900, 3600, 86_400)
DELIVERIES = (0, 2, 3, 5, 10)
NAMED = 20  # poison entries and ghosts that are named; the others are counted


class Pending(msgspec.Struct, frozen=True, gc=False):
    """An entry that was delivered and not acknowledged, `idle_s` seconds after its last delivery."""

    id: EntryId
    consumer: bytes
    idle_s: float
    deliveries: int


class Bars(msgspec.Struct, frozen=True):
    """A histogram: `counts[n]` entries from `begins[n]` up to, and without, the next beginning."""

    begins: tuple[int, ...]
    counts: tuple[int, ...]


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at the oldest pending entries came to; of all of them where it is `complete`."""

    looked_at: int
    complete: bool
    waits: Bars
    deliveries: Bars
    poison: int
    poisonous: tuple[Pending, ...]  # those delivered most often, NAMED at most
    ghosts: int
    ghostly: tuple[EntryId, ...]  # the oldest of them, NAMED at most
    ghosts_at_least: bool  # there may be more


def survey(
    rows: Sequence[Pending], stream: StreamSample, *, missing: Collection[EntryId], searched: bool, complete: bool
) -> Survey:
    """The survey of `rows`, oldest first. `missing` are those of them inside the stream that were looked for in vain;
    `searched`: there are no others that could be missing."""
    ghosts = sorted({*below(rows, stream), *missing})
    poison = sorted(
        (row for row in rows if row.deliveries >= POISON_DELIVERIES), key=lambda row: (-row.deliveries, row.id)
    )
    return Survey(
        looked_at=len(rows),
        complete=complete,
        waits=_bars((row.idle_s for row in rows), WAITS_S),
        deliveries=_bars((row.deliveries for row in rows), DELIVERIES),
        poison=len(poison),
        poisonous=tuple(poison[:NAMED]),
        ghosts=len(ghosts),
        ghostly=tuple(ghosts[:NAMED]),
        ghosts_at_least=not (searched and complete),
    )


def below(rows: Iterable[Pending], stream: StreamSample) -> list[EntryId]:
    """Pending ids below the stream's first entry, all of them where it has none: their entries are gone for sure."""
    first = stream.first_id
    return [row.id for row in rows if first is None or row.id < first]


def doubted(rows: Iterable[Pending], stream: StreamSample) -> list[EntryId]:
    """Pending ids inside the stream whose entries may have been deleted."""
    first, deleted = stream.first_id, stream.max_deleted_id
    if first is None:
        return []
    # Redis 6.2 does not say whether anything was deleted.
    return [row.id for row in rows if row.id >= first and (deleted is None or row.id <= deleted)]


def _bars(values: Iterable[float], begins: tuple[int, ...]) -> Bars:
    counted = Counter(max(0, bisect_right(begins, value) - 1) for value in values)
    return Bars(begins, tuple(counted[at] for at in range(len(begins))))
