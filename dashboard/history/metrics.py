"""Which numbers are remembered. A new one is a line here; it is a column of the live event by the same name."""

from enum import IntEnum
from typing import NamedTuple


class Kind(IntEnum):
    """What points are about."""

    STREAM = 1  # with its groups
    SERVER = 2


class Subject(NamedTuple):
    """One stream or one server, by its primary key in the registry."""

    kind: Kind
    pk: int


class Metric(NamedTuple):
    """One remembered number. Stored blocks know it by its number, which is never given to another one."""

    number: int
    name: str
    parts: int = 1  # of a unit, that it is kept to: 1000 keeps thousandths
    #: Of one that says how sure another one is: what it may say, surest first, and which metric that is. It is
    #: remembered as the place in `words`, and None where that metric is; of a step the least sure counts.
    words: tuple[str | bool, ...] = ()
    tells_of: str = ""


STREAM_METRICS = (
    Metric(1, "length"),
    Metric(2, "added_per_s", parts=100),
    Metric(3, "memory_bytes"),
    Metric(4, "pending"),
    Metric(5, "added_at_least", words=(False, True), tells_of="added_per_s"),
)
GROUP_METRICS = (
    Metric(1, "lag"),
    Metric(2, "delivered_per_s", parts=100),
    Metric(3, "acked_per_s", parts=100),
    Metric(4, "time_lag_s", parts=1000),
    Metric(5, "pending"),
    Metric(6, "oldest_pending_s", parts=1000),
    Metric(7, "processing_s", parts=1000),
    Metric(8, "consumers"),
    Metric(9, "live_consumers"),
    Metric(10, "dead_consumers"),
    Metric(11, "ghosts"),
    Metric(12, "lost"),
    Metric(13, "poison"),
    Metric(14, "lag_quality", words=("exact", "measured", "approximate", "at_least"), tells_of="lag"),
    Metric(15, "time_lag_estimated", words=(False, True), tells_of="time_lag_s"),
)
SERVER_METRICS = (
    Metric(1, "used_memory_bytes"),
    Metric(2, "clients"),
    Metric(3, "operations_per_s"),
    Metric(4, "replicas"),
    Metric(5, "round_trip_ms", parts=1000),
    Metric(6, "max_memory_bytes"),
    Metric(7, "fragmentation", parts=1000),
    Metric(8, "evicted_per_s", parts=1000),
    Metric(9, "expired_per_s", parts=1000),
    Metric(10, "blocked_clients"),
    Metric(11, "rejected_per_s", parts=1000),
    Metric(12, "input_bytes_per_s"),
    Metric(13, "output_bytes_per_s"),
    Metric(14, "fork_us"),
    Metric(15, "aof_bytes"),
    Metric(16, "rdb_changes"),
    Metric(17, "link_down_s"),
    Metric(18, "cost_share", parts=1_000_000),
    Metric(19, "calls_per_s", parts=1000),
    Metric(20, "bytes_per_s"),
    Metric(21, "every_s", parts=1000),
)

OWN_METRICS = {Kind.STREAM: STREAM_METRICS, Kind.SERVER: SERVER_METRICS}

Number = int | float | None
Column = list[Number]
#: A group's name, or None for the stream or server itself, and the metric's name.
Key = tuple[bytes | None, str]


class Track(NamedTuple):
    """One metric over some points. Of single samples all four are the same list."""

    least: Column
    mean: Column
    most: Column
    last: Column

    @property
    def is_samples(self) -> bool:
        """True where each point is one sample."""
        return self.least is self.most


def samples(column: Column) -> Track:
    """The track of points that are one sample each."""
    return Track(column, column, column, column)
