"""`manage.py seed_demo`: demo traffic on one server, until it is told to end."""

import signal
import threading
import time
from random import Random
from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.db import close_old_connections

from dashboard.core.target import Target, Topology, parse_address
from dashboard.redis_io.connect import connect, explain
from streams_admin.demo.thresholds import set_thresholds
from streams_admin.demo.traffic import Traffic

STEP_S = 0.2
RETRY_S = 1.0
ASK_REGISTRY_EVERY_S = 5.0


class Command(BaseCommand):
    help = "Writes and reads demo streams on a server, like a small shop. Use it on a server that you can spare."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", required=True, help="redis://host:port/db, rediss://… or unix:///path?db=0")
        parser.add_argument("--once", action="store_true", help="Lays everything out once and ends.")

    def handle(self, *, url: str, once: bool, **_: Any) -> None:
        try:
            target = parse_address(url)
        except ValueError as error:
            raise CommandError(str(error)) from None
        if target.topology is not Topology.STANDALONE:
            raise CommandError("The demo's traffic goes to a single server: redis://, rediss:// or unix://.")
        if once:
            return self._once(target)
        return Demo(target, self.stdout.write).run()

    def _once(self, target: Target) -> None:
        try:
            with connect(target, timeout_s=5.0, client_name="shop") as client:
                traffic = Traffic(client, Random())
                traffic.prepare()
                traffic.step(elapsed=0.0, seconds=1.0)
        except redis.RedisError as error:
            raise CommandError(f"{target.address}: {explain(error).detail}") from None
        self.stdout.write(f"laid out   demo streams on {target.address}")


class Demo:
    """Traffic until SIGTERM or Ctrl-C, through restarts of the server."""

    def __init__(self, target: Target, say: Any) -> None:
        self.target, self.say = target, say
        self.stop = threading.Event()
        self._elapsed = 0.0
        self._failing = False
        self._ask_at = 0.0  # infinite: the thresholds are set
        self._waiting = False

    def run(self) -> None:
        """Returns when it was told to end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        while not self.stop.is_set():
            try:
                with connect(self.target, timeout_s=2.0, client_name="shop") as client:
                    self._work(client)
            except redis.RedisError as error:
                self._pause(error)

    def _work(self, client: "redis.Redis") -> None:
        traffic = Traffic(client, Random())
        traffic.prepare()
        last = time.monotonic()
        self._failing = False
        while not self.stop.wait(STEP_S):
            now = time.monotonic()
            self._elapsed += now - last
            traffic.step(self._elapsed, now - last)
            last = now
            self._set_thresholds(now)

    def _pause(self, error: redis.RedisError) -> None:
        if not self._failing:
            self.say(f"demo traffic pauses: {explain(error).detail}")
        self._failing = True
        self.stop.wait(RETRY_S)

    def _set_thresholds(self, now: float) -> None:
        """Once, as soon as the server is registered; the traffic needs no database and goes on without one."""
        if now < self._ask_at:
            return
        self._ask_at = now + ASK_REGISTRY_EVERY_S
        try:
            if set_thresholds(self.target.address) is not None:
                self._ask_at = float("inf")
        except DatabaseError as error:
            if not self._waiting:
                self.say(f"demo thresholds wait for the database: {error}")
            self._waiting = True
            close_old_connections()
