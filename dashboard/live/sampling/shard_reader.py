"""The reader of one shard of a cluster: at its master, or at a replica in step where that is wished; through its failovers.

`work` runs in a thread of its own; all else belongs to the cluster's reader, which never calls it meanwhile.
"""

import threading
import time
from collections.abc import Sequence

import msgspec
import redis

from dashboard.core.address import Seed, shown
from dashboard.core.marks import MarkKind
from dashboard.core.node import NodeState
from dashboard.core.sample import ServerProblem, ServerState
from dashboard.live.sampling import patience
from dashboard.live.sampling.node_reader import NodeReader
from dashboard.live.sampling.reader import Definition, Reading
from dashboard.redis_io.cluster_map import ClusterMap, Shard
from dashboard.redis_io.connect import explain
from dashboard.redis_io.faults import Explained

SHUN_S = 10.0  # a replica that failed us
OF_ANOTHER_NODE = frozenset({MarkKind.RESTART, MarkKind.FAILOVER})


class Task(msgspec.Struct, frozen=True):
    """What a shard's reader is to do in a round."""

    keys: Sequence[bytes]
    asking: frozenset[bytes]
    master: Seed
    place: Seed  # the master, or a replica of it
    wants_map: bool


class Round(msgspec.Struct, frozen=True):
    """What came of it: a reading, or why the node refused one; and the cluster as it sees it."""

    reading: Reading | None
    problem: ServerProblem | None = None
    map: ClusterMap | None = None


class ShardReader:
    """One shard. It keeps what was derived of its streams whichever of its nodes is read."""

    def __init__(self, definition: Definition, shard: Shard) -> None:
        self.shard = shard
        self.reading: Reading | None = None  # of this round
        self.last: Reading | None = None
        self.problem: ServerProblem | None = None
        self.failures = 0
        self.try_at = float("-inf")
        self.former: Seed | None = None  # the master before a failover that was not told yet
        self._definition = definition
        self._node = NodeReader(definition)
        self._at: Seed | None = None  # where the node's reader is
        self._other_node = False  # since its last reading
        self._verified = False
        self._shunned: dict[Seed, float] = {}
        self._lock = threading.Lock()  # a call that hangs while its crew is dismissed may meet the next crew's

    @property
    def place(self) -> Seed:
        """The node to read."""
        now = time.monotonic()
        if self._definition.read_replicas:
            for replica in self.shard.replicas:
                if self._shunned.get(replica, 0.0) <= now:
                    return replica
        return self.shard.master

    # In the shard's own thread

    def work(self, task: Task) -> Round:
        """One round; raises what the client raises where the master fails. A replica that fails is left for the master."""
        with self._lock:
            if task.place != task.master:
                try:
                    return self._work(task, task.place)
                except (redis.RedisError, OSError):
                    self._shunned[task.place] = time.monotonic() + SHUN_S
                    self._drop()
            try:
                return self._work(task, task.master)
            except redis.exceptions.ClusterDownError as error:
                # It answers, and can tell what is wrong with the others.
                return Round(None, explain(error), self._node.cluster_map(task.master))
            except (redis.RedisError, OSError):
                self._drop()
                raise

    def _work(self, task: Task, place: Seed) -> Round:
        replica = place != task.master
        if place != self._at:
            self._other_node, self._verified = self._at is not None, False
            self._node.move(self._definition.target.at(*place), readonly=replica)
            self._at = place
        if replica and not self._verified and not self._node.standing().in_step:
            raise Explained(ServerState.LOADING, f"{shown(place)} is no replica in step with its master.")
        self._verified = True
        reading = _told_by(self._node.read(task.keys, task.asking), place)
        if replica and reading.tick.info is not None and reading.tick.info.link_up is False:
            raise Explained(ServerState.LOADING, f"{shown(place)} has lost its link to its master.")
        known = self._node.cluster_map(place) if task.wants_map else None
        if self._other_node:
            marks = tuple(mark for mark in reading.tick.marks if mark.kind not in OF_ANOTHER_NODE)
            reading = msgspec.structs.replace(reading, tick=msgspec.structs.replace(reading.tick, marks=marks))
            self._other_node = False
        return Round(reading, None, known)

    def _drop(self) -> None:
        self._verified = False
        self._node.close()

    def close(self) -> None:
        """Drops the connection."""
        with self._lock:
            self._drop()

    def renew(self, definition: Definition) -> None:
        """Takes other credentials or TLS."""
        with self._lock:
            self._definition, self._verified = definition, False
            target = definition.target.at(*(self._at or self.shard.master))
            self._node.renew(msgspec.structs.replace(definition, target=target))
            self.try_at = float("-inf")

    # In the cluster's thread

    def note(self, outcome: Round | Exception) -> None:
        """Takes in what a round came to. Raises an error that is ours."""
        if isinstance(outcome, Round):
            self.reading = self.last = outcome.reading
            problem = outcome.problem
        elif isinstance(outcome, redis.RedisError | OSError):
            problem = explain(outcome)
        else:
            raise outcome
        if problem is None:
            self.problem, self.failures, self.try_at = None, 0, float("-inf")
        else:
            self.failures += 1
            self.problem = problem
            wait = patience.wait_s(problem.state, self.failures, self._definition.interval_s)
            self.try_at = time.monotonic() + wait

    def state(self, streams: int) -> NodeState:
        """The node that is read, as it was last seen."""
        tick = self.last.tick if self.last and not self.problem else None
        return NodeState(
            address=shown(self._at or self.shard.master),
            role="replica" if self._at in self.shard.replicas else "master",
            state=self.problem.state if self.problem else ServerState.UP,
            detail=self.problem.detail if self.problem else "",
            slots=self.shard.slots,
            streams=streams,
            info=tick.info if tick else None,
            round_trip_s=tick.round_trip_s if tick else None,
        )


def _told_by(reading: Reading, place: Seed) -> Reading:
    """The reading of the node at `place`, which may send keys to a port without a host: on the host where it was asked itself."""
    if all(there.seed[0] not in ("", "?") for there in reading.elsewhere.values()):
        return reading
    elsewhere = {
        key: msgspec.structs.replace(there, seed=(place[0], there.seed[1])) if there.seed[0] in ("", "?") else there
        for key, there in reading.elsewhere.items()
    }
    return msgspec.structs.replace(reading, elsewhere=elsewhere)
