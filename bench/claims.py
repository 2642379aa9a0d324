"""A claim of very many pending entries as an operator does it, beside the same XCLAIM batches sent bare by redis-py.

Entries a second of the product's carrying out (guarded scripts, progress and result saved) over those of bare XCLAIM … JUSTID in batches of the same size; the slowest
command on the server, by its slow log; how long plan, save and page take. `python -m bench.claims [--entries 100000] [--count 10] [--json]`
"""

import argparse
import json
import os
import sys
import tempfile
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{tempfile.mkdtemp(prefix='bench-')}/claims.sqlite3")

import django

django.setup()

import redis  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from dashboard.models import Server, Stream  # noqa: E402
from streams_admin.actions import begin, carry_out  # noqa: E402
from streams_admin.models import Plan  # noqa: E402
from streams_admin.pending import PendingFilter  # noqa: E402
from streams_admin.plans import save_plan  # noqa: E402
from streams_admin.redis_io.pending import BATCH  # noqa: E402
from streams_admin.redis_io.scripts import action_client  # noqa: E402
from streams_admin.remedies.claim import Target, plan_claim  # noqa: E402
from streams_admin.remedies.entries import Selection  # noqa: E402
from tests.servers import Kind, running  # noqa: E402

LEAST, LONGEST_MS, ROUNDS = 0.7, 10.0, 5
_KEY, _GROUP = b"orders", b"billing"
_FILL = "for number = 1, tonumber(ARGV[1]) do redis.call('XADD', KEYS[1], number .. '-1', 'n', number) end"


def fill(client: "redis.Redis", entries: int, count: int) -> list[bytes]:
    """So many entries, all pending with `dead`, who read `count` at a time; their ids."""
    client.eval(_FILL, 1, _KEY, entries)
    client.xgroup_create(_KEY, _GROUP, id="0")
    for name in ("alive", "other"):
        client.xgroup_createconsumer(_KEY, _GROUP, name)
    for _ in range(0, entries, count):
        client.xreadgroup(_GROUP, b"dead", {_KEY: ">"}, count=count)  # type: ignore[arg-type]
    return [b"%d-1" % number for number in range(1, entries + 1)]


def bare(client: "redis.Redis", ids: list[bytes], consumer: str) -> float:
    """Seconds of the same batches without any guard."""
    began = time.perf_counter()
    for start in range(0, len(ids), BATCH):
        client.xclaim(_KEY, _GROUP, consumer, 0, ids[start : start + BATCH], justid=True)  # type: ignore[arg-type]
    return time.perf_counter() - began


def planned(stream: Stream, operator: User, consumer: bytes) -> Plan:
    """A plan for everything that is pending."""
    selection = Selection(matching=PendingFilter(group=_GROUP))
    with action_client(stream.server.target, _KEY) as client:
        facts = plan_claim(client, _KEY, selection, Target(consumer))
    return save_plan(stream, operator, facts, now=timezone.now())


def measure(entries: int, count: int) -> dict[str, Any]:
    """The figures of one run."""
    call_command("migrate", verbosity=0)
    operator = User.objects.create_user("operator", is_staff=True)
    operator.groups.add(Group.objects.get(name="Operator"))
    browser = Client()
    browser.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    ours, theirs = [], []
    with running(Kind.VALKEY_9) as server, server.client() as client:
        stream = Stream.objects.create(server=Server.objects.create(name="shop", address=server.url), key=_KEY)
        ids = fill(client, entries, count)
        client.config_set("slowlog-log-slower-than", 1000)
        client.slowlog_reset()
        for turn in range(ROUNDS):
            began = time.perf_counter()
            plan = planned(stream, operator, b"alive" if turn % 2 == 0 else b"dead")
            planned_s = time.perf_counter() - began
            action = begin(plan, operator, address=None)
            began = time.perf_counter()
            carry_out(action, again=False)
            ours.append(time.perf_counter() - began)
            began = time.perf_counter()
            browser.get(plan.get_absolute_url())
            page_s = time.perf_counter() - began
            if action.outcome["done"] != entries:
                raise RuntimeError(f"{action.state}: {action.outcome['done']} of {entries}, {action.reason}")
        log: Any = client.slowlog_get(1000)
        slowest = max((entry["duration"] / 1000 for entry in log), default=0.0)
        theirs = [bare(client, ids, "other" if turn % 2 == 0 else "dead") for turn in range(ROUNDS)]
    return {
        "entries": entries,
        "bare entries/s": entries / min(theirs),
        "product entries/s": entries / min(ours),
        "ratio": min(theirs) / min(ours),
        "slowest command ms": slowest,
        "plan s": planned_s,
        "page of the result s": page_s,
    }


def main() -> int:
    """Prints the figures; 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--count", type=int, default=10, help="entries that one read delivered")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    figures = measure(wanted.entries, wanted.count)
    if wanted.json:
        print(json.dumps(figures, indent=1))
    else:
        for name, value in figures.items():
            print(f"{name:>22}: {value:,.3f}" if isinstance(value, float) else f"{name:>22}: {value}")
    return int(figures["ratio"] < LEAST or figures["slowest command ms"] > LONGEST_MS)


if __name__ == "__main__":
    sys.exit(main())
