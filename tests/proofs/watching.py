"""A sample by the product's own path, and the truth beside it."""

from collections import defaultdict

import msgspec

from dashboard.core.consumers import ConsumerSeen, Habits
from dashboard.core.deriver import Deriver
from dashboard.core.insight import NOTHING_NEW, Place
from dashboard.core.marks import Mark
from dashboard.core.metrics import StreamMetrics
from dashboard.core.noticing import Noticer
from dashboard.core.sample import ServerInfo, Sweep
from dashboard.core.target import parse_address
from dashboard.live.sampling.slow_round import SlowRound
from dashboard.redis_io.connect import connect
from dashboard.redis_io.consumer_facts import read_consumers
from dashboard.redis_io.server_info import read_info
from dashboard.redis_io.sweep import sweep
from dashboard.redis_io.wire import borrowed
from tests.proofs.clock import Clock
from tests.proofs.truth import KEY
from tests.servers import RedisServer

INTERVAL_S = 1.0


class Seen(msgspec.Struct, frozen=True):
    """What the product says of the stream, when, and how long after its sample before."""

    metrics: StreamMetrics
    unmeasured: StreamMetrics  # by a sampler that never measured
    at: float
    elapsed_s: float | None  # None: the first sample
    measured: bool  # after a round of the slower reads
    marks: tuple[Mark, ...]
    consumers: dict[bytes, list[ConsumerSeen]]  # by group; empty where they were not looked at

    def by_the_unmeasuring(self) -> "Seen":
        """The same sample as the other sampler saw it, to which slower reads tell nothing."""
        return msgspec.structs.replace(self, metrics=self.unmeasured, measured=False, consumers={})


class Watching:
    """Samples one stream. Time may be let pass faster than it does: the core is told what time it is."""

    def __init__(self, server: RedisServer, *, info_every: int = 3) -> None:
        self._info_every = info_every  # samples, as the sampler reads INFO less often than it sweeps
        self._client = connect(parse_address(server.url), timeout_s=5)
        self.clock = Clock(self._client)
        self.begin()

    def begin(self) -> None:
        """Forgets everything: another sampler's first sample comes next."""
        self._deriver, self._unmeasuring = Deriver(), Deriver()
        self._noticer = Noticer()
        self._info: ServerInfo | None = None
        self._samples = 0
        self._at: float | None = None
        self._habits: defaultdict[Place, Habits] = defaultdict(Habits)
        self.clock.begin()

    def look(self, *, measure: bool = False) -> Seen:
        """Takes a sample, after a round of the slower reads where asked for."""
        taken = sweep(self._client, [KEY])
        taken = msgspec.structs.replace(taken, at=self.clock.told(taken.at))
        if taken.reconnected or self._samples % self._info_every == 0:
            self._info = read_info(self._client)
        self._samples += 1
        # A round that has only just begun reads everything at once, and not in turns.
        insights = SlowRound().read(self._client, taken, self._deriver.uncounted()) if measure else NOTHING_NEW
        consumers = self._consumers(taken) if measure else {}
        if consumers:
            facts = {place: self._habits[place].look(seen, taken.at) for place, seen in consumers.items()}
            insights = msgspec.structs.replace(insights, consumers=facts)
        tick = self._deriver.take(taken, info=self._info, memory={}, interval_s=INTERVAL_S, insights=insights)
        marks = self._noticer.notice(taken, self._info, tick, keys=[KEY], now=taken.at)
        plain = self._unmeasuring.take(taken, info=self._info, memory={}, interval_s=INTERVAL_S)
        elapsed = None if self._at is None else taken.at - self._at
        self._at = taken.at
        groups = {group: seen for (_, group), seen in consumers.items()}
        return Seen(tick.streams[KEY], plain.streams[KEY], taken.at, elapsed, measure, marks, groups)

    def _consumers(self, taken: Sweep) -> dict[Place, list[ConsumerSeen]]:
        """The consumers, idle for as long as the time that was let pass makes them."""
        places = [(KEY, group.name) for stream in taken.streams.values() for group in stream.groups if group.consumers]
        with borrowed(self._client) as connection:
            seen = read_consumers(connection, places)
        return {
            place: [one._replace(idle_s=self.clock.idle_s(one.idle_s)) for one in those]
            for place, those in seen.items()
        }

    def close(self) -> None:
        """Ends the connection."""
        self._client.close()
