"""The slow cadence: the consumers of groups that have at most a thousand, a few groups a tick, in turn."""

import redis
from redis.exceptions import NoPermissionError

from dashboard.core.consumers import ConsumerFacts, Habits
from dashboard.core.insight import Place
from dashboard.core.sample import GroupSample, StreamSample, Sweep
from dashboard.live.sampling.turns import Refusal, Turns
from dashboard.redis_io.consumer_facts import read_consumers
from dashboard.redis_io.wire import borrowed

MOST_CONSUMERS = 1000  # of one group: listing 100,000 holds a server up for 200 ms
ROWS_A_TICK = 2000
ASKED_A_TICK = 40
WORKING_EVERY_S = 10.0  # groups in which something waits or is pending
EVERY_S = 60.0
FORGET_AFTER_S = 600.0


class ConsumerRound:
    """Also keeps each consumer's habit, by which a silent one is told from a dead one."""

    def __init__(self) -> None:
        self._turns, self._refusal = Turns(), Refusal()
        self._read: dict[Place, tuple[float, int, Habits]] = {}  # when, how many consumers
        self._pruned_at = float("-inf")

    def read(self, client: redis.Redis, swept: Sweep, *, pace: float) -> dict[Place, ConsumerFacts]:
        """What is new; raises what the client raises where the server as a whole fails."""
        now = swept.at
        if self._refusal.holds(now):
            return {}
        places = self._due(swept, pace)
        if not places:
            return {}
        try:
            with borrowed(client) as connection:
                seen = read_consumers(connection, places)
        except NoPermissionError:
            self._refusal.note(now)
            return {}
        return {place: self._read[place][2].look(consumers, now) for place, consumers in seen.items()}

    def _due(self, swept: Sweep, pace: float) -> list[Place]:
        now, found, rows = swept.at, list[Place](), 0
        for stream, group in self._turns.groups(swept):
            if not 0 < group.consumers <= MOST_CONSUMERS or not self._is_due(stream, group, now, pace):
                continue
            place = (stream.key, group.name)
            known = self._read.get(place)
            self._read[place] = (now, group.consumers, known[2] if known else Habits())
            found.append(place)
            rows += group.consumers
            if len(found) >= ASKED_A_TICK or rows >= ROWS_A_TICK:
                break
        if now - self._pruned_at > FORGET_AFTER_S:
            self._pruned_at = now
            self._read = {place: read for place, read in self._read.items() if now - read[0] < FORGET_AFTER_S * pace}
        return found

    def _is_due(self, stream: StreamSample, group: GroupSample, now: float, pace: float) -> bool:
        known = self._read.get((stream.key, group.name))
        if known is None or now < known[0]:
            return True
        works = group.pending or (stream.last_id is not None and group.last_delivered_id < stream.last_id)
        every_s = 2.0 if known[1] != group.consumers else WORKING_EVERY_S if works else EVERY_S
        return now - known[0] >= every_s * pace
