"""Metrics: the numbers of a tick, what one sweep of a server came to. `core/deriver.py` makes them."""

import msgspec

from dashboard.core.entry_id import EntryId
from dashboard.core.group_state import GroupState
from dashboard.core.lag import Lag, LagQuality
from dashboard.core.sample import ProblemKind, ServerInfo

__all__ = ["GroupMetrics", "GroupState", "Lag", "LagQuality", "ServerTick", "StreamMetrics"]


class GroupMetrics(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One group at one tick. Rates are per second, time lag in seconds."""

    name: bytes
    lag: Lag
    time_lag_s: float | None
    pending: int
    delivered_per_s: float | None
    acked_per_s: float | None
    consumers: int
    last_delivered_id: EntryId
    state: GroupState
    state_reason: str


class StreamMetrics(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One stream at one tick; every number is None where `problem` says why it could not be read."""

    key: bytes
    length: int | None
    added_per_s: float | None  # None: first sample, or the series restarted
    pending: int | None  # over all groups
    memory_bytes: int | None  # read on a slow cadence
    first_id: EntryId | None = None
    last_id: EntryId | None = None
    groups: tuple[GroupMetrics, ...] = ()
    problem: ProblemKind | None = None
    detail: str = ""


class ServerTick(msgspec.Struct, frozen=True, kw_only=True):
    """What one sweep of one server came to."""

    at: float  # the server's TIME
    interval_s: float
    streams: dict[bytes, StreamMetrics]
    info: ServerInfo | None = None
    round_trip_s: float | None = None
