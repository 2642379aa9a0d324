"""Metrics: the numbers of a tick, what one sweep of a server came to. `core/deriver.py` makes them."""

from collections.abc import Sequence

import msgspec

from dashboard.core.consumers import ConsumerFacts
from dashboard.core.cost import Cost
from dashboard.core.entry_id import EntryId
from dashboard.core.group_state import GroupState
from dashboard.core.lag import Lag, LagQuality
from dashboard.core.marks import Mark
from dashboard.core.node import Deployment, NodeState
from dashboard.core.outlook import Outlook
from dashboard.core.sample import ProblemKind, ServerInfo

__all__ = ["GroupMetrics", "GroupState", "Lag", "LagQuality", "ServerTick", "StreamMetrics"]


class GroupMetrics(msgspec.Struct, frozen=True, gc=False):
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
    time_lag_estimated: bool = False  # interpolated, for ids that are no clock
    oldest_pending_s: float | None = None  # age of the oldest unacknowledged entry; 0 where none is pending
    processing_s: float | None = None  # mean time from delivery to acknowledgement
    drain_s: float | None = None  # until the lag is 0 at the present rates; None: unknown, or never
    never_drains: bool = False
    ghosts: int | None = None  # pending entries that no longer exist; a lower bound of when they were read last
    lost: int | None = None  # entries lost before delivery, since the sampler began to watch
    poison: int | None = None  # entries delivered too often and still pending; a lower bound
    most_deliveries: int | None = None
    live_consumers: int | None = None
    dead_consumers: int | None = None
    state_since: float | None = None  # by the server's clock; None: OK, or not known
    who: ConsumerFacts | None = None  # its consumers, as they were read last


class StreamMetrics(msgspec.Struct, frozen=True, gc=False):
    """One stream at one tick; every number is None where `problem` says why it could not be read."""

    key: bytes
    length: int | None
    added_per_s: float | None  # None: first sample, or the series restarted
    pending: int | None  # over all groups
    memory_bytes: int | None  # read on a slow cadence
    first_id: EntryId | None = None
    last_id: EntryId | None = None
    groups: tuple[GroupMetrics, ...] = ()
    added_at_least: bool = False  # more may have been added: the server keeps no count, and ours stopped at its cap
    tail_deleted: bool = False  # the last entry that was added is gone
    every_s: float | None = None  # None: each tick; else it is sampled less often, and why stands in the server's cost
    problem: ProblemKind | None = None
    detail: str = ""


class ServerTick(msgspec.Struct, frozen=True, kw_only=True):
    """What one sweep of one server came to."""

    at: float  # the server's TIME
    interval_s: float
    streams: dict[bytes, StreamMetrics]
    info: ServerInfo | None = None
    outlook: Outlook | None = None
    round_trip_s: float | None = None
    nodes: tuple[NodeState, ...] = ()  # of a cluster, or a master with its replicas behind Sentinels
    deployment: Deployment | None = None  # None: one process
    cost: Cost | None = None  # None: not measured yet
    marks: tuple[Mark, ...] = ()
    # Streams to which more happened, or may have, than that entries were added, read and acknowledged.
    unusual: Sequence[bytes] = ()
