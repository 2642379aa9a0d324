"""Sharing: which servers a sampler takes and gives back, so that all are sampled and each sampler has its share."""

from collections import Counter
from collections.abc import Collection, Mapping
from math import ceil

import msgspec


class Survey(msgspec.Struct, frozen=True):
    """Which samplers can take servers, and who holds which, as our Redis knew it at one moment."""

    living: frozenset[str]
    holders: Mapping[int, str]


class Moves(msgspec.Struct, frozen=True):
    """Servers to take, in the order in which to try, and servers to give back."""

    take: list[int]
    give: list[int]


def moves(wanted: Collection[int], survey: Survey, me: str) -> Moves:
    """What the sampler `me` does next, who is able to take servers; samplers that follow this come to rest.

    At rest each holds the servers' number divided by the samplers', give or take one.
    """
    living = sorted(survey.living | {me})
    loads = Counter(holder for server, holder in survey.holders.items() if server in wanted)
    mine = sorted(server for server, holder in survey.holders.items() if holder == me and server in wanted)
    free = sorted(set(wanted) - survey.holders.keys())
    fair = ceil((len(free) + sum(loads[sampler] for sampler in living)) / len(living))
    excess = _excess(len(mine), fair, least=min(loads[sampler] for sampler in living), free=len(free))
    take = _own_share_first(free, living.index(me), len(living))[: max(0, fair - len(mine))]
    return Moves(take, mine[len(mine) - excess :])


def _excess(load: int, fair: int, *, least: int, free: int) -> int:
    """How many to give back at once: a few, for each is not sampled until somebody has taken it."""
    if load > fair:
        return max(1, (load - fair) // 8)
    return 1 if load - least >= 2 and not free else 0  # what is free fills the least first


def _own_share_first(free: list[int], rank: int, samplers: int) -> list[int]:
    """Each begins with other servers than its rivals, who look at the same moment."""
    own = free[rank::samplers]
    return own + [server for server in free if server not in own]
