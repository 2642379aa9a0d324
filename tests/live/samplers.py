"""Several samplers as processes of their own, and one ear for what they publish about which server under which token."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import msgpack
import redis

from dashboard.live.events import SampleTaken
from dashboard.live.publish import decode
from dashboard.models import Server
from tests.servers import wait_until

ROOT = Path(__file__).resolve().parents[2]


class Samplers:
    """Processes of `manage.py run_sampler` on one database and one Redis."""

    def __init__(self, database_url: str, redis_url: str, folder: Path) -> None:
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "VAR_DIR": str(folder),
        }
        self._folder = folder
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, count: int = 1) -> "subprocess.Popen[bytes]":
        """Starts so many; returns the last one."""
        for _ in range(count):
            with (self._folder / "samplers.log").open("ab") as log:
                command = [sys.executable, "manage.py", "run_sampler"]
                process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
            self.running.append(process)
        return self.running[-1]

    def end(self, process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
        """Sends the signal that ends it, and waits for its end."""
        process.send_signal(number)
        process.wait(20)
        self.running.remove(process)

    def log(self) -> str:
        """What they have said."""
        return (self._folder / "samplers.log").read_text()

    def close(self) -> None:
        """Ends all."""
        for process in self.running:
            process.kill()
            process.wait()


class Ear(threading.Thread):
    """Hears every sample that is published: (server, token, when it was taken, when it was heard)."""

    def __init__(self, redis_url: str) -> None:
        super().__init__(daemon=True)
        self.heard: list[tuple[int, int, float, float]] = []
        self._client = redis.Redis.from_url(redis_url, socket_timeout=None)
        self._ending = False

    def run(self) -> None:
        while not self._ending:
            try:
                self._listen()
            except (redis.RedisError, OSError):
                time.sleep(0.1)

    def _listen(self) -> None:
        with self._client.pubsub() as subscription:  # type: ignore[no-untyped-call]
            subscription.psubscribe("*")
            while not self._ending:
                message: Any = subscription.get_message(ignore_subscribe_messages=True, timeout=0.5)
                if message and (fields := _fields(message["data"])):
                    event = decode(fields["body"])
                    if isinstance(event, SampleTaken):
                        self.heard.append((*fields["lease"], event.taken_at, time.time()))

    def close(self) -> None:
        self._ending = True
        self.join(5)
        self._client.close()

    def of(self, server: int) -> list[tuple[int, float]]:
        """Token and time of each sample of the server, in the order in which they were heard."""
        return [(token, taken_at) for pk, token, taken_at, _ in self.heard if pk == server]

    def closest_handover(self, server: int) -> float:
        """The shortest time between the last sample of one sampler and the first of the next, in seconds."""
        pairs = itertools.pairwise(self.of(server))
        return min((late - early for (old, early), (new, late) in pairs if old != new), default=float("inf"))

    def silence_of(self, server: int, since: float) -> float:
        """The longest time without a sample of the server, in seconds."""
        moments = [since, *(at for pk, _, _, at in self.heard if pk == server and at > since), time.time()]
        return max(after - before for before, after in itertools.pairwise(moments))


def _fields(data: bytes) -> dict[str, Any]:
    """The message's fields, where it carries an event."""
    try:
        fields = msgpack.unpackb(data)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) and fields.get("type") == "event" else {}


def loads() -> list[int]:
    """How many servers each sampler holds, by the database's word."""
    return sorted(Counter(held_by().values()).values())


def held_by() -> dict[int, str]:
    """The sampler of each server that is held."""
    return dict(Server.objects.exclude(sampler="").values_list("pk", "sampler"))


def wait_for_loads(*wanted: int, timeout: float = 20.0) -> None:
    """Returns as soon as the samplers hold so many servers each."""
    wait_until(lambda: loads() == sorted(wanted), f"the loads {wanted}, after {loads()}", timeout=timeout)


def stale(ear: Ear) -> list[tuple[int, int, float, float]]:
    """Samples that were heard after one with a higher token of the same server."""
    youngest: defaultdict[int, int] = defaultdict(int)
    found = []
    for sample in ear.heard:
        server, token = sample[:2]
        youngest[server] = max(youngest[server], token)
        if token < youngest[server]:
            found.append(sample)
    return found
