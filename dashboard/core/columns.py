"""Columns: the value that each row of a tick has of a metric. None where it is unknown, never 0 instead.

Whole columns, since a call a row would take three times as long.
"""

from collections.abc import Callable, Sequence

from dashboard.core.gauge import Gauge
from dashboard.core.metrics import GroupMetrics, GroupState, ServerTick, StreamMetrics
from dashboard.core.sample import ServerInfo
from dashboard.core.threshold_metrics import CONSUMER_METRICS, GROUP_METRICS, Metric

Column = list[float | None]

#: What never comes counts as this many seconds: ten years. JSON has no infinity.
NEVER_S = 10 * 365 * 86400.0

_OF_STREAMS: dict[Metric, Callable[[Sequence[StreamMetrics]], Column]] = {
    Metric.LENGTH: lambda streams: [stream.length for stream in streams],
    Metric.ADDED_PER_S: lambda streams: [stream.added_per_s for stream in streams],
    Metric.MEMORY_BYTES: lambda streams: [stream.memory_bytes for stream in streams],
    Metric.NO_DATA_S: lambda streams: [0 if stream.problem is None else 1 for stream in streams],
}
_OF_GROUPS: dict[Metric, Callable[[Sequence[GroupMetrics]], Column]] = {
    Metric.LAG: lambda groups: [group.lag.value for group in groups],
    Metric.TIME_LAG_S: lambda groups: [group.time_lag_s for group in groups],
    Metric.PENDING: lambda groups: [group.pending for group in groups],
    Metric.DELIVERED_PER_S: lambda groups: [group.delivered_per_s for group in groups],
    Metric.ACKED_PER_S: lambda groups: [group.acked_per_s for group in groups],
    Metric.OLDEST_PENDING_S: lambda groups: [group.oldest_pending_s for group in groups],
    Metric.DELIVERIES: lambda groups: [group.most_deliveries if group.pending else 0 for group in groups],
    Metric.GHOSTS: lambda groups: [group.ghosts for group in groups],
    Metric.LOST: lambda groups: [group.lost for group in groups],
    Metric.DRAIN_S: lambda groups: [NEVER_S if group.never_drains else group.drain_s for group in groups],
    Metric.LIVE_CONSUMERS: lambda groups: [group.live_consumers for group in groups],
    Metric.DEAD_CONSUMERS: lambda groups: [group.dead_consumers for group in groups],
}


def column_of(
    gauge: Gauge, tick: ServerTick, streams: Sequence[StreamMetrics], groups: Sequence[GroupMetrics]
) -> Column:
    """The gauge's value in each row of the tick: its streams, groups, consumers, or the server alone."""
    metric = gauge.metric
    if metric is Metric.GROUP_STATE_S:
        return _in_states(groups, gauge.states)
    if metric in GROUP_METRICS:
        return _OF_GROUPS[metric](groups)
    if metric in _OF_STREAMS:
        return _OF_STREAMS[metric](streams)
    if metric in CONSUMER_METRICS:
        seen = [consumer for group in groups if group.who for consumer in group.who.seen]
        # As it was when it was read: between two looks a consumer may have acted.
        return [one.pending if metric is Metric.CONSUMER_PENDING else one.idle_s for one in seen]
    return [_of_server(metric, tick)]


def _in_states(groups: Sequence[GroupMetrics], states: frozenset[str]) -> Column:
    unknown = 1 if GroupState.UNKNOWN in states else None
    worth: dict[str, float | None] = {state: 1 if state in states else 0 for state in GroupState}
    worth[GroupState.UNKNOWN] = unknown
    # For a minute after a restart nobody can tell: an alert that is open stays so.
    worth[GroupState.WAITING] = None
    return [worth[group.state] for group in groups]


def _of_server(metric: Metric, tick: ServerTick) -> float | None:
    if metric is Metric.WATCHDOG:
        return 1
    if metric in (Metric.SERVER_UNREACHABLE_S, Metric.DATA_AGE_S):
        return 0
    if metric in _OF_OUTLOOK:
        return _OF_OUTLOOK[metric](tick)
    if tick.info is None:
        return None
    return (
        tick.at - tick.info.rdb_saved_at
        if metric is Metric.RDB_AGE_S and tick.info.rdb_saved_at
        else _of_info(metric, tick.info)
    )


def _of_info(metric: Metric, info: ServerInfo) -> float | None:
    return _OF_INFO[metric](info) if metric in _OF_INFO else None


def _share(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else 100.0 * part / whole


def _replicas(info: ServerInfo) -> float | None:
    if info.replica_states is None:
        return info.replicas
    return sum(replica.state == "online" for replica in info.replica_states)


def _worst(info: ServerInfo, field: str) -> float | None:
    """The most that a replica is behind; None where there is none, or none says."""
    return max((lag for one in info.replica_states or () if (lag := getattr(one, field)) is not None), default=None)


def _condition(is_so: bool | None) -> float | None:
    return None if is_so is None else float(is_so)


_OF_INFO: dict[Metric, Callable[[ServerInfo], float | None]] = {
    Metric.SERVER_MEMORY_BYTES: lambda info: info.used_memory_bytes,
    Metric.SERVER_MEMORY_PERCENT: lambda info: _share(info.used_memory_bytes, info.max_memory_bytes),
    Metric.CLIENTS_PERCENT: lambda info: _share(info.clients, info.max_clients),
    Metric.REPLICAS: _replicas,
    Metric.REPLICATION_LAG_BYTES: lambda info: _worst(info, "lag_bytes"),
    Metric.REPLICATION_LAG_S: lambda info: _worst(info, "lag_s"),
    Metric.AOF_FAILING_S: lambda info: _condition(None if info.aof is None else info.aof == "failing"),
    Metric.RDB_FAILING_S: lambda info: _condition(None if info.rdb_ok is None else not info.rdb_ok),
}


def _full_in_s(tick: ServerTick) -> float | None:
    outlook = tick.outlook
    if outlook is None or outlook.memory_window_s is None:
        return None  # too early to say
    return NEVER_S if outlook.memory_full_in_s is None else outlook.memory_full_in_s


_OF_OUTLOOK: dict[Metric, Callable[[ServerTick], float | None]] = {
    Metric.MEMORY_FULL_IN_S: _full_in_s,
    Metric.EVICTED_PER_S: lambda tick: tick.outlook.evicted_per_s if tick.outlook else None,
    Metric.REJECTED_PER_S: lambda tick: tick.outlook.rejected_per_s if tick.outlook else None,
}
