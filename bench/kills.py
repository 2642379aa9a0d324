"""Breaches come and go while samplers, notifiers and connections to the database are killed at random instants.

`python -m bench.kills [--kills 1000] [--seed 1] [--json]`. Each of forty streams is brought beyond a limit, and back only once
its alert is open and its receiver has heard of it; so an alert that is lost ends the loop, which is seen. The database
is PostgreSQL, two samplers and two notifiers run, whoever is killed is started again, and the receiver refuses now and then. The
status is 1 where an alert was lost or opened twice, where somebody heard of a change in the wrong order, or twice under two keys.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.postgresql import PostgreSQL
from tests.receivers.sinks import Sink, http_sink
from tests.servers import Kind, RedisServer, running

STREAMS = 40
WORKS_AFTER_S = 15.0  # a program that is killed before it works proves nothing; starting alone takes some seconds
#: What nobody has heard of by then is lost. A receiver that refuses three times in a row is tried again after two minutes.
LOST_AFTER_S = 300.0
KEY = b"stream:%d"
MANAGE = Path(__file__).resolve().parents[1] / "manage.py"


class Program:
    """A process that is started again when it was killed."""

    def __init__(self, command: str, folder: Path, number: int) -> None:
        self.command, self._log, self.kills = command, folder / f"{command}{number}.log", 0
        self.start()

    def start(self) -> None:
        """Begins it (anew)."""
        self._began = time.monotonic()
        with self._log.open("ab") as log:
            self.process = subprocess.Popen([sys.executable, str(MANAGE), self.command], stdout=log, stderr=log)

    @property
    def works(self) -> bool:
        """Whether it has had the time to start and to do something."""
        return time.monotonic() - self._began > WORKS_AFTER_S

    def kill(self) -> None:
        """SIGKILL, and another."""
        self.process.kill()
        self.process.wait()
        self.kills += 1
        self.start()

    def end(self) -> None:
        """SIGTERM, and none."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Ear:
    """What the receiver heard: of each alert its changes in order, and the keys under which it heard each."""

    def __init__(self, sink: Sink) -> None:
        self._sink, self._read = sink, 0
        self.changes: dict[str, list[str]] = defaultdict(list)
        self.keys: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.again = 0  # messages that came again, under their key
        self._known: set[str] = set()

    def listen(self) -> None:
        """Takes in what has arrived."""
        while self._read < len(self._sink.requests):
            request = self._sink.requests[self._read]
            self._read += 1
            key, said = request.headers["Idempotency-Key"], json.loads(request.body)
            self.again += key in self._known
            if key in self._known:
                continue
            self._known.add(key)
            for alert in said["alerts"]:
                stream, change = alert["labels"]["stream"], alert["annotations"]["change"]
                self.changes[stream].append(change)
                self.keys[stream, f"{change} {alert['startsAt']}"].add(key)


def main() -> None:
    """Prints what was killed and what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options, _ = parser.parse_known_args()
    with _installation() as (watched, folder, sink):
        found = _torture(watched, folder, sink, options.kills, random.Random(options.seed))
    found["load"] = os.getloadavg()[0]
    if options.json:
        print(json.dumps({"bench": "kills", **found}))
    else:
        for name, value in found.items():
            print(f"  {value:>10.2f}  {name}" if isinstance(value, float) else f"  {value:>10}  {name}")
    if any(found[name] for name in ("lost", "opened twice", "out of order", "heard twice under two keys")):
        raise SystemExit("An alert was lost, doubled or told in the wrong order.")


@contextlib.contextmanager
def _installation() -> Iterator[tuple[RedisServer, Path, Sink]]:
    folder, database = Path(tempfile.mkdtemp(prefix="sg-kills-")), PostgreSQL()
    database.create("kills")
    with running(Kind.VALKEY_9) as ours, running(Kind.VALKEY_9) as watched, http_sink() as sink:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "VAR_DIR": str(folder),
            "DATABASE_URL": database.url("kills"),
            "REDIS_URL": ours.url,
            "LOG_LEVEL": "INFO",
        }
        import django
        from django.core.management import call_command

        django.setup()
        # Programs that are started again must read what this one has encrypted.
        from django.conf import settings

        os.environ["CREDENTIALS_KEY"] = settings.CREDENTIALS_KEYS[0]
        call_command("migrate", verbosity=0)
        _register(watched, sink)
        try:
            yield watched, folder, sink
        finally:
            from django.db import connections

            connections.close_all()
            database.close()
            shutil.rmtree(folder, ignore_errors=True)


def _register(watched: RedisServer, sink: Sink) -> None:
    from dashboard.models import Receiver, Route, Threshold
    from dashboard.services.registry import register_address

    register_address(watched.url, name="watched")
    Threshold.objects.create(name="long", metric="length", critical_limit=5, key_pattern="stream:*")
    receiver = Receiver.objects.create(
        name="ear", kind="webhook", address=sink.url, allowed_networks="127.0.0.1", most_per_minute=6000
    )
    route = Route.objects.create(name="all", group_by=["stream"], group_wait_s=0, group_interval_s=0)
    route.receivers.add(receiver)
    with watched.client() as client:
        for number in range(STREAMS):
            client.xadd(KEY % number, {"n": 0})


def _torture(watched: RedisServer, folder: Path, sink: Sink, kills: int, dice: random.Random) -> dict[str, Any]:
    programs = [Program(name, folder, number) for name in ("run_sampler", "run_notifier") for number in (1, 2)]
    ended, lost = threading.Event(), list[str]()
    cut, began = 0, time.monotonic()
    loop = threading.Thread(target=_breaches, args=(watched, sink, ended, lost, counts := {"breaches": 0}))
    loop.start()
    try:
        time.sleep(8)
        while cut + sum(one.kills for one in programs) < kills and not lost:
            time.sleep(dice.expovariate(1 / 0.35))
            sink.status = dice.choices([200, 500, 429], [0.95, 0.03, 0.02])[0]
            if (at_work := [one for one in programs if one.works]) and dice.random() < 0.4:
                dice.choice(at_work).kill()
            else:
                cut += _cut_a_connection(dice)
        sink.status = 200
        ended.set()
        loop.join(LOST_AFTER_S + 60)
    finally:
        ended.set()
        for program in programs:
            program.end()
    return _judged(sink, programs, counts["breaches"], lost, cut, time.monotonic() - began)


def _cut_a_connection(dice: random.Random) -> int:
    """Ends one of the programs' connections to the database, whatever it is doing."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = 'kills' AND pid <> pg_backend_pid()")
        pids = [pid for (pid,) in cursor.fetchall()]
        # One of the loop below is spared: it is the referee.
        pids = [pid for pid in pids if pid != _referee.get("pid")]
        if not pids:
            return 0
        cursor.execute("SELECT pg_terminate_backend(%s)", [dice.choice(pids)])
    return 1


