"""The whole of several nodes: what their numbers come to for the deployment. None wherever nothing sensible does."""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import msgspec

from dashboard.core.cost import Cost
from dashboard.core.outlook import Outlook
from dashboard.core.sample import ServerInfo

_N = TypeVar("_N", int, float)

#: What adds up. A node that does not tell leaves the sum unknown.
_SUMS = (
    *("used_memory_bytes", "max_memory_bytes", "evicted_keys", "expired_keys"),
    *("clients", "blocked_clients", "rejected_connections", "operations_per_s"),
    *("input_bytes_per_s", "output_bytes_per_s", "aof_bytes", "rdb_changes"),
)
#: What is well where it is well on every node.
_ALL = ("aof_write_ok", "aof_rewrite_ok", "rdb_ok")
#: What the first to have it decides: the latest start, the oldest save.
_LEAST = ("uptime_s", "rdb_saved_at")


def whole_info(infos: Sequence[ServerInfo], *, replicas: int, complete: bool = True) -> ServerInfo | None:
    """The nodes' health as one; None where there is none to tell of. Unless `complete`, sums and the like are unknown."""
    if not infos:
        return None
    told: dict[str, object] = {}
    if complete:
        told |= {name: _together(infos, name, sum) for name in _SUMS}
        told |= {name: _together(infos, name, all) for name in _ALL}
        told |= {name: _together(infos, name, min) for name in _LEAST}
    return ServerInfo(
        run_id="",  # each node has its own
        product=_same([info.product for info in infos]),
        version=_same([info.version for info in infos]),
        role="cluster",
        mode="cluster",
        replicas=replicas,
        aof=_worst([info.aof for info in infos]) if complete else None,
        fork_us=_together(infos, "fork_us", max) if complete else None,
        **told,  # type: ignore[arg-type]
    )


def _together(infos: Sequence[ServerInfo], name: str, how: Callable[[list[int]], _N]) -> _N | None:
    values = [getattr(info, name) for info in infos]
    return None if None in values else how(values)


def _same(words: Sequence[str]) -> str:
    """The word that all say, or all the words."""
    return ", ".join(sorted(set(words)))


def _worst(states: Collection[str | None]) -> str | None:
    for state in ("failing", None, "off", "ok"):
        if state in states:
            return state
    return None


def whole_cost(costs: Sequence[Cost]) -> Cost | None:
    """The share of the node that pays most, since each node has a core and a budget of its own; the sums of the rest."""
    if not costs:
        return None
    shares = [cost.core_share for cost in costs if cost.core_share is not None]
    return msgspec.structs.replace(
        max(costs, key=lambda cost: (cost.core_share or 0.0, cost.every_s)),
        core_share=max(shares, default=None),
        calls_per_s=sum(cost.calls_per_s for cost in costs),
        bytes_per_s=sum(cost.bytes_per_s for cost in costs),
        every_s=max(cost.every_s for cost in costs),
        skipped=" ".join(dict.fromkeys(cost.skipped for cost in costs if cost.skipped)),
    )


def whole_outlook(outlooks: Sequence[Outlook]) -> Outlook | None:
    """Sums of what happens a second; the memory of the node that is full first."""
    if not outlooks:
        return None
    fullest = min(outlooks, key=lambda one: float("inf") if one.memory_full_in_s is None else one.memory_full_in_s)
    return msgspec.structs.replace(
        fullest,
        evicted_per_s=_added([one.evicted_per_s for one in outlooks]),
        expired_per_s=_added([one.expired_per_s for one in outlooks]),
        rejected_per_s=_added([one.rejected_per_s for one in outlooks]),
    )


def _added(values: Sequence[float | None]) -> float | None:
    return None if None in values else sum(value or 0.0 for value in values)
