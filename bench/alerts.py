"""From a breach to its receiver, and a storm: a sampler, a notifier and a receiver as they run, on SQLite, at an interval of a second.

First streams are brought beyond a limit one after the other, and each is timed from the reply to its XADD to the arrival
of its message; hold and group wait are 0. Then all others at once: how long until every alert is recorded, how many messages the
receiver is sent, and how far apart samples are meanwhile.
`python -m bench.alerts [--json] [--breaches 150] [--storm 5000]`
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.kills import Program
from tests.receivers.sinks import Sink, http_sink
from tests.servers import Kind, RedisServer, running, wait_until

INTERVAL_S = 1.0
LIMIT_P99_S = 2 * INTERVAL_S + 1.0
LIMIT_RECORDED_S = 10.0
ALONE, STORM = b"alone:%d", b"storm:%d"


def main() -> None:
    """Measures and prints; the status is 1 where a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--breaches", type=int, default=150)
    parser.add_argument("--storm", type=int, default=5000)
    options, _ = parser.parse_known_args()
    with _installation(options.breaches, options.storm) as (ours, watched, sink, folder):
        found = _measure(ours, watched, sink, folder, options.breaches, options.storm)
    found["load"] = os.getloadavg()[0]
    if options.json:
        print(json.dumps({"bench": "alerts", **found}))
    else:
        for name, value in found.items():
            print(f"  {value:>10.2f}  {name}" if isinstance(value, float) else f"  {value:>10}  {name}")
    slow = found["99th percentile, s"] > LIMIT_P99_S or found["storm recorded after, s"] > LIMIT_RECORDED_S
    if slow or found["storm, messages to the receiver"] > 1:
        raise SystemExit("A limit was broken.")


@contextlib.contextmanager
def _installation(breaches: int, storm: int) -> Iterator[tuple[RedisServer, RedisServer, Sink, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="sg-alerts-"))
    with running(Kind.VALKEY_9) as ours, running(Kind.VALKEY_9) as watched, http_sink() as sink:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "VAR_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder}/database.sqlite3",
            "REDIS_URL": ours.url,
            "LOG_LEVEL": "WARNING",
        }
        import django
        from django.core.management import call_command

        django.setup()
        from django.conf import settings

        os.environ["CREDENTIALS_KEY"] = settings.CREDENTIALS_KEYS[0]
        call_command("migrate", verbosity=0)
        _register(watched, sink)
        with watched.client() as client, client.pipeline(transaction=False) as pipe:
            for key in [*(ALONE % number for number in range(breaches)), *(STORM % number for number in range(storm))]:
                pipe.xadd(key, {"n": 0})
            pipe.execute()
        try:
            yield ours, watched, sink, folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _register(watched: RedisServer, sink: Sink) -> None:
    from dashboard.models import Receiver, Route, Server, Threshold
    from dashboard.services.registry import register_address

    register_address(watched.url, name="watched")
    Server.objects.update(sample_interval_s=INTERVAL_S, cost_budget_percent=100)
    receiver = Receiver.objects.create(
        name="ear", kind="webhook", address=sink.url, allowed_networks="127.0.0.1", most_per_minute=6000
    )
    for name, group_by in (("alone", ["stream"]), ("storm", [])):
        Threshold.objects.create(name=name, metric="length", critical_limit=5, key_pattern=f"{name}:*")
        matchers = [{"name": "threshold", "op": "=", "value": name}]
        wait_s = 0 if group_by else 10
        route = Route.objects.create(name=name, matchers=matchers, group_by=group_by, group_wait_s=wait_s)
        route.receivers.add(receiver)


def _measure(
    ours: RedisServer, watched: RedisServer, sink: Sink, folder: Path, breaches: int, storm: int
) -> dict[str, Any]:
    from tests.live.samplers import Ear

    programs = [Program("run_sampler", folder, 1), Program("run_notifier", folder, 1)]
    ear = Ear(ours.url)
    ear.start()
    try:
        _wait_for_streams(breaches + storm)
        found = _one_by_one(watched, sink, breaches)
        found |= _all_at_once(watched, sink, ear, storm)
    finally:
        for program in programs:
            program.end()
        ear.close()
    return found


def _wait_for_streams(count: int) -> None:
    from dashboard.models import Stream

    wait_until(lambda: Stream.objects.count() == count, "every stream", timeout=60)
    time.sleep(5)


def _one_by_one(watched: RedisServer, sink: Sink, breaches: int) -> dict[str, Any]:
    began: dict[str, float] = {}
    with watched.client() as client:
        for number in range(breaches):
            for _ in range(6):
                client.xadd(ALONE % number, {"n": 0})
            began[(ALONE % number).decode()] = time.time()
            time.sleep(0.23)  # so that every moment between two samples is met
    wait_until(lambda: len(sink.requests) >= breaches, "every message", timeout=30)
    arrived = {
        alert["labels"]["stream"]: request.at
        for request in sink.requests
        for alert in json.loads(request.body)["alerts"]
    }
    waits = sorted(arrived[stream] - at for stream, at in began.items())
    return {
        "breaches, one by one": len(waits),
        "median from breach to receiver, s": statistics.median(waits),
        "99th percentile, s": waits[int(0.99 * len(waits))],
        "longest, s": waits[-1],
    }


def _all_at_once(watched: RedisServer, sink: Sink, ear: Any, storm: int) -> dict[str, Any]:
    from dashboard.models import Alert

    before, heard = len(sink.requests), len(ear.heard)
    with watched.client() as client, client.pipeline(transaction=False) as pipe:
        for number in range(storm):
            for _ in range(6):
                pipe.xadd(STORM % number, {"n": 0})
        pipe.execute()
    began = time.monotonic()
    wait_until(lambda: Alert.objects.filter(threshold__name="storm").count() == storm, "every alert", timeout=60)
    recorded = time.monotonic() - began
    time.sleep(25)
    times = [at for *_, at in ear.heard[heard:]]
    return {
        "storm, alerts": storm,
        "storm recorded after, s": recorded,
        "storm, messages to the receiver": len(sink.requests) - before,
        "storm, longest pause between two samples, s": max(b - a for a, b in pairwise(times)),
    }


if __name__ == "__main__":
    main()
