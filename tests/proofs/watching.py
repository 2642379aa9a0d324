"""A sample by the product's own path, and the truth beside it."""

import msgspec

from dashboard.core.deriver import Deriver
from dashboard.core.metrics import StreamMetrics
from dashboard.core.sample import ServerInfo
from dashboard.core.target import parse_address
from dashboard.redis_io.connect import connect
from dashboard.redis_io.server_info import read_info
from dashboard.redis_io.sweep import sweep
from tests.proofs.truth import KEY
from tests.servers import RedisServer


class Seen(msgspec.Struct, frozen=True):
    """What the product says of the stream, when, and how long after its sample before."""

    metrics: StreamMetrics
    at: float
    elapsed_s: float | None  # None: the first sample


class Watching:
    """Samples one stream. Time may be let pass faster than it does: the core is told what time it is."""

    def __init__(self, server: RedisServer, *, info_every: int = 3) -> None:
        self._info_every = info_every  # samples, as the sampler reads INFO less often than it sweeps
        self._client = connect(parse_address(server.url), timeout_s=5)
        self.begin()

    def begin(self) -> None:
        """Forgets everything: another sampler's first sample comes next."""
        self._deriver = Deriver()
        self._info: ServerInfo | None = None
        self._samples = 0
        self._at: float | None = None
        self.passed_s = 0.0

    def look(self) -> Seen:
        """Takes a sample."""
        taken = sweep(self._client, [KEY])
        taken = msgspec.structs.replace(taken, at=taken.at + self.passed_s)
        if taken.reconnected or self._samples % self._info_every == 0:
            self._info = read_info(self._client)
        self._samples += 1
        tick = self._deriver.take(taken, info=self._info, memory={}, interval_s=1)
        elapsed = None if self._at is None else taken.at - self._at
        self._at = taken.at
        return Seen(tick.streams[KEY], taken.at, elapsed)

    def close(self) -> None:
        """Ends the connection."""
        self._client.close()
