"""A database that is gone for a minute, while streams go beyond their limit and come back.

A sampler, a notifier and a webhook run as they do; then SQLite is locked by somebody else, PostgreSQL stands still, or PostgreSQL is gone. Of thirty
streams ten are beyond their limit all the while, ten go beyond it and stay there, ten come and go within the outage. Counted: alerts that
were lost, opened twice or dated wrong, messages, samples meanwhile, and how long after its end all is recorded and told.
`python -m bench.outage [--json] [--seconds 60] [--ways locked,frozen,gone]`
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.kills import Program
from tests.postgresql import PostgreSQL
from tests.receivers.sinks import Sink, http_sink
from tests.servers import Kind, RedisServer, running, wait_until

EACH = 10
BEFORE, DURING, WITHIN = (range(part * EACH, (part + 1) * EACH) for part in range(3))
KEY = b"stream:%d"
#: A sample and a half: what waits for a database waits as long as that is gone.
LIMIT_PAUSE_S, LIMIT_AFTER_S = 2.5, 15.0


def main() -> None:
    """Each way in a process of its own, for Django knows one database; prints, and the status is 1 where a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--ways", default="locked,frozen,gone")
    options, _ = parser.parse_known_args()
    ways = options.ways.split(",")
    if len(ways) > 1:
        rest = [f"--seconds={options.seconds}", *(["--json"] if options.json else [])]
        codes = [
            subprocess.run([sys.executable, "-m", "bench.outage", f"--ways={way}", *rest]).returncode for way in ways
        ]
        sys.exit(max(codes))
    found = measure(ways[0], options.seconds)
    if options.json:
        print(json.dumps({"bench": "outage", "way": ways[0], "load": os.getloadavg()[0], **found}))
    else:
        print(f"The database is {ways[0]} for {options.seconds:g} s (load {os.getloadavg()[0]:.1f})")
        for name, value in found.items():
            print(f"  {value:>8.2f}  {name}" if isinstance(value, float) else f"  {value:>8}  {name}")
    wrong = found["lost"] or found["opened twice"] or found["dated wrong"] or found["told twice"]
    late = (
        found["longest pause between samples, s"] > LIMIT_PAUSE_S or found["all told after its end, s"] > LIMIT_AFTER_S
    )
    sys.exit(bool(wrong or late))


def measure(way: str, seconds: float) -> dict[str, Any]:
    """The figures of one outage."""
    folder = Path(tempfile.mkdtemp(prefix="sg-outage-"))
    with (
        running(Kind.VALKEY_9) as ours,
        running(Kind.VALKEY_9) as watched,
        http_sink() as sink,
        _database(way, folder) as (url, outage),
    ):
        _prepare(url, ours, watched, sink, folder)
        from tests.live.samplers import Ear

        programs = [Program("run_sampler", folder, 1), Program("run_notifier", folder, 1)]
        ear = Ear(ours.url)
        ear.start()
        try:
            return _lived_through(watched, sink, ear, outage, seconds)
        finally:
            from django.db import connections

            for program in programs:
                program.end()
            ear.close()
            connections.close_all()
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _database(way: str, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Its address, and the outage as a context."""
    if way == "locked":
        file = folder / "database.sqlite3"
        yield f"sqlite:///{file}", lambda: _locked(file)
        return
    server = PostgreSQL()
    server.create("outage")
    try:
        yield server.url("outage"), lambda: _frozen(server) if way == "frozen" else _stopped(server)
    finally:
        server.close()


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    other = sqlite3.connect(file, isolation_level=None, timeout=20)
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextlib.contextmanager
def _frozen(server: PostgreSQL) -> Iterator[None]:
    pids = _family(server.process.pid)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _family(pid: int) -> list[int]:
    """A process and its children, parents first."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [pid, *(found for child in listed.stdout.split() for found in _family(int(child)))]


@contextlib.contextmanager
def _stopped(server: PostgreSQL) -> Iterator[None]:
    server.halt()
    yield
    server.start()


def _prepare(url: str, ours: RedisServer, watched: RedisServer, sink: Sink, folder: Path) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "VAR_DIR": str(folder),
        "DATABASE_URL": url,
        "REDIS_URL": ours.url,
        "LOG_LEVEL": "WARNING",
    }
    import django
    from django.core.management import call_command

    django.setup()
    from django.conf import settings

    from dashboard.models import Receiver, Route, Threshold
    from dashboard.services.registry import register_address

    os.environ["CREDENTIALS_KEY"] = settings.CREDENTIALS_KEYS[0]
    call_command("migrate", verbosity=0)
    register_address(watched.url, name="watched")
    Threshold.objects.create(name="long", metric="length", critical_limit=5, key_pattern="stream:*")
    receiver = Receiver.objects.create(
        name="ear", kind="webhook", address=sink.url, allowed_networks="127.0.0.1", most_per_minute=6000
    )
    route = Route.objects.create(name="all", group_by=["stream"], group_wait_s=0, group_interval_s=0)
    route.receivers.add(receiver)
    with watched.client() as client:
        for number in (*BEFORE, *DURING, *WITHIN):
            client.xadd(KEY % number, {"n": 0})


