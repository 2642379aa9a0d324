"""Time lag: how long the oldest entry that a group was not given has waited, where ids are a clock."""

from dashboard.core.entry_id import EntryId
from dashboard.core.sample import GroupSample, StreamSample

_EARLIEST_MS = 1_420_070_400_000  # 2015: no stream is older, so a smaller number is no clock
_DAY_MS = 86_400_000
TOLERANCE_MS = 1000


def is_clock(entry_id: EntryId, now: float) -> bool:
    """True if the id's first half can be a time: after 2014 and not beyond tomorrow."""
    return _EARLIEST_MS <= entry_id.ms <= now * 1000 + _DAY_MS


def oldest_waiting(stream: StreamSample, group: GroupSample, looked_up: EntryId | None) -> EntryId | None:
    """The id to measure from: exact where the stream begins behind the group or the entry was looked up.

    Else the last delivered id stands in for its successor, as long as that errs by at most `TOLERANCE_MS`. None: unknown.
    """
    delivered = group.last_delivered_id
    if stream.first_id is None or stream.last_id is None:
        return None
    if delivered < stream.first_id:
        return stream.first_id
    if looked_up is not None:
        return looked_up
    return delivered if stream.last_id.ms - delivered.ms <= TOLERANCE_MS else None


def time_lag_s(now: float, oldest: EntryId | None) -> float | None:
    """Seconds by the server's clock since `oldest` was added; None where it is unknown or its id is no clock."""
    if oldest is None or not is_clock(oldest, now):
        return None
    waited = now - oldest.ms / 1000
    return waited if waited > 0.0 else 0.0
