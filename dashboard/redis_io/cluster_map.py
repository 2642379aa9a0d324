"""A cluster's map: which node holds which slots, as one node tells it. Only asked, never told.

Nodes may disagree for a while, and a node that slept believes what was true before. The map with the newest epoch is right:
it rises with every failover and every slot that moves.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping

import msgspec
import redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot
from redis.exceptions import NoPermissionError, ResponseError

from dashboard.core.address import Seed, shown
from dashboard.core.node import Deployment
from dashboard.core.sample import ServerState
from dashboard.redis_io.faults import Explained, denied_command
from dashboard.redis_io.wire import Reply, borrowed, exchange, pack

__all__ = ["SLOTS", "ClusterMap", "Shard", "key_slot", "read_map"]

SLOTS = REDIS_CLUSTER_HASH_SLOTS

_QUESTIONS = (pack(b"CLUSTER", b"SLOTS"), pack(b"CLUSTER", b"INFO"), pack(b"CLUSTER", b"NODES"))


class Shard(msgspec.Struct, frozen=True):
    """A master, its replicas that are there, and the slots that they hold, as ranges with both ends."""

    master: Seed
    replicas: tuple[Seed, ...]
    ranges: tuple[tuple[int, int], ...]

    @property
    def slots(self) -> int:
        """How many slots it holds."""
        return sum(last - first + 1 for first, last in self.ranges)


class ClusterMap(msgspec.Struct, frozen=True, kw_only=True):
    """One node's view of its cluster. Counts of slots are None where it may not tell."""

    epoch: int
    shards: tuple[Shard, ...]
    state: str | None = None  # "ok" or "fail"
    served: int | None = None
    failed_slots: int | None = None
    failed: tuple[Seed, ...] = ()  # nodes that the cluster has given up

    @property
    def serves(self) -> bool:
        """Whether the cluster, as this node sees it, answers at all."""
        return self.state != "fail"

    def owners(self) -> "Owners":
        """A way to look slots up."""
        return Owners(self)

    @property
    def deployment(self) -> Deployment:
        """As it stands beside the samples."""
        return Deployment(
            cluster_state=self.state,
            slots_served=self.served,
            slots_failed=self.failed_slots,
            failed_nodes=tuple(map(shown, self.failed)),
            trouble=self.trouble,
        )

    @property
    def trouble(self) -> str:
        """What is wrong with the whole, in a sentence; "" where nothing is."""
        missing = SLOTS - sum(shard.slots for shard in self.shards)
        failed = f" {', '.join(map(shown, self.failed[:5]))} failed." if self.failed else ""
        if not self.serves:
            served = SLOTS if self.served is None else self.served
            why = f"{SLOTS - served:,} of {SLOTS:,} slots are not served." if served < SLOTS else "it lacks a majority."
            return f"The cluster is down: {why}{failed}"
        return ((f"{missing:,} of {SLOTS:,} slots belong to no node." if missing else "") + failed).strip()


class Owners:
    """Looks up who holds a slot."""

    def __init__(self, known: ClusterMap) -> None:
        ends = sorted((first, last, shard) for shard in known.shards for first, last in shard.ranges)
        self._firsts = [first for first, _, _ in ends]
        self._ends = ends
        self.masters = {shard.master for shard in known.shards}

    def of(self, key: bytes) -> Shard | None:
        """The shard that holds the key's slot; None where no node does."""
        slot = key_slot(key)
        at = bisect_right(self._firsts, slot) - 1
        return self._ends[at][2] if at >= 0 and slot <= self._ends[at][1] else None


def read_map(client: redis.Redis, asked: Seed) -> ClusterMap:
    """The map as this node tells it, which was reached at `asked`. Raises Explained, redis.RedisError or OSError."""
    with borrowed(client) as connection:
        slots, info, nodes = exchange(connection, _QUESTIONS)
    if isinstance(slots, ResponseError):
        raise _no_map(slots, asked)
    facts = _facts(info)
    return ClusterMap(
        epoch=int(facts.get("cluster_current_epoch", 0)),
        shards=_shards(slots, asked),
        state=facts.get("cluster_state"),
        served=_number(facts, "cluster_slots_ok"),
        failed_slots=_number(facts, "cluster_slots_fail"),
        failed=tuple(_failed(nodes, _named(slots, asked))),
    )


def _no_map(error: ResponseError, asked: Seed) -> Exception:
    if isinstance(error, NoPermissionError):
        return Explained(ServerState.DENIED, denied_command(error))
    if "cluster support disabled" in str(error):
        return Explained(ServerState.DOWN, f"{shown(asked)} belongs to no cluster: redis:// watches a single server.")
    return error


def _shards(rows: list[list[Reply]], asked: Seed) -> tuple[Shard, ...]:
    ranges: dict[Seed, list[tuple[int, int]]] = {}
    replicas: dict[Seed, tuple[Seed, ...]] = {}
    for first, last, *nodes in rows:
        master, *others = [_seed(node, asked) for node in nodes]
        ranges.setdefault(master, []).append((first, last))
        replicas[master] = tuple(others)
    return tuple(Shard(master, replicas[master], tuple(sorted(held))) for master, held in sorted(ranges.items()))


def _seed(node: list[Reply], asked: Seed) -> Seed:
    """Where the cluster announces the node: by address or by name, as it is set to; what it shows over TLS must fit that.

    A node without a host says: where you reached me. One that was given no name yet says "?", and its address beside it.
    """
    host, port, *rest = node
    if host == b"?":
        others = rest[1] if len(rest) > 1 else []
        host = dict(zip(others[::2], others[1::2], strict=False)).get(b"ip")
    return (host.decode() if host else asked[0], port)


def _named(rows: list[list[Reply]], asked: Seed) -> dict[bytes, Seed]:
    """Where each node is, by its id."""
    return {node[2]: _seed(node, asked) for _, _, *nodes in rows for node in nodes if len(node) > 2}


def _facts(reply: Reply | ResponseError) -> Mapping[str, str]:
    if not isinstance(reply, bytes):
        return {}
    return dict(line.split(":", 1) for line in reply.decode().split("\r\n") if ":" in line)


def _number(facts: Mapping[str, str], name: str) -> int | None:
    return int(facts[name]) if name in facts else None


def _failed(reply: Reply | ResponseError, named: Mapping[bytes, Seed]) -> Iterator[Seed]:
    """Nodes with the flag fail, out of lines like: id host:port@bus,name flags …; under the names that the slots have."""
    if not isinstance(reply, bytes):
        return
    for line in reply.splitlines():
        node, place, flags, *_ = line.split(b" ")
        host, _, port = place.partition(b",")[0].partition(b"@")[0].decode("utf-8", "replace").rpartition(":")
        if b"fail" in flags.split(b",") and (node in named or host):
            yield named.get(node) or (host, int(port))
