"""What thresholds can read: of streams, of their groups, of the groups' consumers, and of servers."""

from enum import StrEnum


class Metric(StrEnum):
    """A number that a threshold reads; the unit ends its name. dashboard.models.Threshold says them in words."""

    LENGTH = "length"
    ADDED_PER_S = "added_per_s"
    MEMORY_BYTES = "memory_bytes"
    NO_DATA_S = "no_data_s"
    LAG = "lag"
    TIME_LAG_S = "time_lag_s"
    PENDING = "pending"
    DELIVERED_PER_S = "delivered_per_s"
    ACKED_PER_S = "acked_per_s"
    OLDEST_PENDING_S = "oldest_pending_s"
    DELIVERIES = "deliveries"
    GHOSTS = "ghosts"
    LOST = "lost"
    DRAIN_S = "drain_s"
    LIVE_CONSUMERS = "live_consumers"
    DEAD_CONSUMERS = "dead_consumers"
    GROUP_STATE_S = "group_state_s"
    CONSUMER_IDLE_S = "consumer_idle_s"
    CONSUMER_PENDING = "consumer_pending"
    SERVER_UNREACHABLE_S = "server_unreachable_s"
    DATA_AGE_S = "data_age_s"
    SERVER_MEMORY_BYTES = "server_memory_bytes"
    SERVER_MEMORY_PERCENT = "server_memory_percent"
    MEMORY_FULL_IN_S = "memory_full_in_s"
    EVICTED_PER_S = "evicted_per_s"
    REJECTED_PER_S = "rejected_per_s"
    CLIENTS_PERCENT = "clients_percent"
    REPLICAS = "replicas"
    REPLICATION_LAG_BYTES = "replication_lag_bytes"
    REPLICATION_LAG_S = "replication_lag_s"
    AOF_FAILING_S = "aof_failing_s"
    RDB_FAILING_S = "rdb_failing_s"
    RDB_AGE_S = "rdb_age_s"
    WATCHDOG = "watchdog"


STREAM_METRICS = frozenset(
    {
        Metric.LENGTH,
        Metric.ADDED_PER_S,
        Metric.MEMORY_BYTES,
        Metric.NO_DATA_S,
    }
)
CONSUMER_METRICS = frozenset({Metric.CONSUMER_IDLE_S, Metric.CONSUMER_PENDING})
SERVER_METRICS = frozenset(
    {
        Metric.SERVER_UNREACHABLE_S,
        Metric.DATA_AGE_S,
        Metric.SERVER_MEMORY_BYTES,
        Metric.SERVER_MEMORY_PERCENT,
        Metric.MEMORY_FULL_IN_S,
        Metric.EVICTED_PER_S,
        Metric.REJECTED_PER_S,
        Metric.CLIENTS_PERCENT,
        Metric.REPLICAS,
        Metric.REPLICATION_LAG_BYTES,
        Metric.REPLICATION_LAG_S,
        Metric.AOF_FAILING_S,
        Metric.RDB_FAILING_S,
        Metric.RDB_AGE_S,
        Metric.WATCHDOG,
    }
)
GROUP_METRICS = frozenset(Metric) - STREAM_METRICS - CONSUMER_METRICS - SERVER_METRICS
#: Metrics that are the length of a condition: what is read of them is whether it lasts, and their limits are holds.
LASTING_METRICS = frozenset(
    {Metric.NO_DATA_S, Metric.SERVER_UNREACHABLE_S, Metric.GROUP_STATE_S, Metric.AOF_FAILING_S, Metric.RDB_FAILING_S}
)
