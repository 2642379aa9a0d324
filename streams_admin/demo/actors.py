"""The actors of the demo, each told how much time has passed. They act in small steps, one after another."""

from collections.abc import Callable
from random import Random

import msgspec
import redis

from streams_admin.demo.application import OWN, log_event, process_events, read_events, work_of_no_effect
from streams_admin.demo.events import MakeEvent

Rate = Callable[[float], float]
#: Work that piled up while an actor was held up is not made up for beyond this.
_MOST_SECONDS_AT_ONCE = 2.0


class Producer:
    """Logs events to one stream, or to each of several in turn, at a rate that varies with time."""

    def __init__(self, keys: list[bytes], make: MakeEvent, rate: Rate, keep: int = 20_000) -> None:
        self.keys, self.make, self.rate, self.keep = keys, make, rate, keep
        self._due = 0.0

    def step(self, client: "redis.Redis", elapsed: float, seconds: float, random: Random) -> None:
        """Logs what is due after so many seconds."""
        self._due += self.rate(elapsed) * min(seconds, _MOST_SECONDS_AT_ONCE)
        count, self._due = int(self._due), self._due % 1
        self.log(client, count, random)

    def log(self, client: "redis.Redis", count: int, random: Random) -> None:
        """Logs so many events in one round trip."""
        if not count:
            return
        with client.pipeline(transaction=False) as pipeline:
            for _ in range(count):
                log_event(pipeline, random.choice(self.keys), *self.make(random), keep=self.keep)
            # A key that somebody has made into something else stops this stream, not the shop.
            pipeline.execute(raise_on_error=False)


class Reads(msgspec.Struct, frozen=True, kw_only=True):
    """How a group reads: by which consumers, how many entries a second each, and how often they look."""

    key: bytes
    group: bytes
    consumers: tuple[bytes, ...]
    per_s: float
    every_s: float = 0.4


class Worker:
    """One consumer: reads what it can do until its next look, and acknowledges it then."""

    OWN_EVERY_S = 10.0

    def __init__(self, reads: Reads, consumer: bytes) -> None:
        self.reads, self.consumer = reads, consumer
        self._in_hand: list[bytes] = []
        self._waited = reads.every_s
        self._since_own = self.OWN_EVERY_S  # first of all, what it left when it last ended

    def step(self, client: "redis.Redis", seconds: float) -> None:
        """Works for so many seconds."""
        self._waited += seconds
        self._since_own += seconds
        if self._waited < self.reads.every_s:
            return
        count = round(self.reads.per_s * min(self._waited, max(self.reads.every_s, _MOST_SECONDS_AT_ONCE)))
        self._waited = 0.0
        self._acknowledge(client)
        if self._since_own >= self.OWN_EVERY_S:
            self._since_own = 0.0
            self._read(client, 50, source=OWN)
            self._acknowledge(client)
        self._read(client, max(1, count))

    def _read(self, client: "redis.Redis", count: int, **how: bytes) -> None:
        entries = read_events(client, self.reads.key, self.reads.group, self.consumer, count=count, **how)
        self._in_hand = process_events(entries, work_of_no_effect)

    def _acknowledge(self, client: "redis.Redis") -> None:
        if self._in_hand:
            client.xack(self.reads.key, self.reads.group, *self._in_hand)
        self._in_hand = []
