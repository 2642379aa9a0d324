"""The reader of a master that Sentinels name, or of a replica of it. It follows them, and believes no node without them.

The Sentinels are asked once a second, and anew as soon as a node fails. A node is verified before its first sweep: one
that was master may have slept through a failover. As long as an open connection answers, silent Sentinels hinder nobody.
"""

import time
from collections.abc import Iterator, Sequence

import msgspec
import redis

from dashboard.core.address import Seed, shown
from dashboard.core.marks import Mark, MarkKind
from dashboard.core.metrics import ServerTick
from dashboard.core.node import Deployment, NodeState
from dashboard.core.sample import ProblemKind, ServerState
from dashboard.live.sampling.node_reader import NodeReader
from dashboard.live.sampling.reader import Definition, Reading
from dashboard.redis_io.faults import Explained
from dashboard.redis_io.roles import Role
from dashboard.redis_io.sentinels import Advice, KnownReplica, Sentinels

ASK_EVERY_S = 1.0
SHUN_S = 10.0  # a replica that failed us

#: What a node's own reader takes a move to another node for.
OF_ANOTHER_NODE = frozenset({MarkKind.RESTART, MarkKind.FAILOVER})


class SentinelReader:
    """Reads what the Sentinels lead to, round by round. Every method belongs to the same thread."""

    def __init__(self, definition: Definition) -> None:
        self._target = definition.target
        self._read_replicas = definition.read_replicas
        self._sentinels = Sentinels(definition.target)
        self._node = NodeReader(definition)
        self._advice: Advice | None = None
        self._silent = ""  # why no Sentinel answers, while we read on without them
        self._asked_at = float("-inf")
        self._place: Seed | None = None  # where the node's reader is
        self._verified = False  # and there it was what it should be, over the connection that is open
        self._moved = False  # since the last tick
        self._master: Seed | None = None  # of the last tick
        self._shunned: dict[Seed, float] = {}

    def read(self, keys: Sequence[bytes]) -> Reading:
        """One round; raises Explained where the Sentinels lead nowhere, and what the client raises where a node fails."""
        if not self._verified or time.monotonic() - self._asked_at >= ASK_EVERY_S:
            self._ask()
        try:
            return self._read(keys)
        except (redis.RedisError, OSError):
            former = self._master_named()
            self._ask()
            if self._master_named() == former:
                raise
        return self._read(keys)  # there was a failover just now

    def _ask(self) -> None:
        self._asked_at = time.monotonic()
        try:
            self._advice, self._silent = self._sentinels.ask(), ""
        except Explained as error:
            if not self._verified:
                raise
            self._silent = error.problem.detail

    def _master_named(self) -> Seed:
        assert self._advice is not None  # noqa: S101  (asked before the first read)
        return self._advice.word.master

    def _read(self, keys: Sequence[bytes]) -> Reading:
        for replica in self._replicas_in_step():
            try:
                return self._read_at(replica, keys, Role.REPLICA)
            except (redis.RedisError, OSError):
                self._drop()
                self._shunned[replica] = time.monotonic() + SHUN_S
        try:
            return self._read_at(self._master_named(), keys, Role.MASTER)
        except (redis.RedisError, OSError):
            self._drop()
            raise

    def _replicas_in_step(self) -> Iterator[Seed]:
        """The one that is read already comes first."""
        assert self._advice is not None  # noqa: S101  (asked before the first read)
        if not self._read_replicas:
            return
        now = time.monotonic()
        usable = [known.seed for known in self._advice.word.replicas if known.in_step and not known.failed]
        for seed in sorted(usable, key=lambda seed: (seed != self._place, seed)):
            if self._shunned.get(seed, 0.0) <= now:
                yield seed

    def _read_at(self, place: Seed, keys: Sequence[bytes], role: Role) -> Reading:
        if place != self._place:
            self._verified = False
            self._node.move(self._target.at(*place))
            self._place, self._moved = place, self._place is not None
        if not self._verified:
            self._verify(place, role)
        reading = self._node.read(keys)
        self._check(reading.tick, place, role)
        return msgspec.structs.replace(reading, tick=self._told(reading.tick, role))

    def _verify(self, place: Seed, role: Role) -> None:
        standing = self._node.standing()
        if role is Role.MASTER and standing.role not in (Role.MASTER, Role.UNKNOWN):
            raise _not_master(place)
        if role is Role.REPLICA and not standing.in_step:
            raise Explained(ServerState.LOADING, f"{shown(place)} is no replica in step with its master.")
        self._verified = True

    def _check(self, tick: ServerTick, place: Seed, role: Role) -> None:
        """A role that changed behind an open connection is seen with the next INFO; the tick is not believed then."""
        info = tick.info
        if role is Role.MASTER and info is not None and info.role == "slave":
            raise _not_master(place)
        lacks = any(stream.problem is ProblemKind.VANISHED for stream in tick.streams.values())
        if role is Role.REPLICA and (lacks or (info is not None and info.link_up is False)):
            self._verify(place, role)  # one that gets its data anew lacks keys that have not vanished

    def _told(self, tick: ServerTick, role: Role) -> ServerTick:
        marks = tuple(mark for mark in tick.marks if not (self._moved and mark.kind in OF_ANOTHER_NODE))
        named = self._master_named()
        if self._master not in (None, named):
            text = f"Failover: the master is {shown(named)} now; it was {shown(self._master)}."
            marks = (Mark(kind=MarkKind.FAILOVER, at=tick.at, text=text), *marks)
        self._master, self._moved = named, False
        return msgspec.structs.replace(tick, marks=marks, nodes=self._nodes(tick, role), deployment=self._deployment())

    def _nodes(self, tick: ServerTick, role: Role) -> tuple[NodeState, ...]:
        assert self._advice is not None  # noqa: S101  (asked before the first read)
        read = NodeState(
            address=shown(self._place or self._master_named()),
            role=role.value,
            state=ServerState.UP,
            streams=len(tick.streams),
            info=tick.info,
            round_trip_s=tick.round_trip_s,
        )
        others = [_replica(known) for known in self._advice.word.replicas if known.seed != self._place]
        if role is Role.MASTER:
            return (read, *others)
        state = ServerState.DOWN if self._advice.word.down else ServerState.UP
        return (NodeState(address=shown(self._master_named()), role="master", state=state), read, *others)

    def _deployment(self) -> Deployment:
        assert self._advice is not None  # noqa: S101  (asked before the first read)
        told = self._advice.deployment
        return msgspec.structs.replace(told, sentinels_answering=0, trouble=self._silent) if self._silent else told

    def renew(self, definition: Definition) -> None:
        """Takes other credentials or TLS, of the Sentinels too. What was derived is kept."""
        self.close()
        self._target, self._sentinels = definition.target, Sentinels(definition.target)
        target = definition.target.at(*self._place) if self._place else definition.target
        self._node.renew(msgspec.structs.replace(definition, target=target))

    def _drop(self) -> None:
        self._verified = False
        self._node.close()

    def close(self) -> None:
        """Drops the connections; the next read asks the Sentinels first."""
        self._drop()
        self._sentinels.close()


def _not_master(place: Seed) -> Explained:
    return Explained(
        ServerState.DOWN,
        f"{shown(place)}, which the Sentinels name, says that it is a replica: a failover may be under way.",
    )


def _replica(known: KnownReplica) -> NodeState:
    address = shown(known.seed)
    if known.failed:
        detail = "The Sentinels get no answer from it."
        return NodeState(address=address, role="replica", state=ServerState.DOWN, detail=detail)
    if not known.in_step:
        detail = "Its link to the master is down."
        return NodeState(address=address, role="replica", state=ServerState.LOADING, detail=detail)
    return NodeState(address=address, role="replica", state=ServerState.UP)
