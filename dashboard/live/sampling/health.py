"""The health of a server and of its nodes as it travels beside the samples."""

from dashboard.core.metrics import ServerTick
from dashboard.core.node import NodeState
from dashboard.core.sample import ServerInfo
from dashboard.live.events import NodeHealth, ServerHealth


def health_of(tick: ServerTick) -> ServerHealth:
    """What a tick says of its server as a whole, and of each node where there are several."""
    info, nodes = tick.info, [_node(node) for node in tick.nodes]
    if info is None:
        return ServerHealth(round_trip_ms=_ms(tick.round_trip_s), nodes=nodes, deployment=tick.deployment)
    return ServerHealth(
        version=_version(info),
        role=info.role,
        replicas=info.replicas,
        used_memory_bytes=info.used_memory_bytes,
        max_memory_bytes=info.max_memory_bytes,
        clients=info.clients,
        operations_per_s=info.operations_per_s,
        aof=info.aof,
        rdb_saved_at=info.rdb_saved_at,
        rdb_ok=info.rdb_ok,
        round_trip_ms=_ms(tick.round_trip_s),
        nodes=nodes,
        deployment=tick.deployment,
    )


def _node(node: NodeState) -> NodeHealth:
    info = node.info
    health = NodeHealth(
        address=node.address,
        role=node.role,
        state=node.state.value,
        detail=node.detail,
        slots=node.slots,
        streams=node.streams,
        round_trip_ms=_ms(node.round_trip_s),
    )
    if info is not None:
        health.version, health.link_up, health.uptime_s = _version(info), info.link_up, info.uptime_s
        health.used_memory_bytes, health.max_memory_bytes = info.used_memory_bytes, info.max_memory_bytes
        health.clients, health.operations_per_s = info.clients, info.operations_per_s
    return health


def _version(info: ServerInfo) -> str:
    return f"{info.product} {info.version}".strip()


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)
