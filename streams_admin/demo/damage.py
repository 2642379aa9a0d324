"""What goes wrong in the demo, and goes wrong again a few minutes after an operator has repaired it."""

from random import Random
from typing import Any

import redis

from streams_admin.demo.application import log_event, read_events
from streams_admin.demo.events import MakeEvent, corrupt_thumbnail

AGAIN_AFTER_S = 180.0
_LOOK_EVERY_S = 15.0


class Damage:
    """Something that is broken at the start, and broken anew when it has been whole for `AGAIN_AFTER_S`."""

    def __init__(self, key: bytes, group: bytes) -> None:
        self.key, self.group = key, group
        self._whole_for = AGAIN_AFTER_S
        self._since_look = _LOOK_EVERY_S

    def step(self, client: "redis.Redis", seconds: float, random: Random) -> None:
        """Looks every few seconds whether it is time."""
        self._since_look += seconds
        if self._since_look < _LOOK_EVERY_S:
            return
        whole = not self.is_broken(client)
        self._whole_for = self._whole_for + self._since_look if whole else 0.0
        self._since_look = 0.0
        if whole and self._whole_for >= AGAIN_AFTER_S:
            self.break_it(client, random)
            self._whole_for = 0.0

    def is_broken(self, client: "redis.Redis") -> bool:
        """Whether the damage is there."""
        raise NotImplementedError

    def break_it(self, client: "redis.Redis", random: Random) -> None:
        """Does the damage."""
        raise NotImplementedError


class DeadConsumer(Damage):
    """A consumer that read a batch and died before it acknowledged any of it."""

    #: Entries that old are about to leave the stream: the batch is given up and a younger one taken.
    OLDEST_MS = 3_600_000

    def __init__(self, key: bytes, group: bytes, consumer: bytes, make: MakeEvent, batch: int) -> None:
        super().__init__(key, group)
        self.consumer, self.make, self.batch = consumer, make, batch

    def is_broken(self, client: "redis.Redis") -> bool:
        """Whether the dead consumer has pending entries, none of them too old."""
        rows = self._pending(client, 1)
        if rows and rows[0]["time_since_delivered"] > self.OLDEST_MS:
            ids = [row["message_id"] for row in self._pending(client, 2 * self.batch)]
            client.xack(self.key, self.group, *ids)
            self._whole_for = AGAIN_AFTER_S
            return False
        return bool(rows)

    def _pending(self, client: "redis.Redis", count: int) -> Any:
        consumer = self.consumer
        return client.xpending_range(self.key, self.group, min="-", max="+", count=count, consumername=consumer)

    def break_it(self, client: "redis.Redis", random: Random) -> None:
        """Logs a batch, reads it, and dies."""
        with client.pipeline(transaction=False) as pipeline:
            for _ in range(self.batch):
                log_event(pipeline, self.key, *self.make(random), keep=20_000)
            pipeline.execute()
        read_events(client, self.key, self.group, self.consumer, count=self.batch)


class PoisonEntry(Damage):
    """An entry that no consumer can process, so that it is delivered again and again."""

    MANY_DELIVERIES = 3

    def is_broken(self, client: "redis.Redis") -> bool:
        """Whether an entry has been delivered often enough to be called poison, or is about to be."""
        rows: Any = client.xpending_range(self.key, self.group, min="-", max="+", count=100)
        return any(row["times_delivered"] >= self.MANY_DELIVERIES for row in rows)

    def break_it(self, client: "redis.Redis", random: Random) -> None:
        """Logs the entry, and has a consumer try it until it counts as poison."""
        log_event(client, self.key, *corrupt_thumbnail(random), keep=20_000)
        rows = read_events(client, self.key, self.group, b"resizer-1", count=1000)
        for _ in range(self.MANY_DELIVERIES):
            client.xclaim(self.key, self.group, b"resizer-1", 0, [entry_id for entry_id, _ in rows[-1:]])
