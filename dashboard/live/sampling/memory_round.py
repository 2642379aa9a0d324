"""The memory of streams, asked for a few at a time."""

import time
from collections import deque

import redis

from dashboard.core.sample import Sweep
from dashboard.live.sampling.optional import optional
from dashboard.redis_io.server_info import read_memory

MEMORY_EVERY_S = 60.0
MEMORY_KEYS_A_TICK = 50


class MemoryRound:
    """Asks for the memory of a few keys a tick, in turn, each at most once a minute; of new keys at once."""

    def __init__(self) -> None:
        self.known: dict[bytes, int] = {}
        self._waiting: deque[bytes] = deque()
        self._asked: set[bytes] = set()  # since the round began
        self._began_at = float("-inf")

    def read(self, client: redis.Redis, swept: Sweep, *, slow: int = 1) -> None:
        """Asks for the next keys, `slow` times more slowly; raises what the client raises where the server fails."""
        if not self._waiting and time.monotonic() - self._began_at >= MEMORY_EVERY_S * slow:
            self._began_at = time.monotonic()
            self._asked.clear()
            watched = {*swept.streams, *swept.held}
            self.known = {key: size for key, size in self.known.items() if key in watched}
        if len(self._asked) < len(swept.streams):
            new = [key for key in swept.streams if key not in self._asked]
            self._asked.update(new)
            self._waiting.extend(new)
        batch = [self._waiting.popleft() for _ in range(min(max(1, MEMORY_KEYS_A_TICK // slow), len(self._waiting)))]
        if batch:
            self.known.update(optional(lambda: read_memory(client, batch)) or {})
