"""Pending entries of a group: which ones a plan means, and how they are settled, batch by batch."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import redis

from dashboard.core.names import display
from streams_admin import pending
from streams_admin.facts import Facts, PendingColumns
from streams_admin.pending import PendingFilter
from streams_admin.plans import PlanError
from streams_admin.redis_io.look import has_heavy_ends, page_size
from streams_admin.redis_io.pending import BATCH, Order, Ready, Return
from streams_admin.wording import number

if TYPE_CHECKING:
    from streams_admin.run import Run

MOST_PENDING = 100_000  # entries in one plan
_SHOWN = 10


class EntriesFacts(Facts, frozen=True, kw_only=True):
    """Pending entries of a group as the preview saw them."""

    group: bytes
    entries: PendingColumns
    more: bool = False  # more entries match than one plan takes
    at_ms: int = 0  # the server's clock when they had the idle that stands in them

    @property
    def ends(self) -> tuple[str, str] | None:
        return (self.entries.ids[0], self.entries.ids[-1]) if self.entries.ids else None


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Pending entries by their ids, or, without ids, all that match the filter."""

    matching: PendingFilter
    ids: Sequence[str] | None = None


def selected(client: "redis.Redis", key: bytes, selection: Selection, *, at_ms: int) -> tuple[PendingColumns, bool]:
    """The entries as they are now, and whether more match than one plan takes. Raises PlanError."""
    group, ids = selection.matching.group, selection.ids
    if ids is None:
        page = pending.matching_pending(client, key, selection.matching, at_most=MOST_PENDING, at_ms=at_ms)
        chosen, more = PendingColumns.of(page.entries), page.next_after is not None
    elif not ids:
        raise PlanError("Select at least one entry, or all that match.", "entries")
    else:
        chosen, more = PendingColumns.of(pending.pending_of(client, key, group, ids, at_ms=at_ms)), False
    if not chosen:
        raise PlanError("None of these entries is pending any more.", "entries")
    return chosen, more


def settle(
    client: "redis.Redis",
    orders: Sequence[tuple[Order, PendingColumns]],
    facts: EntriesFacts,
    run: "Run",
    returns: Sequence[Return] = (),
) -> None:
    """Carries the orders out in batches, one after the other, from where an earlier run of the action got to."""
    size, heavy = page_size(client, facts.key, at_most=BATCH), has_heavy_ends(client, facts.key)
    orders = [(msgspec.structs.replace(order, heavy_ends=heavy), entries) for order, entries in orders]
    batches = _batches(orders, size, int(run.outcome.cursor or 0), returns)
    ahead = next(batches, None)
    while ahead:
        batch, sent = ahead, ahead.ready.send(client)
        ahead = next(batches, None)  # made ready while the server is at this one
        result = sent.result()
        run.count(result.done, result.not_done, like_ours=_LIKE_OURS[batch.verb])
        run.outcome.cursor = str(batch.until)
        run.outcome.times.append((batch.until, result.at_ms))
        run.checkpoint()


class _Batch(NamedTuple):
    ready: Ready
    verb: str
    until: int  # of all entries, in the order in which they are settled


def _batches(
    orders: Sequence[tuple[Order, PendingColumns]], size: int, settled: int, returns: Sequence[Return]
) -> Iterator[_Batch]:
    passed = 0
    for order, entries in orders:
        for start in range(max(0, settled - passed), len(entries), size):
            batch = entries[start : start + size]
            ready = Ready(order, batch, returns[start : start + size])
            yield _Batch(ready, order.verb, passed + start + len(batch))
        passed += len(entries)


#: What an entry that an earlier run has settled looks like to a later one, where it cannot be told from somebody else's doing.
_LIKE_OURS = {
    "claim": {"gone"},
    "acknowledge": {"gone"},
    "acknowledge-delete": {"gone"},
    "reset-idle": {"gone", "busy"},
    "give-back": {"gone", "moved"},
}


def owners_of(entries: PendingColumns) -> list[tuple[bytes, int]]:
    """Consumers that own the entries now, with how many, most first."""
    counts: dict[bytes, int] = {}
    start = 0
    for run in entries.runs:
        counts[run.owner] = counts.get(run.owner, 0) + run.until - start
        start = run.until
    return sorted(counts.items(), key=lambda item: -item[1])


def owners_in_words(entries: PendingColumns) -> str:
    """`w-1 (20), w-2 (3)`, the ten with most."""
    owners = owners_of(entries)
    listed = [f"{display(owner)} ({number(count)})" for owner, count in owners[:_SHOWN]]
    more = f", and {number(len(owners) - _SHOWN)} more" if len(owners) > _SHOWN else ""
    return ", ".join(listed) + more


def more_notes(facts: EntriesFacts) -> list[str]:
    """What is said where more entries match than one plan takes."""
    if not facts.more:
        return []
    return [f"More match: this plan takes the oldest {number(len(facts.entries))}. Plan again after it."]


def idle_at_least_s(facts: EntriesFacts) -> int:
    """Seconds that the entry touched last has been left alone."""
    return max(0, min(run.idle_ms for run in facts.entries.runs)) // 1000
