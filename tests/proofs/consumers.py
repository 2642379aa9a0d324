"""Brute force for consumers, alive or dead: each look at them that there ever was."""

from itertools import pairwise

from dashboard.core.consumers import MARGIN_S, ConsumerSeen
from tests.proofs.past import Look, Past

_SAME_S = 0.01  # two idle times of one act differ by a few milliseconds


def check_consumers(past: Past) -> None:
    """How many are alive and how many dead, as of the last look."""
    said = past.rows[-1].said
    if said.live_consumers is None or said.dead_consumers is None:
        assert said.live_consumers is said.dead_consumers is None
        return
    if not said.consumers:
        assert (said.live_consumers, said.dead_consumers) == (0, 0)
        return
    should_work = [one for one in silent(past.looks) if one.pending or said.lag.value != 0]
    assert said.live_consumers == alive(past.looks), f"alive {said.live_consumers} of {past.looks[-1]}"
    assert said.dead_consumers == len(should_work), f"dead {said.dead_consumers}, truly {should_work}"


def alive(looks: list[Look]) -> int:
    """How many were alive at the last look."""
    return len(looks[-1][1]) - len(silent(looks))


def silent(looks: list[Look]) -> list[ConsumerSeen]:
    """Who was idle at the last look for a minute longer than ever before."""
    return [one for one in looks[-1][1] if one.idle_s > _habit(looks, one.name) + MARGIN_S]


def _habit(looks: list[Look], name: bytes) -> float:
    """The longest between two acts of a consumer, since it was there without a break."""
    acts: list[float] = []
    for at, seen in looks:
        acted = [at - one.idle_s for one in seen if one.name == name]
        acts = acts + acted if acted else []
    return max((after - before for before, after in pairwise(acts) if after > before + _SAME_S), default=0.0)
