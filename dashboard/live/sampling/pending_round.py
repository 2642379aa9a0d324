"""The middle cadence: the oldest pending entries of groups that have any, a few groups a tick, in turn."""

from typing import NamedTuple

import redis
from redis.exceptions import NoPermissionError

from dashboard.core.damage import PendingFacts
from dashboard.core.entry_id import EntryId
from dashboard.core.insight import Place
from dashboard.core.sample import GroupSample, StreamSample, Sweep
from dashboard.live.sampling.turns import Refusal, Turns
from dashboard.redis_io.pending_facts import Subject, read_pending
from dashboard.redis_io.wire import borrowed

ASKED_A_TICK = 100
CHANGED_EVERY_S = 2.0  # a group in which something happened
EVERY_S = 30.0  # any other: an entry can be delivered again with no trace in the sweep
FORGET_AFTER_S = 600.0


class _Read(NamedTuple):
    at: float
    delivered: EntryId
    pending: int
    first: EntryId | None


class PendingRound:
    """Asks a group again when its position, its pending entries or its stream's beginning changed, else rarely."""

    def __init__(self) -> None:
        self._turns, self._refusal = Turns(), Refusal()
        self._read: dict[Place, _Read] = {}
        self._pruned_at = float("-inf")

    def read(self, client: redis.Redis, swept: Sweep, *, pace: float) -> dict[Place, PendingFacts]:
        """What is new; raises what the client raises where the server as a whole fails."""
        if self._refusal.holds(swept.at):
            return {}
        subjects = self._due(swept, pace)
        if not subjects:
            return {}
        try:
            with borrowed(client) as connection:
                return read_pending(connection, subjects)
        except NoPermissionError:
            self._refusal.note(swept.at)
            return {}

    def _due(self, swept: Sweep, pace: float) -> list[Subject]:
        now, known = swept.at, self._read
        found: list[Subject] = []
        for stream, group in self._turns.groups(swept):
            if not group.pending:
                continue
            place = (stream.key, group.name)
            if not _is_due(known.get(place), stream, group, now, pace):
                continue
            known[place] = _Read(now, group.last_delivered_id, group.pending, stream.first_id)
            found.append((stream, group))
            if len(found) >= ASKED_A_TICK:
                break
        if now - self._pruned_at > FORGET_AFTER_S:
            self._pruned_at = now
            self._read = {place: read for place, read in known.items() if now - read.at < FORGET_AFTER_S * pace}
        return found


def _is_due(read: _Read | None, stream: StreamSample, group: GroupSample, now: float, pace: float) -> bool:
    if read is None or now < read.at:
        return True
    same = (read.delivered, read.pending, read.first) == (group.last_delivered_id, group.pending, stream.first_id)
    return now - read.at >= (EVERY_S if same else CHANGED_EVERY_S) * pace
