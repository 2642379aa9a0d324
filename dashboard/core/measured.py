"""Measured lag (L3): a count of what waits, and how far it can be carried on where the server itself says nothing.

Between two readings of a stream its counters tell how many entries came and how many went. As long as the group did not
move, those that came all wait; those that went may have waited or not, so from then on the count is a lower bound.
"""

import msgspec

from dashboard.core.entry_id import EntryId
from dashboard.core.lag import Lag, LagQuality
from dashboard.core.rates import Reading, added_between
from dashboard.core.sample import GroupSample, StreamSample

_MEASURED, _AT_LEAST, _EXACT = LagQuality.MEASURED, LagQuality.AT_LEAST, LagQuality.EXACT
_COUNTED = "Counted entry by entry; nothing was removed since."
_CAPPED = "Counted up to a cap; more may wait."
_REMOVED = "Entries were removed since it was known, and some of them may have waited."


class Measured(msgspec.Struct, frozen=True, gc=False):
    """So many entries stood after `delivered` when the stream was as `stream` says; more where the count is not complete."""

    stream: StreamSample
    delivered: EntryId
    count: int
    complete: bool
    reason: str = _CAPPED  # why it is not complete


def from_reading(reading: Reading) -> Measured | None:
    """What a reading's lag is worth for the next one; None where it is not known for sure."""
    lag, quality = reading.lag, reading.lag.quality
    if lag.value is None or not (quality is _EXACT or quality is _MEASURED or quality is _AT_LEAST):
        return None
    return Measured(reading.stream, reading.group.last_delivered_id, lag.value, quality is not _AT_LEAST, lag.reason)


def carried(known: Measured, stream: StreamSample, group: GroupSample, added: int | None) -> Lag | None:
    """The lag in another reading of the same stream, before or after the count; None where nothing follows from it.

    `added`: entries added from the count to this reading, negative if the reading is the older one; None: unknown. It
    is for a group inside its stream, whose last entry waits in any case.
    """
    then, delivered = known.stream, known.delivered
    if group.last_delivered_id != delivered or delivered > min(then.last_generated_id, stream.last_generated_id):
        return None  # it moved; or it stood ahead of the stream, so that not all that came waits
    grown = stream.length - then.length
    if added is None:
        unsure = stream.entries_added is None and stream.last_generated_id >= then.last_generated_id
        return _lag(known, known.count + grown, stream, proven=False) if unsure else None
    removed = added - grown
    if added * removed < 0 or not _same_stream(then, stream, older=added < 0 or removed < 0):
        return None
    if not removed and not _untouched(then, stream):
        return None
    return _lag(known, known.count + min(added, grown), stream, proven=removed == 0)


def added_since(known: Measured, stream: StreamSample) -> int | None:
    """Entries added from the count to this reading, negative if the reading is the older one; None: unknown."""
    then = known.stream
    if stream.entries_added is None or then.entries_added is None:
        return 0 if stream.last_generated_id == then.last_generated_id else None
    if stream.entries_added >= then.entries_added:
        return added_between(then, stream)
    added = added_between(stream, then)
    return None if added is None else -added


def _same_stream(then: StreamSample, now: StreamSample, *, older: bool) -> bool:
    """False where the later reading lacks what the earlier one proves: it is another stream of the same name."""
    before, after = (now, then) if older else (then, now)
    deleted = before.max_deleted_id
    if deleted is not None and (after.max_deleted_id is None or after.max_deleted_id < deleted):
        return False
    return before.first_id is None or after.first_id is None or before.first_id <= after.first_id


def _untouched(then: StreamSample, now: StreamSample) -> bool:
    """False where something was removed after all, so that the counters are another stream's."""
    return then.max_deleted_id == now.max_deleted_id and (
        then.first_id == now.first_id or None in (then.first_id, now.first_id)
    )


def _lag(known: Measured, value: int, stream: StreamSample, *, proven: bool) -> Lag | None:
    if value >= stream.length:
        return None  # not possible inside the stream: something else happened
    if proven and known.complete:
        return Lag(value, _MEASURED, _COUNTED) if value > 0 else None
    return Lag(max(1, value), _AT_LEAST, _REMOVED if known.complete else known.reason)
