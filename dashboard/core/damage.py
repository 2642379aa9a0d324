"""Damage (G1 to G4): pending entries that no longer exist or fail again and again, and entries lost before delivery."""

from collections.abc import Collection, Sequence

import msgspec

from dashboard.core.entry_id import ZERO, EntryId
from dashboard.core.lag import LagQuality
from dashboard.core.rates import Reading, added_between
from dashboard.core.sample import GroupSample, StreamSample

POISON_DELIVERIES = 5

_EXACT, _MEASURED = LagQuality.EXACT, LagQuality.MEASURED


class PendingFacts(msgspec.Struct, frozen=True, gc=False):
    """The oldest pending entries of a group as they were when it had been given `delivered` and held `pending`."""

    delivered: EntryId
    pending: int
    oldest: EntryId | None  # None: nothing was pending any more
    ghosts: int  # a lower bound
    poison: int  # a lower bound
    most_deliveries: int  # among the oldest


def pending_facts(
    group: GroupSample, rows: Sequence[tuple[EntryId, int]], *, ghosts_below: int, missing: Collection[EntryId]
) -> PendingFacts:
    """What a group's oldest pending entries (id, deliveries) tell.

    `ghosts_below` of them, or more, stand below the stream's first entry; `missing` are others that were looked for.
    """
    return PendingFacts(
        delivered=group.last_delivered_id,
        pending=group.pending,
        oldest=rows[0][0] if rows else None,
        ghosts=ghosts_below + len(missing),
        poison=sum(deliveries >= POISON_DELIVERIES for _, deliveries in rows),
        most_deliveries=max((deliveries for _, deliveries in rows), default=0),
    )


def ghosts_now(facts: PendingFacts | None, stream: StreamSample, group: GroupSample) -> int | None:
    """Pending entries whose entry is gone (G1), a lower bound; None where nothing is known yet."""
    if not group.pending:
        return 0
    if stream.first_id is None:
        return group.pending  # a stream without entries has nothing that could still be acknowledged
    if facts is None:
        return None
    found = facts.ghosts
    if not found and facts.oldest is not None and facts.oldest < stream.first_id and _unmoved(facts, group):
        found = 1
    return min(left(found, facts, group), group.pending)


def left(found: int, facts: PendingFacts, group: GroupSample) -> int:
    """How many of `found` pending entries are pending still: at least so many while the group stands still, since only
    acknowledging can have happened; once it moves, as many as when they were read last."""
    if group.last_delivered_id != facts.delivered:
        return found
    return max(0, found - max(0, facts.pending - group.pending))


def _unmoved(facts: PendingFacts, group: GroupSample) -> bool:
    return facts.delivered == group.last_delivered_id and facts.pending == group.pending


def tail_deleted(stream: StreamSample) -> bool:
    """True if the entry that was added last is gone (G4)."""
    return stream.last_generated_id != (stream.last_id or ZERO)


class Losses:
    """What one group lost before it was given it (G3), summed since it was first seen. Losses that nobody can prove are left out."""

    __slots__ = ("_sure", "at", "lost", "standing")

    def __init__(self, reading: Reading, now: float) -> None:
        self.lost = self.standing = _overtaken(reading.stream, reading.group) or 0
        self.at: float | None = now if self.lost else None  # when a loss was seen last
        # The last reading whose lag was known for sure; None also where that is the last reading of all.
        self._sure: Reading | None = None

    def observe(self, before: Reading, after: Reading, added: int | None, now: float) -> None:
        """Takes in the next reading; `added` since the one before, None where the series restarted."""
        sure = before if _is_sure(before) else self._sure
        if added is None:
            sure = None
        if after.group.last_delivered_id != before.group.last_delivered_id:
            sure, self.standing = None, 0
            found = 0
        else:
            found = _since_sure(sure, before, after, added) if sure is not None else self._seen_now(before, after)
        if found > 0:
            self.lost, self.standing, self.at = self.lost + found, self.standing + found, now
        self._sure = None if _is_sure(after) else sure

    def _seen_now(self, before: Reading, after: Reading) -> int:
        """Trimming overtook the group in this sample, and how far behind it was is only known from its own counter."""
        first = before.stream.first_id
        if first is None or before.group.last_delivered_id < first or self.standing:
            return 0
        return _overtaken(after.stream, after.group) or 0


def _since_sure(sure: Reading, before: Reading, after: Reading, added: int | None) -> int:
    """While the group stands still, what came or waited and does not wait now is lost."""
    if not _is_sure(after):
        return 0
    came = added if sure is before else added_between(sure.stream, after.stream)
    ahead = after.group.last_delivered_id > sure.stream.last_generated_id  # then not all that came would have waited
    if came is None or ahead or _only_counted(sure.stream, after.stream):
        return 0
    return (sure.lag.value or 0) + came - (after.lag.value or 0)


def _is_sure(reading: Reading) -> bool:
    return reading.lag.quality is _EXACT or reading.lag.quality is _MEASURED


def _only_counted(before: StreamSample, after: StreamSample) -> bool:
    """True where the counters rose and nothing shows that an entry ever was there: XSETID can do that."""
    ends = (before.first_id, before.last_id, before.max_deleted_id)
    return before.last_generated_id != after.last_generated_id and ends == (
        after.first_id,
        after.last_id,
        after.max_deleted_id,
    )


def _overtaken(stream: StreamSample, group: GroupSample) -> int | None:
    """Entries between the group's count of read ones and the stream's first; None where that is not known."""
    first, read, added = stream.first_id, group.entries_read, stream.entries_added
    gone = group.last_delivered_id < (first if first is not None else stream.last_generated_id)
    if not gone or read is None or added is None or not 0 <= read <= added:
        return None
    lost = added - read - stream.length
    return lost if lost >= 0 else None