def _lived_through(
    watched: RedisServer, sink: Sink, ear: Any, outage: Callable[[], Any], seconds: float
) -> dict[str, Any]:
    from django.db import connections

    with watched.client() as client:
        time.sleep(8)
        _beyond(client, BEFORE)
        wait_until(lambda: len(_heard(sink)) == EACH, "the first alerts", timeout=30)
        connections.close_all()
        heard = len(ear.heard)
        began = time.time()
        with outage():
            time.sleep(seconds / 6)
            _beyond(client, DURING)
            _beyond(client, WITHIN)
            time.sleep(seconds / 3)
            for number in WITHIN:
                client.xtrim(KEY % number, maxlen=1, approximate=False)
            time.sleep(seconds / 2)
        ended = time.time()
        pauses = [later - earlier for earlier, later in pairwise(at for *_, at in ear.heard[heard:])]
        wanted = 2 * EACH  # those that were and those that stay: what is over before it could be told is told to nobody
        with contextlib.suppress(TimeoutError, AssertionError):
            wait_until(lambda: len(_heard(sink)) >= wanted, "all messages", timeout=120)
        told = time.time() - ended
        time.sleep(5)
    return _counted(sink, began, ended, max(pauses, default=seconds), told)


def _beyond(client: Any, numbers: range) -> None:
    for number in numbers:
        for _ in range(6):
            client.xadd(KEY % number, {"n": 0})


def _heard(sink: Sink) -> list[tuple[str, str]]:
    """Each change that was told, once a message."""
    alerts = [alert for request in list(sink.requests) for alert in json.loads(request.body)["alerts"]]
    return [(alert["labels"]["stream"], alert["annotations"]["change"]) for alert in alerts]


def _counted(sink: Sink, began: float, ended: float, pause: float, told: float) -> dict[str, Any]:
    from dashboard.models import Alert

    alerts = {number: list(Alert.objects.filter(stream__key=KEY % number)) for number in (*BEFORE, *DURING, *WITHIN)}
    lost = sum(not found for found in alerts.values()) + sum(
        found[0].resolved_at is None for found in map(alerts.get, WITHIN) if found
    )
    wrong = sum(
        not began < found[0].opened_at.timestamp() < ended for number in (*DURING, *WITHIN) if (found := alerts[number])
    )
    said = _heard(sink)
    return {
        "alerts": sum(map(len, alerts.values())),
        "lost": lost,
        "opened twice": sum(len(found) > 1 for found in alerts.values()),
        "dated wrong": wrong,
        "changes told": len(set(said)),
        "told twice": len(said) - len(set(said)),
        "longest pause between samples, s": pause,
        "all told after its end, s": told,
    }


if __name__ == "__main__":
    main()
