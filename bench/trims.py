"""A trim of very many entries by the safe watermark, as an operator starts it, beside the same commands sent bare.

Entries removed a second by the product (plan, audit row, guarded steps, progress saved twice a second) over those of a bare loop of XTRIM MINID ~
LIMIT 10000, one after the other on the same server; the slowest command on the server while the product trims, by its slow log; how long after *Stop* it
has stopped. `python -m bench.trims [--entries 10000000] [--payload 1] [--json]`
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{tempfile.mkdtemp(prefix='bench-')}/trims.sqlite3")

import django

django.setup()

import redis  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from dashboard.models import Server, Stream  # noqa: E402
from streams_admin.actions import ask_to_cancel, begin, carry_out  # noqa: E402
from streams_admin.models import Action  # noqa: E402
from streams_admin.plans import save_plan  # noqa: E402
from streams_admin.redis_io.scripts import action_client  # noqa: E402
from streams_admin.redis_io.trim import STEP  # noqa: E402
from streams_admin.remedies.trim_plan import TrimMode, plan_trim  # noqa: E402
from tests.servers import Kind, running  # noqa: E402

LONGEST_MS = 10.0
_KEY, _GROUP = b"orders", b"billing"
_FILL = """
local value = string.rep('x', tonumber(ARGV[3]))
for number = tonumber(ARGV[1]), tonumber(ARGV[2]) do redis.call('XADD', KEYS[1], number .. '-1', 'n', value) end
"""
_AT_ONCE = 100_000


def fill(client: "redis.Redis", entries: int, payload: int) -> None:
    """So many entries, all read and acknowledged but the last."""
    for first in range(1, entries + 1, _AT_ONCE):
        client.eval(_FILL, 1, _KEY, first, min(first + _AT_ONCE - 1, entries), payload)
    client.xgroup_create(_KEY, _GROUP, id=f"{entries}-0")


def bare(client: "redis.Redis", until: str) -> int:
    """What a careful person types: steps, one after the other."""
    removed = 0
    while step := int(client.xtrim(_KEY, minid=until, approximate=True, limit=STEP)):
        removed += step
    return removed


def product(stream: Stream, operator: User, *, stop_after_s: float | None = None) -> tuple[Action, float, float]:
    """The action, the seconds of its plan, and those of the work (or from *Stop* to the end)."""
    began = time.perf_counter()
    with action_client(stream.server.target, _KEY) as client:
        plan = save_plan(stream, operator, plan_trim(client, _KEY, TrimMode.SAFE), now=timezone.now())
    planned_s = time.perf_counter() - began
    action = begin(plan, operator, address=None)
    stopped: list[float] = []

    def stop() -> None:
        stopped.append(time.perf_counter())
        ask_to_cancel(action, operator, now=timezone.now())
        connections.close_all()

    if stop_after_s is not None:
        threading.Timer(stop_after_s, stop).start()
    began = time.perf_counter()
    carry_out(action, again=False)
    return action, planned_s, time.perf_counter() - (stopped[0] if stopped else began)


def slowest_ms(client: "redis.Redis") -> float:
    """The slowest command since the slow log was reset."""
    log: Any = client.slowlog_get(100)
    return max((entry["duration"] / 1000 for entry in log), default=0.0)


def measure(entries: int, payload: int) -> dict[str, Any]:
    """The figures of one run."""
    call_command("migrate", verbosity=0)
    operator = User.objects.create_user("operator")
    operator.groups.add(Group.objects.get(name="Operator"))
    with running(Kind.VALKEY_9) as server, server.client() as client:
        client.config_set("slowlog-log-slower-than", 1000)
        stream = Stream.objects.create(server=Server.objects.create(name="shop", address=server.url), key=_KEY)
        fill(client, entries, payload)
        began = time.perf_counter()
        by_hand = bare(client, f"{entries}-0")
        bare_s = time.perf_counter() - began
        client.delete(_KEY)
        fill(client, entries, payload)
        client.slowlog_reset()
        action, planned_s, work_s = product(stream, operator)
        slowest = slowest_ms(client)
        removed = int(action.outcome["done"])
        client.delete(_KEY)
        fill(client, entries, payload)
        stopped, _, stop_s = product(stream, operator, stop_after_s=work_s / 3)
    return {
        "entries": entries,
        "payload bytes": payload,
        "bare entries/s": by_hand / bare_s,
        "product entries/s": removed / work_s,
        "ratio": (removed / work_s) / (by_hand / bare_s),
        "removed": removed,
        "state": action.state,
        "plan s": planned_s,
        "slowest command ms": slowest,
        "stopped as": stopped.state,
        "stopped after s": stop_s,
    }


def main() -> int:
    """Prints the figures; 1 where a command took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--payload", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    figures = measure(wanted.entries, wanted.payload)
    if wanted.json:
        print(json.dumps(figures, indent=1))
    else:
        for name, value in figures.items():
            print(f"{name:>22}: {value:,.3f}" if isinstance(value, float) else f"{name:>22}: {value}")
    return int(figures["slowest command ms"] > LONGEST_MS)


if __name__ == "__main__":
    sys.exit(main())
