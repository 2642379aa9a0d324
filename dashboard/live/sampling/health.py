"""The health of a server and of its nodes as it travels beside the samples."""

from dashboard.core.cost import Cost
from dashboard.core.metrics import ServerTick
from dashboard.core.node import NodeState
from dashboard.core.outlook import Outlook
from dashboard.core.sample import ServerInfo
from dashboard.live.events import NodeHealth, ServerHealth

#: What INFO told and travels under its own name.
_TOLD = tuple(set(ServerInfo.__struct_fields__) & set(ServerHealth.__struct_fields__) - {"version"})


def health_of(tick: ServerTick) -> ServerHealth:
    """What a tick says of its server as a whole, and of each node where there are several."""
    health = ServerHealth(
        round_trip_ms=_ms(tick.round_trip_s), nodes=[_node(node) for node in tick.nodes], deployment=tick.deployment
    )
    if tick.info:
        health.version = _version(tick.info)
        for name in _TOLD:
            setattr(health, name, getattr(tick.info, name))
    if tick.outlook:
        for name in Outlook.__struct_fields__:
            setattr(health, name, _rounded(getattr(tick.outlook, name)))
    if tick.cost:
        _add_cost(health, tick.cost)
    return health


def _add_cost(health: ServerHealth, cost: Cost) -> None:
    health.cost_share = None if cost.core_share is None else round(cost.core_share, 6)
    health.cost_budget, health.every_s, health.skipped = cost.budget, cost.every_s, cost.skipped
    health.calls_per_s, health.bytes_per_s = round(cost.calls_per_s, 1), round(cost.bytes_per_s)


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


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
