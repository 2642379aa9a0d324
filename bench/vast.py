"""The pages of recovery on a stream that is huge in every way: a million pending entries, 100,000 consumers, entries of 10 MB at both ends.

Each page as an operator opens it: seconds until its HTML is there, and the longest command that it cost the server, by the slow log. A page takes a second at most;
no command of an action, which sends very many, takes 10 ms. `python -m bench.vast [--pending 1000000] [--consumers 100000] [--megabytes 10] [--json]`
"""

import argparse
import json
import os
import sys
import tempfile
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{tempfile.mkdtemp(prefix='bench-')}/vast.sqlite3")

import django

django.setup()

import redis  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from dashboard.core.names import to_slug  # noqa: E402
from dashboard.models import Server, Stream  # noqa: E402
from streams_admin.actions import perform  # noqa: E402
from streams_admin.asks import ASKS  # noqa: E402
from streams_admin.models import Plan  # noqa: E402
from tests.servers import Kind, running  # noqa: E402

LIMIT_S, LIMIT_MS = 1.0, 10.0
_KEY, _GROUP = b"vast", b"billing"
_FILL = "for number = 2, tonumber(ARGV[1]) + 1 do redis.call('XADD', KEYS[1], number .. '-1', 'n', number) end"


def fill(client: "redis.Redis", pending: int, consumers: int, megabytes: int) -> None:
    """The stream, whose group has been given all but the last entries."""
    huge = b"x" * (megabytes * 2**20)
    client.xadd(_KEY, {"huge": huge}, id="1-1")
    client.eval(_FILL, 1, _KEY, pending)
    client.xadd(_KEY, {"huge": huge}, id=f"{pending + 2}-1")
    client.xgroup_create(_KEY, _GROUP, id="1-1")
    client.xgroup_create(_KEY, b"audit", id="1-1")
    for start in range(0, consumers, 10_000):
        batch = client.pipeline(transaction=False)
        for number in range(start, min(start + 10_000, consumers)):
            batch.xgroup_createconsumer(_KEY, _GROUP, f"worker-{number:06}")
        batch.execute()
    for start in range(0, pending, 10_000):
        client.xreadgroup(_GROUP, f"worker-{start // 10_000:06}", {_KEY: ">"}, count=10_000)  # type: ignore[arg-type]


def pages(stream: Stream) -> dict[str, tuple[str, dict[str, str] | None]]:
    """The address of each page, and what is posted to those that make plans."""
    group = to_slug(_GROUP)

    def of(name: str, query: str = "") -> str:
        return reverse(f"admin:dashboard_stream_{name}", args=[stream.pk]) + query

    def ask(kind: str) -> str:
        return reverse("admin:dashboard_stream_ask", args=[stream.pk, kind])

    claim = {"group": group, "verb": "claim", "new_consumer": "heir", "everything": "on"}
    return {
        "remedies": (of("recover"), None),
        "pending entries": (of("pending", f"?group={group}"), None),
        "of one consumer": (of("pending", f"?group={group}&consumer={to_slug(b'worker-000050')}"), None),
        "delivered 5 times": (of("pending", f"?group={group}&deliveries=5"), None),
        "group": (of("group", f"?group={group}"), None),
        "trim": (of("trim"), None),
        "backups": (of("backups"), None),
        **{f"ask {kind}": (ask(kind), None) for kind in ASKS},
        "plan of a claim": (of("pending"), claim),
        "plan of a trim to 1,000": (of("trim"), {"mode": "length", "keep": "1000", "beyond": "on"}),
    }


def measure(pending: int, consumers: int, megabytes: int) -> dict[str, dict[str, Any]]:
    """Of each page: status, seconds, and milliseconds of its longest command."""
    call_command("migrate", verbosity=0)
    operator = User.objects.create_superuser("operator")
    browser = Client()
    browser.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    found = {}
    with running(Kind.VALKEY_9) as server, server.client() as client:
        client.config_set("slowlog-log-slower-than", 500)
        client.config_set("slowlog-max-len", 10_000)
        stream = Stream.objects.create(server=Server.objects.create(name="shop", address=server.url), key=_KEY)
        fill(client, pending, consumers, megabytes)
        browser.get(reverse("admin:index"))  # what is loaded with the first page of all
        for name, (address, posted) in pages(stream).items():
            client.slowlog_reset()
            began = time.perf_counter()
            answer = browser.get(address) if posted is None else browser.post(address, posted)
            seconds = time.perf_counter() - began
            found[name] = _figures(client, answer.status_code, seconds)
        client.slowlog_reset()
        began = time.perf_counter()
        action = perform(Plan.objects.get(kind="claim"), operator, address=None)
        found["the claim of 100,000"] = _figures(client, action.state, time.perf_counter() - began)
    return found


def _figures(client: "redis.Redis", status: int | str, seconds: float) -> dict[str, Any]:
    log: Any = client.slowlog_get(10_000)
    slowest = max(log, key=lambda entry: entry["duration"], default=None)
    return {
        "status": status,
        "seconds": round(seconds, 3),
        "longest ms": slowest["duration"] / 1000 if slowest else 0.0,
        "longest": slowest["command"][:40].decode(errors="replace").split("\n")[0] if slowest else "",
    }


def main() -> int:
    """Prints a line a page; 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pending", type=int, default=1_000_000)
    parser.add_argument("--consumers", type=int, default=100_000)
    parser.add_argument("--megabytes", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    wanted, _ = parser.parse_known_args()  # `make bench` gives every bench the same ones
    found = measure(wanted.pending, wanted.consumers, wanted.megabytes)
    broken = [
        name
        for name, its in found.items()
        if its["status"] not in {200, 302, "done"}
        or its["seconds"] > LIMIT_S
        or (its["status"] == "done" and its["longest ms"] > LIMIT_MS)
    ]
    if wanted.json:
        print(json.dumps(found, indent=1))
    else:
        for name, its in found.items():
            print(
                f"{name:>28}: {its['status']} {its['seconds']:7.3f} s  {its['longest ms']:8.2f} ms  {its['longest']}"
                f"{'  BROKEN' if name in broken else ''}"
            )
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
