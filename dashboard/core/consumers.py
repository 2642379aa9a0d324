"""Consumers, alive or dead. Idle grows while a consumer waits in a blocking read, so idle alone proves nothing.

What tells is a consumer's own habit: the longest it was ever seen idle before it acted again is how long it blocks.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

MOST_SEEN = 100  # of one group, one by one
MARGIN_S = 60.0  # over its own habit, before a consumer that is silent counts as dead


class ConsumerSeen(NamedTuple):
    """One consumer as XINFO CONSUMERS tells it."""

    name: bytes
    pending: int
    idle_s: float  # since it last asked for something


class ConsumerFacts(msgspec.Struct, frozen=True, gc=False):
    """A group's consumers at one moment."""

    total: int
    live: int
    dead: int  # silent for too long while entries are pending with them
    silent: int  # silent as long with nothing pending: dead too where the group lags
    acted_at: float | None  # when one of them acted last, by the server's clock; None: there is none
    seen: tuple[ConsumerSeen, ...] = ()  # one by one, in order of name; of very many, those that matter most


class Habits:
    """What is remembered of one group's consumers from look to look."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[float, float]] = {}  # when it acted last, and the longest idle it came back from

    def look(self, seen: Iterable[ConsumerSeen], now: float) -> ConsumerFacts:
        """The facts of this look. `now` is the server's clock."""
        known: dict[bytes, tuple[float, float]] = {}
        every = list(seen)
        total = live = dead = silent = 0
        acted_last: float | None = None
        for name, pending, idle_s in every:
            acted_at = now - idle_s
            habit = self._habit(name, acted_at)
            known[name] = (acted_at, habit)
            total += 1
            acted_last = acted_at if acted_last is None else max(acted_last, acted_at)
            if idle_s <= habit + MARGIN_S:
                live += 1
            elif pending:
                dead += 1
            else:
                silent += 1
        self._known = known
        return ConsumerFacts(total, live, dead, silent, acted_last, _that_matter(every))

    def _habit(self, name: bytes, acted_at: float) -> float:
        before = self._known.get(name)
        if before is None:
            return 0.0
        acted_before, habit = before
        # It may have acted several times since, so this is the longest that it can have been idle in between.
        return max(habit, acted_at - acted_before) if acted_at > acted_before + 0.01 else habit


def _that_matter(every: list[ConsumerSeen]) -> tuple[ConsumerSeen, ...]:
    """All of them, or those with the most pending, and of equals the longest idle."""
    if len(every) > MOST_SEEN:
        every = sorted(every, key=lambda one: (-one.pending, -one.idle_s))[:MOST_SEEN]
    return tuple(sorted(every))


def dead_consumers(facts: ConsumerFacts, *, lags: bool) -> int:
    """Consumers that should work and do not: entries are pending with them, or the group lags."""
    return facts.dead + (facts.silent if lags else 0)
