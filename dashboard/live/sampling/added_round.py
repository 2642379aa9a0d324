"""Counts what was added (T4) on servers that do not, stream by stream as far as its last id moved since the last sweep."""

import redis
from redis.exceptions import NoPermissionError

from dashboard.core.entry_id import EntryId
from dashboard.core.insight import Counted
from dashboard.core.sample import Sweep
from dashboard.live.sampling.turns import Refusal
from dashboard.redis_io.added import count_added
from dashboard.redis_io.wire import borrowed

ASKED_A_TICK = 128


class AddedRound:
    """Remembers each stream's last id. Streams for which there is no room in a tick take turns."""

    def __init__(self) -> None:
        self._last: dict[bytes, EntryId] = {}
        self._turn = 0
        self._refusal = Refusal()

    def read(self, client: redis.Redis, swept: Sweep) -> dict[bytes, Counted]:
        """What is new; raises what the client raises where the server as a whole fails."""
        sample = next(iter(swept.streams.values()), None)
        if sample is None or sample.entries_added is not None:
            return {}
        moved = self._moved(swept)
        if not moved or self._refusal.holds(swept.at):
            return {}
        start = self._turn % len(moved)
        asked = [*moved[start:], *moved[:start]][:ASKED_A_TICK]
        self._turn = start + len(asked)
        try:
            with borrowed(client) as connection:
                return count_added(connection, asked)
        except NoPermissionError:
            self._refusal.note(swept.at)
            return {}

    def _moved(self, swept: Sweep) -> list[tuple[bytes, EntryId, EntryId]]:
        before = self._last
        self._last = {key: sample.last_generated_id for key, sample in swept.streams.items()}
        self._last.update((key, before[key]) for key in swept.held if key in before)
        return [(key, before[key], last) for key, last in self._last.items() if key in before and last > before[key]]
