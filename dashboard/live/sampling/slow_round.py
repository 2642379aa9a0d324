"""Reads that are too dear for every sweep: a few groups a tick, in turn, within bounds of commands, bytes and time."""

import time

import redis

from dashboard.core.insight import NOTHING_NEW, Insights, Place
from dashboard.core.measured import Measured
from dashboard.core.sample import Sweep
from dashboard.live.sampling.added_round import AddedRound
from dashboard.live.sampling.consumer_round import ConsumerRound
from dashboard.live.sampling.pending_round import PendingRound
from dashboard.live.sampling.turns import Refusal
from dashboard.redis_io.counting import Counting, Spent
from dashboard.redis_io.wire import borrowed

COUNTED_A_TICK = 64  # groups
#: (bytes, seconds) a tick for all groups that are counted, and for the one that is counted on beyond it.
COUNTED_ALL = (512_000, 0.1)
COUNTED_ONE = (2_000_000, 0.3)
#: A group is counted again after so many times what counting it took; the same for one whose count did not hold.
COUNTING_SHARE = 200.0


class SlowRound:
    """What one node's slower reads keep between ticks."""

    def __init__(self) -> None:
        self._next_count: dict[Place, float] = {}
        self._refusal = Refusal()
        self._pending, self._consumers, self._added = PendingRound(), ConsumerRound(), AddedRound()

    def read(self, client: redis.Redis, swept: Sweep, uncounted: list[Place], *, pace: float = 1) -> Insights:
        """What is new; raises what the client raises where the server as a whole fails. `pace` 2: half as often."""
        measured = self._count(client, swept, uncounted, pace)
        pending = self._pending.read(client, swept, pace=pace)
        consumers = self._consumers.read(client, swept, pace=pace)
        added = self._added.read(client, swept)
        if not (measured or pending or consumers or added):
            return NOTHING_NEW
        return Insights(measured, pending, consumers, added)

    def _count(self, client: redis.Redis, swept: Sweep, uncounted: list[Place], pace: float) -> dict[Place, Measured]:
        now = swept.at
        due = self._next_count
        places = [place for place in uncounted if due.get(place, now) <= now and place[0] in swept.streams]
        if not places or self._refusal.holds(now):
            return {}
        places = places[:COUNTED_A_TICK]
        began, far = time.perf_counter(), 3 * swept.round_trip_s
        with borrowed(client) as connection:
            counting = Counting(connection, room=lambda spent: _room(spent, time.perf_counter() - began - far))
            found = counting.run(places)
        took = (time.perf_counter() - began) * COUNTING_SHARE * pace / len(places)
        counted = [place for place in places if place not in counting.postponed]
        self._next_count = {place: at for place, at in due.items() if at > now} | dict.fromkeys(counted, now + took)
        if counting.denied:
            self._refusal.note(now)
        return found


def _room(spent: Spent, seconds: float) -> int:
    """For how many groups there is room to be counted on."""
    for groups, (most_bytes, most_s) in ((COUNTED_A_TICK, COUNTED_ALL), (1, COUNTED_ONE)):
        if spent.bytes_read < most_bytes and seconds < most_s:
            return groups
    return 0
