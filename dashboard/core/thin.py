"""Streams that were read without their large entries: what length and groups still prove, and what was known before.

The stream's ends and counters are as old as its last whole reading. So nothing that needs them is called exact, rates are
those up to that reading, and they are taken over the whole time when the next one comes.
"""

import msgspec

from dashboard.core.entry_id import ZERO
from dashboard.core.group_state import GroupState
from dashboard.core.lag import Lag, LagQuality
from dashboard.core.metrics import GroupMetrics, StreamMetrics
from dashboard.core.sample import GroupSample, StreamSample

_WHY = "Its entries are large, so its ends are read less often."
_EMPTY = Lag(0, LagQuality.EXACT, "The stream is empty.")
_UNTOLD = Lag(None, LagQuality.UNKNOWN, f"The server does not say. {_WHY}")
_NEW = f"It was made since the stream was last read whole. {_WHY}"


def thin_lag(stream: StreamSample, group: GroupSample) -> Lag:
    """The lag by length and the server's own count alone: exact only where nothing was delivered or nothing is there."""
    if stream.length == 0:
        return _EMPTY
    if group.last_delivered_id == ZERO:
        return Lag(stream.length, LagQuality.EXACT, "The group was given nothing, so every entry waits.")
    if group.server_lag is None or not 0 <= group.server_lag <= stream.length:
        return _UNTOLD
    return Lag(group.server_lag, LagQuality.APPROXIMATE, f"The server's own count. {_WHY}")


def thin_metrics(
    last: StreamMetrics | None, sample: StreamSample, *, memory_bytes: int | None, elapsed_s: float
) -> StreamMetrics:
    """The metrics of a stream read thin. `last` is what it came to when it was last read whole, `elapsed_s` ago."""
    known = {group.name: group for group in last.groups} if last else {}
    groups = tuple([_group(known.get(group.name), sample, group, elapsed_s) for group in sample.groups])
    pending = sum(group.pending for group in groups)
    if last is None:
        return StreamMetrics(
            key=sample.key,
            length=sample.length,
            added_per_s=None,
            pending=pending,
            memory_bytes=memory_bytes,
            groups=groups,
        )
    return msgspec.structs.replace(
        last, length=sample.length, pending=pending, memory_bytes=memory_bytes, groups=groups, every_s=None
    )


def _group(last: GroupMetrics | None, stream: StreamSample, group: GroupSample, elapsed_s: float) -> GroupMetrics:
    lag = thin_lag(stream, group)
    if last is None:
        return GroupMetrics(
            name=group.name,
            lag=lag,
            time_lag_s=0.0 if lag.value == 0 else None,
            pending=group.pending,
            delivered_per_s=None,
            acked_per_s=None,
            consumers=group.consumers,
            last_delivered_id=group.last_delivered_id,
            state=GroupState.WAITING,
            state_reason=_NEW,
        )
    return msgspec.structs.replace(
        last,
        lag=lag,
        time_lag_s=_time_lag(last, lag, group, elapsed_s),
        time_lag_estimated=lag.value != 0,
        pending=group.pending,
        oldest_pending_s=_oldest_pending(last, group, elapsed_s),
        consumers=group.consumers,
        last_delivered_id=group.last_delivered_id,
        drain_s=None,
        never_drains=False,
    )


def _time_lag(last: GroupMetrics, lag: Lag, group: GroupSample, elapsed_s: float) -> float | None:
    """A group that was given nothing still waits for the same entry, unless that was trimmed or deleted."""
    if lag.value == 0:
        return 0.0
    if last.lag.value == 0 or last.time_lag_s is None or group.last_delivered_id != last.last_delivered_id:
        return None
    return last.time_lag_s + elapsed_s


def _oldest_pending(last: GroupMetrics, group: GroupSample, elapsed_s: float) -> float | None:
    if group.pending == 0:
        return 0.0
    moved = group.pending != last.pending or group.last_delivered_id != last.last_delivered_id
    return None if moved or last.oldest_pending_s is None else last.oldest_pending_s + elapsed_s
