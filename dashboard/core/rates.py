"""What happened between two samples of a stream. None is a gap: the series restarted, or nobody can tell.

Counts come from the stream's own counters, never from its length: trimming and deleting are no traffic.
"""

import msgspec

from dashboard.core.entry_id import ZERO
from dashboard.core.lag import Lag, LagQuality
from dashboard.core.sample import GroupSample, StreamSample

_EXACT, _MEASURED = LagQuality.EXACT, LagQuality.MEASURED  # looking them up costs more than comparing


class Reading(msgspec.Struct, frozen=True, gc=False):
    """A group in one sample of its stream."""

    stream: StreamSample
    group: GroupSample
    lag: Lag


def added_between(before: StreamSample, after: StreamSample, at_most: int | None = None) -> int | None:
    """Entries added between two samples of one key, by the counter that survives trimming.

    None where the counter is absent, was set by hand, or belongs to another stream of the same name. `at_most` is the
    number of XADD calls that the server counted over at least that time. A replacement whose counter, ids and calls all
    fit cannot be told from traffic, so a number that is too high stays possible, within `at_most`.
    """
    if before.entries_added is None or after.entries_added is None:
        return None
    added = after.entries_added - before.entries_added
    if added < 0 or after.last_generated_id < before.last_generated_id:
        return None
    if after.first_id is not before.first_id and _recreated(before, after):
        return None
    if added and after.last_generated_id == before.last_generated_id:
        return None  # XADD always raises the last id, so the counter was set
    if at_most is not None and added > at_most:
        return None
    return added


def _recreated(before: StreamSample, after: StreamSample) -> bool:
    """True for a stream that never lost an entry, yet begins after all that the former one had."""
    return (
        bool(before.entries_added)
        and after.entries_added == after.length
        and after.max_deleted_id == ZERO
        and after.first_id is not None
        and after.first_id > before.last_generated_id
    )


def delivered_between(before: Reading, after: Reading, added: int | None) -> int | None:
    """Entries delivered to the group (T2), only between two exact lags and only where none was lost undelivered.

    The group's own counter does not help there: newer servers count on from the entry that they read next, lost or not.
    """
    if after.group.last_delivered_id == before.group.last_delivered_id:
        return 0
    if added is None or after.group.last_delivered_id < before.group.last_delivered_id or stood_ahead(before):
        return None
    if not (_is_sure(before.lag) and _is_sure(after.lag)):
        return None
    gone = added - ((after.lag.value or 0) - (before.lag.value or 0))
    return gone if gone >= 0 and _nothing_lost(before, after, added) else None


def stood_ahead(reading: Reading) -> bool:
    """True for a group that was set ahead of its stream: what comes below its position is not for it."""
    return reading.group.last_delivered_id > reading.stream.last_generated_id


def _is_sure(lag: Lag) -> bool:
    return lag.quality is _EXACT or lag.quality is _MEASURED


def _nothing_lost(before: Reading, after: Reading, added: int) -> bool:
    """True where it is proved that every entry which stopped waiting was delivered, not trimmed or deleted."""
    if only_grew(before.stream, after.stream, added):
        return True
    deleted = after.stream.max_deleted_id
    delivered, first = before.group.last_delivered_id, after.stream.first_id
    untrimmed = first is not None and (first == before.stream.first_id or first <= delivered)
    # The largest id that was ever deleted tells nothing of a smaller one.
    return untrimmed and deleted is not None and deleted <= delivered


def only_grew(before: StreamSample, after: StreamSample, added: int) -> bool:
    """True where these entries were added and none was removed."""
    return after.length == before.length + added and after.max_deleted_id == before.max_deleted_id


def acknowledged_between(before: GroupSample, after: GroupSample, delivered: int | None) -> int | None:
    """Entries acknowledged: what was delivered and is not pending any more.

    NOACK deliveries count as acknowledged at once, and so do pending entries thrown away with their consumer.
    """
    if delivered is None:
        return None
    acknowledged = delivered - (after.pending - before.pending)
    return acknowledged if acknowledged >= 0 else None


def per_second(count: int | None, elapsed_s: float | None) -> float | None:
    """`count` over the server's own time; None where either is unknown or that time did not pass."""
    if count is None or elapsed_s is None or elapsed_s <= 0:
        return None
    return count / elapsed_s
