"""Which node a look or an action goes to. Who acts reaches a master that was verified just now, or nobody.

A master that slept through a failover takes writes as if nothing had happened, and loses them a moment later. So before an
action its Sentinels, or the other nodes of its cluster, are asked anew, and then the node itself.
"""

from collections.abc import Callable, Collection
from contextlib import closing
from functools import partial

import redis

from dashboard.core.address import Seed, shown
from dashboard.core.sample import ServerState
from dashboard.core.target import Target, Topology
from dashboard.redis_io.client import CLIENT_NAME, connect
from dashboard.redis_io.cluster_map import ClusterMap, Shard, read_map
from dashboard.redis_io.crew import Crew
from dashboard.redis_io.faults import Explained, explain
from dashboard.redis_io.roles import Role, read_standing
from dashboard.redis_io.sentinels import Advice, Sentinels

#: So many masters are asked for the map before an action: one that was not asleep is enough.
_WITNESSES = 5
_GRACE_S = 0.25


def connect_for(
    target: Target, key: bytes, *, timeout_s: float = 1.0, client_name: str = CLIENT_NAME, acting: bool = False
) -> redis.Redis:
    """A client of the node that holds the key, its master. With `acting` of one that is master beyond doubt.

    Raises Explained, redis.RedisError or OSError where the node cannot be found or is in doubt; see `explain`.
    """
    if target.topology is Topology.STANDALONE:
        return connect(target, timeout_s=timeout_s, client_name=client_name)
    find = _named_master if target.topology is Topology.SENTINEL else partial(_slot_master, key=key)
    place = find(target, timeout_s=timeout_s, acting=acting)
    client = connect(target.at(*place), timeout_s=timeout_s, client_name=client_name)
    try:
        if acting:
            _verify(client, place)
    except BaseException:
        client.close()
        raise
    return client


def connect_to_read(target: Target, key: bytes, *, replicas: bool, timeout_s: float = 1.0) -> redis.Redis:
    """A client of a node to read the key from: with `replicas` a replica in step where there is one, else its master.

    Raises like `connect_for`.
    """
    if not replicas or target.topology is Topology.STANDALONE:
        return connect_for(target, key, timeout_s=timeout_s)
    clustered = target.topology is Topology.CLUSTER
    master, others = (_slot_nodes if clustered else _named_nodes)(target, key, timeout_s)
    for place in others:
        client = connect(target.at(*place), timeout_s=timeout_s, readonly=clustered)
        try:
            if read_standing(client).in_step:
                return client
        except (redis.RedisError, OSError):
            pass  # the next one, or the master
        client.close()
    return connect(target.at(*master), timeout_s=timeout_s)


def _named_nodes(target: Target, key: bytes, timeout_s: float) -> tuple[Seed, list[Seed]]:
    word = _advice(target, timeout_s=timeout_s, acting=False).word
    return word.master, sorted(known.seed for known in word.replicas if known.in_step and not known.failed)


def _slot_nodes(target: Target, key: bytes, timeout_s: float) -> tuple[Seed, list[Seed]]:
    shard = _shard(target, key=key, timeout_s=timeout_s, acting=False)
    return shard.master, sorted(shard.replicas)


def _verify(client: redis.Redis, place: Seed) -> None:
    role = read_standing(client).role
    if role is not Role.MASTER:
        raise Explained(
            ServerState.DOWN,
            f"{shown(place)} should be the master and says that it is {_A[role]}: a failover may be under way. "
            "Look again in a few seconds.",
        )


_A = {Role.REPLICA: "a replica", Role.SENTINEL: "a Sentinel", Role.UNKNOWN: "nothing that we may know"}


def _named_master(target: Target, *, timeout_s: float, acting: bool) -> Seed:
    return _advice(target, timeout_s=timeout_s, acting=acting).word.master


def _advice(target: Target, *, timeout_s: float, acting: bool) -> Advice:
    with closing(Sentinels(target)) as sentinels:
        advice = sentinels.ask(grace_s=timeout_s if acting else _GRACE_S)
    if acting and advice.answering * 2 < len(target.seeds):
        raise _doubt(f"only {advice.answering} of {len(target.seeds)} Sentinels answer")
    if acting and advice.word.has_quorum is False:
        raise _doubt("the Sentinels have no majority")
    if acting and advice.word.promoting:
        raise _doubt("a failover is under way")
    return advice


def _doubt(why: str) -> Explained:
    return Explained(ServerState.DOWN, f"Which node is the master is not certain enough to act on: {why}.")


def _slot_master(target: Target, *, key: bytes, timeout_s: float, acting: bool) -> Seed:
    return _shard(target, key=key, timeout_s=timeout_s, acting=acting).master


def _shard(target: Target, *, key: bytes, timeout_s: float, acting: bool) -> Shard:
    known = find_map(target, timeout_s=timeout_s, thorough=acting)
    shard = known.owners().of(key)
    if shard is None:
        raise Explained(ServerState.DOWN, known.trouble or "No node of the cluster holds this key's slot.")
    return shard


def find_map(
    target: Target, *, known: Collection[Seed] = (), timeout_s: float = 1.0, thorough: bool = False
) -> ClusterMap:
    """The cluster's map, from its seeds and the `known` nodes; with `thorough` also from its masters.

    Raises Explained, redis.RedisError or OSError where no node tells.
    """
    asked = {*target.seeds, *known}
    maps, errors = _ask(target, asked, timeout_s, everyone=thorough)
    if thorough and maps:
        others = [shard.master for shard in newest(maps).shards if shard.master not in asked]
        maps += _ask(target, others[:_WITNESSES], timeout_s, everyone=True)[0]
    if not maps:
        raise _nobody(errors)
    return newest(maps)


def newest(maps: Collection[ClusterMap]) -> ClusterMap:
    """The map that is right where maps differ; of equally new ones the one of a node that serves."""
    return max(maps, key=lambda one: (one.epoch, one.serves))


def _ask(
    target: Target, places: Collection[Seed], timeout_s: float, *, everyone: bool
) -> tuple[list[ClusterMap], dict[Seed, Exception]]:
    """Maps from these nodes, at once; the first is enough unless `everyone` is waited for."""
    clients = {place: connect(target.at(*place), timeout_s=timeout_s) for place in places}
    crew: Crew[Seed, ClusterMap] = Crew("cluster")
    calls: dict[Seed, Callable[[], ClusterMap]] = {
        place: partial(read_map, client, place) for place, client in clients.items()
    }
    maps: list[ClusterMap] = []
    errors: dict[Seed, Exception] = {}
    while calls or any(map(crew.busy, clients)):
        for place, outcome in crew.round(calls, grace_s=timeout_s if everyone else 0.0).items():
            if isinstance(outcome, ClusterMap):
                maps.append(outcome)
            else:
                errors[place] = outcome
        calls = {}
        if maps and not everyone:
            break
    crew.dismiss(clients, lambda place: clients[place].close())
    return maps, errors


def _nobody(errors: dict[Seed, Exception]) -> Exception:
    if len(errors) == 1:
        return next(iter(errors.values()))
    for error in errors.values():
        if isinstance(error, Explained):
            return error
    # Who refuses us says more than who is silent; and where one does, all are left alone for as long as it wants.
    problems = {place: explain(error) for place, error in errors.items()}
    place, problem = max(problems.items(), key=lambda item: item[1].state is ServerState.DENIED)
    return Explained(
        problem.state, f"None of {len(errors)} nodes tells of its cluster. {shown(place)}: {problem.detail}"
    )
