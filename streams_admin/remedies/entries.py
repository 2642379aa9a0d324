"""Pending entries of a group: which ones a plan means, and how they are settled, batch by batch."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec
import redis

from dashboard.core.names import display
from streams_admin import pending
from streams_admin.facts import Facts, NotDone, PendingFact
from streams_admin.pending import PendingFilter
from streams_admin.plans import PlanError
from streams_admin.redis_io.look import page_size
from streams_admin.redis_io.pending import BATCH, Order, settle_pending
from streams_admin.wording import number

if TYPE_CHECKING:
    from streams_admin.run import Run

MOST_PENDING = 100_000  # entries in one plan
_SHOWN = 10


class EntriesFacts(Facts, frozen=True, kw_only=True):
    """Pending entries of a group as the preview saw them."""

    group: bytes
    entries: tuple[PendingFact, ...]
    more: bool = False  # more entries match than one plan takes


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Pending entries by their ids, or, without ids, all that match the filter."""

    matching: PendingFilter
    ids: Sequence[str] | None = None


def selected(client: "redis.Redis", key: bytes, selection: Selection) -> tuple[tuple[PendingFact, ...], bool]:
    """The entries as they are now, and whether more match than one plan takes. Raises PlanError."""
    group, ids = selection.matching.group, selection.ids
    if ids is None:
        page = pending.matching_pending(client, key, selection.matching, at_most=MOST_PENDING)
        chosen, more = list(page.entries), page.next_after is not None
    elif not ids:
        raise PlanError("Select at least one entry, or all that match.", "entries")
    else:
        chosen, more = pending.pending_of(client, key, group, ids), False
    if not chosen:
        raise PlanError("None of these entries is pending any more.", "entries")
    return tuple(chosen), more


def settle(client: "redis.Redis", order: Order, facts: EntriesFacts, run: "Run") -> None:
    """Settles the plan's entries in batches, from where an earlier run of the action got to."""
    size = page_size(client, facts.key, at_most=BATCH)
    for start in range(int(run.outcome.cursor or 0), len(facts.entries), size):
        batch = facts.entries[start : start + size]
        result = settle_pending(client, order, batch)
        run.outcome.done += result.done
        _count(result.not_done, run)
        run.outcome.cursor = str(start + len(batch))
        run.checkpoint()


def _count(items: Iterable[NotDone], run: "Run") -> None:
    for item in items:
        if item.why == "gone" and run.again:
            run.outcome.in_doubt += 1
        elif item.why == "gone":
            run.outcome.gone += 1
        elif item.why == "held" and run.again:
            run.outcome.done += 1  # our own earlier attempt
        else:
            run.outcome.leave(item)


def owners_of(entries: Sequence[PendingFact]) -> list[tuple[bytes, int]]:
    """Consumers that own the entries now, with how many, most first."""
    counts: dict[bytes, int] = {}
    for entry in entries:
        counts[entry.owner] = counts.get(entry.owner, 0) + 1
    return sorted(counts.items(), key=lambda item: -item[1])


def owners_in_words(entries: Sequence[PendingFact]) -> str:
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
    return min(entry.idle_ms for entry in facts.entries) // 1000
