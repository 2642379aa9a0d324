"""Three samplers of six servers, killed, stopped and continued at random: how long a server goes without a sample.

`python -m bench.takeover [--seconds 150] [--json]`. Seconds from a sampler's death, or stop, to the next sample of each server
that it held, as a subscriber hears it. The status is 1 where a takeover took longer than the limit, a sampler that had
lost a server showed something of it, two of them sampled a server within half an interval, or an alert is there twice.
"""

import argparse
import contextlib
import itertools
import json
import os
import random
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.servers import Kind, RedisServer, running, wait_until

SERVERS, SAMPLERS, INTERVAL_S = 6, 3, 0.5
LIMIT_S = 5.0
#: Longer than a lease, so that a stopped sampler has lost its servers before it goes on.
STOPPED_S = 5.0


def main() -> None:
    """Prints the takeovers and the invariants; the status is 1 where one of them is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=150.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options, _ = parser.parse_known_args()
    with _installation() as (ours, watched, folder):
        found = _torture(ours, watched, folder, options.seconds, random.Random(options.seed))
    found["load"] = os.getloadavg()[0]
    if options.json:
        print(json.dumps({"bench": "takeover", **found}))
    else:
        for name, value in found.items():
            print(f"  {value:>10.2f}  {name}" if isinstance(value, float) else f"  {value:>10}  {name}")
    if found["longest takeover, s"] > LIMIT_S or found["stale samples"] or found["double alerts"]:
        raise SystemExit("A takeover took too long, or somebody spoke of a server that it had lost.")
    if found["closest samples of two samplers, intervals"] < 0.5:
        raise SystemExit("Two samplers sampled the same moment.")


@contextlib.contextmanager
def _installation() -> Iterator[tuple[RedisServer, RedisServer, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="sg-takeover-"))
    with running(Kind.VALKEY_9) as ours, running(Kind.VALKEY_9) as watched:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "VAR_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder}/database.sqlite3",
            "REDIS_URL": ours.url,
            "LOG_LEVEL": "INFO",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        try:
            yield ours, watched, folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _torture(
    ours: RedisServer, watched: RedisServer, folder: Path, seconds: float, dice: random.Random
) -> dict[str, Any]:
    from dashboard.models import Alert
    from tests.live.samplers import Ear, Samplers, stale, wait_for_loads

    servers = _register(watched)
    ear, samplers = Ear(ours.url), Samplers(os.environ["DATABASE_URL"], ours.url, folder)
    ear.start()
    takeovers: dict[str, list[float]] = {"killed": [], "stopped": [], "ended": []}
    try:
        samplers.start(SAMPLERS)
        wait_for_loads(*[SERVERS // SAMPLERS] * SAMPLERS, timeout=60)
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            _harm(samplers, ear, servers, takeovers, dice)
            wait_for_loads(*[SERVERS // SAMPLERS] * SAMPLERS, timeout=60)
        time.sleep(2)
    finally:
        samplers.close()
        ear.close()
    times = sorted(itertools.chain(takeovers["killed"], takeovers["stopped"]))
    return {
        "samplers killed (servers without one)": len(takeovers["killed"]),
        "samplers stopped past their lease (servers without one)": len(takeovers["stopped"]),
        "samplers ended (servers without one)": len(takeovers["ended"]),
        "median takeover, s": statistics.median(times),
        "longest takeover, s": times[-1],
        "longest handing over at SIGTERM, s": max(takeovers["ended"], default=0.0),
        "samples heard": len(ear.heard),
        "stale samples": len(stale(ear)),
        "closest samples of two samplers, intervals": min(map(ear.closest_handover, servers)) / INTERVAL_S,
        "double alerts": Alert.objects.count() - SERVERS,
    }


def _register(watched: RedisServer) -> list[int]:
    from dashboard.models import Server, Threshold
    from dashboard.services.registry import register_address

    Threshold.objects.create(name="any", metric=Threshold.Metric.LENGTH, warning_limit=0)
    for number in range(SERVERS):
        register_address(watched.url.replace("/0", f"/{number}"), name=f"server {number}")
        with watched.client(db=number) as client:
            client.xadd("s", {"n": 0})
    Server.objects.update(sample_interval_s=INTERVAL_S)
    return list(Server.objects.values_list("pk", flat=True))


def _harm(samplers: Any, ear: Any, servers: list[int], takeovers: dict[str, list[float]], dice: random.Random) -> None:
    """Harms one sampler, notes how long the servers that changed hands were silent, and makes them three again."""
    from dashboard.models import Server

    victim, way = dice.choice(samplers.running), dice.choice(["killed", "killed", "stopped", "stopped", "ended"])
    fences = dict(Server.objects.values_list("pk", "fence"))
    at = time.time()
    if way == "stopped":
        victim.send_signal(signal.SIGSTOP)
    else:
        samplers.end(victim, signal.SIGKILL if way == "killed" else signal.SIGTERM)

    def orphans() -> list[int]:
        """Servers that have got another sampler since."""
        return [pk for pk, fence in Server.objects.values_list("pk", "fence") if fence > fences[pk]]

    def resumed(pk: int) -> float | None:
        return next((heard - at for server, token, _, heard in ear.heard if server == pk and token > fences[pk]), None)

    wait_until(lambda: len(orphans()) >= SERVERS // SAMPLERS, "the takeover", timeout=30)
    wait_until(lambda: all(resumed(pk) for pk in orphans()), "samples", timeout=30)
    takeovers[way] += [resumed(pk) or 0.0 for pk in orphans()]
    if way == "stopped":
        time.sleep(max(0.0, at + STOPPED_S - time.time()))
        victim.send_signal(signal.SIGCONT)
    else:
        samplers.start()


if __name__ == "__main__":
    main()
