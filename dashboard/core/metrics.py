"""Metrics: what samples mean. Two sweeps in, one tick out."""

from enum import StrEnum

import msgspec

from dashboard.core.entry_id import EntryId
from dashboard.core.sample import ProblemKind, ServerInfo


class LagQuality(StrEnum):
    """How well a lag is known. UNKNOWN has no value; AT_LEAST is a lower bound."""

    EXACT = "exact"
    APPROXIMATE = "approximate"  # the server's word, on a version known to err
    MEASURED = "measured"
    AT_LEAST = "at_least"
    UNKNOWN = "unknown"


class Lag(msgspec.Struct, frozen=True):
    """Entries of the stream not yet delivered to the group, how well that is known, and why."""

    value: int | None
    quality: LagQuality
    reason: str


class GroupState(StrEnum):
    """A group in one word, in order of gravity."""

    STOPPED = "stopped"
    STALLED = "stalled"
    STUCK = "stuck"
    SLOW = "slow"
    UNKNOWN = "unknown"
    OK = "ok"


class GroupMetrics(msgspec.Struct, frozen=True, kw_only=True):
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


class StreamMetrics(msgspec.Struct, frozen=True, kw_only=True):
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
