"""Test connection: every seed of an address, what the seeds lead to, and all that watching needs there. Changes nothing."""

import contextlib
from collections.abc import Iterator

from redis.exceptions import RedisError

from dashboard.core.address import shown
from dashboard.core.target import Target, Topology
from dashboard.redis_io.check import Check, Commands, Step, check_node, reach
from dashboard.redis_io.faults import Explained, explain
from dashboard.redis_io.nodes import find_map
from dashboard.redis_io.sentinels import Sentinels

_MOST_MASTERS = 10  # that are signed in to, one after the other
_BEHIND_SENTINELS: Commands = {"ROLE": (b"ROLE",)}
_IN_A_CLUSTER: Commands = {
    "ROLE": (b"ROLE",),
    "CLUSTER SLOTS": (b"CLUSTER", b"SLOTS"),
    "CLUSTER INFO": (b"CLUSTER", b"INFO"),
    "CLUSTER NODES": (b"CLUSTER", b"NODES"),
    "ASKING": (b"ASKING",),
}


def check(target: Target, *, timeout_s: float = 1.0) -> Check:
    """Goes through all that watching the target needs, and names each step that fails."""
    if target.topology is Topology.STANDALONE:
        return check_node(target, timeout_s=timeout_s)
    seeds = tuple(_of_seeds(target, timeout_s))
    if not any(step.ok for step in seeds):
        return Check(seeds)
    try:
        rest = (_of_master if target.topology is Topology.SENTINEL else _of_masters)(target, timeout_s)
    except (Explained, RedisError, OSError) as error:
        name = "master" if target.topology is Topology.SENTINEL else "slots"
        return Check((*seeds, Step(name, False, explain(error).detail)))
    return Check((*seeds, *rest.steps), rest.info)


def _of_seeds(target: Target, timeout_s: float) -> Iterator[Step]:
    kind = "Sentinel" if target.topology is Topology.SENTINEL else "node"
    for seed, at in zip(target.seeds, target.at_seeds, strict=True):
        yield _in_one(f"{kind} {shown(seed)}", Check(reach(at, timeout_s=timeout_s)))


def _in_one(name: str, found: Check) -> Step:
    return Step(name, found.ok, found.failure)


def _of_master(target: Target, timeout_s: float) -> Check:
    with contextlib.closing(Sentinels(target, timeout_s=timeout_s)) as sentinels:
        advice = sentinels.ask(grace_s=timeout_s)
    trouble = advice.deployment.trouble
    step = Step("master", not trouble, trouble or f"{target.master_name} is {shown(advice.word.master)}.")
    found = check_node(target.at(*advice.word.master), timeout_s=timeout_s, besides=_BEHIND_SENTINELS)
    return Check((step, *found.steps), found.info)


def _of_masters(target: Target, timeout_s: float) -> Check:
    known = find_map(target, timeout_s=timeout_s)
    masters = [shard.master for shard in known.shards]
    tried = f"; {_MOST_MASTERS} of them are tried" if len(masters) > _MOST_MASTERS else ""
    held = f"{sum(shard.slots for shard in known.shards):,} slots are held by {len(masters)} masters{tried}."
    checks = {
        place: check_node(target.at(*place), timeout_s=timeout_s, besides=_IN_A_CLUSTER)
        for place in masters[:_MOST_MASTERS]
    }
    steps = (_in_one(f"master {shown(place)}", found) for place, found in checks.items())
    infos = (found.info for found in checks.values() if found.info)
    return Check((Step("slots", not known.trouble, known.trouble or held), *steps), next(infos, None))
