"""The shop: which streams there are, who writes them, who reads them, and what is broken."""

import contextlib
import math
from collections.abc import Iterator
from random import Random

import redis
from redis.exceptions import ResponseError

from streams_admin.demo import events
from streams_admin.demo.actors import Producer, Rate, Reads, Worker
from streams_admin.demo.damage import Damage, DeadConsumer, PoisonEntry

HOSTILE_KEY = b'it\'s a "hostile" <b>name</b> \xff'
HOSTILE_GROUP = b"<i>readers</i> \xfe"
ORDERS = [b"orders:%d" % partition for partition in range(4)]

#: Every group of the shop. Billing is slower than a burst of payments: its lag grows and drains.
READS = (
    Reads(key=b"payments", group=b"billing", consumers=(b"billing-1", b"billing-2"), per_s=10),
    Reads(key=b"payments", group=b"fraud-check", consumers=(b"fraud-1",), per_s=200),
    Reads(key=b"clicks", group=b"analytics", consumers=(b"analytics-1",), per_s=200),
    Reads(key=b"clicks", group=b"recommendations", consumers=(b"rec-1",), per_s=21),
    Reads(key=b"emails", group=b"mailer", consumers=(b"mailer-1", b"mailer-2"), per_s=20, every_s=1.0),
    Reads(key=b"thumbnails", group=b"resizer", consumers=(b"resizer-1",), per_s=20, every_s=1.0),
    # Looks once a minute at a stream that keeps half a minute: most readings are trimmed before it sees them.
    Reads(key=b"telemetry", group=b"archiver", consumers=(b"archiver-1",), per_s=2, every_s=60.0),
    Reads(key=b"nightly-report", group=b"finance", consumers=(b"finance-1",), per_s=1, every_s=5.0),
    Reads(key=HOSTILE_KEY, group=HOSTILE_GROUP, consumers=(b"<u>one</u>",), per_s=5, every_s=1.0),
    *(Reads(key=key, group=b"fulfilment", consumers=(b"picker-1",), per_s=20, every_s=1.0) for key in ORDERS),
)


def payments_per_s(elapsed: float) -> float:
    """A burst of 45 s in every four minutes; the first begins after 15 s."""
    return 40.0 if 15 <= elapsed % 240 < 60 else 5.0


def clicks_per_s(elapsed: float) -> float:
    """A tide of two minutes."""
    return 18 + 10 * math.sin(elapsed * math.tau / 120)


def steadily(per_s: float) -> Rate:
    """The same rate at every time."""
    return lambda _: per_s


def producers() -> list[Producer]:
    """Everyone who writes. The audit stream has no group; the nightly report is quiet."""
    return [
        Producer([b"payments"], events.payment, payments_per_s),
        Producer([b"clicks"], events.click, clicks_per_s),
        Producer([b"emails"], events.email, steadily(2)),
        Producer([b"audit"], events.audit, steadily(0.5)),
        Producer([b"thumbnails"], events.thumbnail, steadily(1)),
        Producer([b"telemetry"], events.telemetry, steadily(8), keep=240),
        Producer(ORDERS, events.order, steadily(6)),
        Producer([b"nightly-report"], events.report, steadily(1 / 1800)),
        Producer([HOSTILE_KEY], events.hostile, steadily(0.4)),
    ]


class Traffic:
    """All actors on one server. Each step is short; a fault of the server goes to the caller."""

    FIRST_EVENTS = 60
    GROUPS_EVERY_S = 120.0

    def __init__(self, client: "redis.Redis", random: Random) -> None:
        self.client, self.random = client, random
        self.producers = producers()
        self.workers = [Worker(reads, consumer) for reads in READS for consumer in reads.consumers]
        self.damages: list[Damage] = [
            DeadConsumer(b"emails", b"mailer", b"mailer-3", events.email, batch=30),
            PoisonEntry(b"thumbnails", b"resizer"),
        ]
        self._since_groups = 0.0

    def prepare(self) -> None:
        """Makes what is missing: groups, and the first events of an empty stream. Safe to repeat."""
        for reads in READS:
            with _in_spite_of("BUSYGROUP", "WRONGTYPE"):
                self.client.xgroup_create(reads.key, reads.group, "$", mkstream=True)
        for producer in self.producers:
            with _in_spite_of("WRONGTYPE"):
                if not any(self.client.xlen(key) for key in producer.keys):
                    producer.log(self.client, self.FIRST_EVENTS, self.random)

    def step(self, elapsed: float, seconds: float) -> None:
        """Has everyone act for so many seconds."""
        self._since_groups += seconds
        if self._since_groups >= self.GROUPS_EVERY_S:
            self._since_groups = 0.0
            self.prepare()
        for producer in self.producers:
            producer.step(self.client, elapsed, seconds, self.random)
        for damage in self.damages:
            with _in_spite_of("NOGROUP", "WRONGTYPE"):
                damage.step(self.client, seconds, self.random)
        for worker in self.workers:
            with _in_spite_of("NOGROUP", "WRONGTYPE"):
                worker.step(self.client, seconds)


@contextlib.contextmanager
def _in_spite_of(*codes: str) -> Iterator[None]:
    """An operator may delete a group or replace a stream at any time; `prepare` makes what is gone again, minutes later."""
    try:
        yield
    except ResponseError as error:
        if not str(error).startswith(codes):
            raise
