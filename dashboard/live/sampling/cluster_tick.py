"""What stands in a cluster's tick beside what its nodes told: who they are, what became of them, and what they owe."""

from collections.abc import Iterator, Mapping, Sequence

from dashboard.core.address import Seed, shown
from dashboard.core.marks import Mark, MarkKind
from dashboard.core.metrics import StreamMetrics
from dashboard.core.node import NodeState
from dashboard.core.sample import ProblemKind, ServerProblem, ServerState
from dashboard.live.sampling.shard_reader import ShardReader
from dashboard.redis_io.cluster_map import ClusterMap


def states(
    shards: Mapping[int, ShardReader], shares: Mapping[int, tuple[bytes, ...]], known: ClusterMap | None
) -> Iterator[NodeState]:
    """Each node: those that are read as they were read, the others as the cluster knows them."""
    for number, held in shards.items():
        read = held.state(len(shares.get(number, ())))
        yield read
        for seed in (held.shard.master, *held.shard.replicas):
            if shown(seed) != read.address:
                role = "master" if seed == held.shard.master else "replica"
                state = ServerState.DOWN if known is not None and seed in known.failed else ServerState.UP
                yield NodeState(address=shown(seed), role=role, state=state, slots=held.shard.slots)


def marks(read: Sequence[ShardReader], at: float) -> Iterator[Mark]:
    """What happened to the shards that were read; a failover is told once."""
    for held in read:
        if held.former:
            text = f"Failover: {shown(held.shard.master)} took the slots of {shown(held.former)} over."
            yield Mark(kind=MarkKind.FAILOVER, at=at, text=text)
            held.former = None
        if held.reading:
            yield from held.reading.tick.marks


def unread(key: bytes, seed: Seed, problem: ServerProblem) -> StreamMetrics:
    """A stream whose node could not be read."""
    if problem.state is ServerState.DOWN:
        return _without_numbers(key, f"The node {shown(seed)} that holds it does not answer.")
    return _without_numbers(key, f"The node {shown(seed)} that holds it cannot be read: {problem.detail}")


def unserved(key: bytes) -> StreamMetrics:
    """A stream whose slot belongs to nobody."""
    return _without_numbers(key, "No node of the cluster serves the key's slot.")


def _without_numbers(key: bytes, detail: str) -> StreamMetrics:
    return StreamMetrics(
        key=key,
        length=None,
        added_per_s=None,
        pending=None,
        memory_bytes=None,
        problem=ProblemKind.ERROR,
        detail=detail,
    )