_referee: dict[str, int] = {}


def _breaches(
    watched: RedisServer, sink: Sink, ended: threading.Event, lost: list[str], counts: dict[str, int]
) -> None:
    """Brings streams beyond their limit, and back as soon as their alert is open and was heard of; until `ended` and all are back."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        _referee["pid"] = cursor.fetchone()[0]
    ear = Ear(sink)
    beyond, since = dict.fromkeys(range(STREAMS), False), dict.fromkeys(range(STREAMS), time.monotonic())
    with watched.client() as client:
        while not (ended.is_set() and not any(beyond.values()) and _all_heard(ear, beyond)) and not lost:
            ear.listen()
            open_now = _open_streams()
            for number in range(STREAMS):
                name = (KEY % number).decode()
                settled = (name in open_now) is beyond[number] and _heard(ear, name, beyond=beyond[number])
                if settled and not (ended.is_set() and not beyond[number]):
                    counts["breaches"] += not beyond[number]
                    _toggle(client, number, beyond=not beyond[number])
                    beyond[number], since[number] = not beyond[number], time.monotonic()
                elif not settled and time.monotonic() - since[number] > LOST_AFTER_S:
                    lost.append(f"{name} {'beyond' if beyond[number] else 'back'}: {ear.changes[name][-3:]}")
            time.sleep(0.1)
    connection.close()


def _toggle(client: Any, number: int, *, beyond: bool) -> None:
    if beyond:
        for _ in range(6):
            client.xadd(KEY % number, {"n": 0})
    else:
        client.xtrim(KEY % number, maxlen=1, approximate=False)


def _open_streams() -> set[str]:
    from dashboard.models import Alert

    return {bytes(key).decode() for key in Alert.objects.open().values_list("stream__key", flat=True) if key}


def _heard(ear: Ear, name: str, *, beyond: bool) -> bool:
    changes = ear.changes[name]
    return (
        changes[-1] == "opened"
        if beyond and changes
        else bool(not beyond and (not changes or changes[-1] == "resolved"))
    )


def _all_heard(ear: Ear, beyond: dict[int, bool]) -> bool:
    return all(_heard(ear, (KEY % number).decode(), beyond=False) for number in beyond)


def _judged(
    sink: Sink, programs: list[Program], breaches: int, lost: list[str], cut: int, seconds: float
) -> dict[str, Any]:
    from django.db.models import Count

    from dashboard.models import Alert, AlertEvent

    ear = Ear(sink)
    ear.listen()
    in_turn = [changes == ["opened", "resolved"] * (len(changes) // 2) for changes in ear.changes.values()]
    opened = AlertEvent.objects.filter(kind="opened")
    twice = opened.values("alert").annotate(times=Count("pk")).filter(times__gt=1).count()
    for words in lost:
        print(f"  lost: {words}", file=sys.stderr)
    return {
        "kills of samplers": sum(one.kills for one in programs if one.command == "run_sampler"),
        "kills of notifiers": sum(one.kills for one in programs if one.command == "run_notifier"),
        "connections cut": cut,
        "breaches": breaches,
        "alerts": Alert.objects.count(),
        "lost": len(lost),
        "opened twice": twice + max(0, Alert.objects.count() - breaches),
        "out of order": in_turn.count(False),
        "heard twice under two keys": sum(len(keys) > 1 for keys in ear.keys.values()),
        "messages that came again under their key": ear.again,
        "seconds": seconds,
    }


if __name__ == "__main__":
    main()
