"""What a backup costs: taking one beside a bare XRANGE loop of redis-py, and restoring and comparing it.

Entries a second of each, medians of the rounds; how much the memory of the process grows while it does so. `python -m bench.backups [--json]
[--entries 500000] [--payload 100] [--rounds 5]`
"""

import argparse
import io
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

import redis  # noqa: E402

from dashboard.core.target import parse_address  # noqa: E402
from streams_admin.backup.comparing import compare  # noqa: E402
from streams_admin.backup.format import Reader  # noqa: E402
from streams_admin.backup.rebuilding import rebuild  # noqa: E402
from streams_admin.backup.taking import take  # noqa: E402
from streams_admin.redis_io.scripts import action_client  # noqa: E402
from streams_admin.redis_io.whole import read_server  # noqa: E402
from tests.servers import Kind, running  # noqa: E402

LEAST, MOST_MB, SLOWEST_MS = 0.5, 64.0, 10.0
_KEY, _COPY, _GROUP = b"orders", b"orders:copy", b"billing"
_FILL = """
for number = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  redis.call('XADD', KEYS[1], number .. '-1', 'order', number, 'customer', 'c-' .. number % 977, 'note', string.rep(number, ARGV[3]))
end
"""


def fill(client: "redis.Redis", entries: int, payload: int) -> None:
    """Entries of about so many bytes, a tenth of them pending."""
    for start in range(1, entries + 1, 10_000):
        last = min(start + 9_999, entries)
        client.eval(_FILL, 1, _KEY, start, last, max(1, payload // len(str(start + 5_000))))
    client.xgroup_create(_KEY, _GROUP, id="0")
    for _ in range(0, entries // 10, 1_000):
        client.xreadgroup(_GROUP, b"worker", {_KEY: ">"}, count=1_000)  # type: ignore[arg-type]


def bare(client: "redis.Redis") -> int:
    """All entries, as one reads them by redis-py."""
    count = 0
    page: Any = client.xrange(_KEY, count=1_000)
    while page:
        count += len(page)
        page = client.xrange(_KEY, min=f"({page[-1][0].decode()}", count=1_000)
    return count


def _taking(client: "redis.Redis", file: IO[bytes]) -> Callable[[], Any]:
    return lambda: take(client, _KEY, file, server="shop", step=lambda _: None)


def _rebuilding(client: "redis.Redis", reader: Reader) -> Callable[[], Any]:
    return lambda: rebuild(client, reader, _COPY, read_server(client), lambda _: None)


def _comparing(client: "redis.Redis", reader: Reader) -> Callable[[], Any]:
    return lambda: compare(client, reader, _COPY)


def timed(work: Callable[[], Any]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def peak_mb() -> float:
    """The most memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(entries: int, payload: int, rounds: int) -> dict[str, Any]:
    """The figures of one run."""
    times: dict[str, list[float]] = {"bare": [], "take": [], "restore": [], "compare": []}
    with (
        running(Kind.VALKEY_9, "--slowlog-log-slower-than", "1000") as server,
        server.client() as client,
        tempfile.TemporaryDirectory() as folder,
        action_client(parse_address(server.url), _KEY) as acting,
    ):
        fill(client, entries, payload)
        path = Path(folder) / "backup"
        _taking(acting, io.BytesIO())()  # warm, and the first page's memory
        client.slowlog_reset()
        before = peak_mb()
        for _ in range(rounds):
            with path.open("wb") as file:
                times["take"].append(timed(_taking(acting, file)))
            with path.open("rb") as file:
                times["restore"].append(timed(_rebuilding(acting, Reader(file))))
            with path.open("rb") as file:
                times["compare"].append(timed(_comparing(acting, Reader(file))))
            client.unlink(_COPY)
        peak = peak_mb()
        slowest = max((row["duration"] / 1000 for row in client.slowlog_get(128)), default=0.0)
        times["bare"] = [timed(lambda: bare(client)) for _ in range(rounds)]
        size = path.stat().st_size
    medians = {name: statistics.median(its) for name, its in times.items()}
    return {
        "entries": entries,
        "payload": payload,
        "a_second": {name: round(entries / its) for name, its in medians.items()},
        "take_to_bare": round(medians["bare"] / medians["take"], 2),
        "bytes_an_entry": round(size / entries, 1),
        "grown_mb": round(peak - before, 1),
        "peak_mb": round(peak, 1),
        "slowest_ms": round(slowest, 1),
    }


def main() -> None:
    """Prints them; the status is 1 where a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--entries", type=int, default=500_000)
    parser.add_argument("--payload", type=int, default=100, help="bytes of an entry's largest field")
    parser.add_argument("--rounds", type=int, default=5)
    options, _ = parser.parse_known_args()
    found = measure(options.entries, options.payload, options.rounds)
    kept = {
        f"a backup at least {LEAST} × a bare XRANGE loop": found["take_to_bare"] >= LEAST,
        f"memory grows by at most {MOST_MB:.0f} MB": found["grown_mb"] <= MOST_MB,
        f"no command over {SLOWEST_MS:.0f} ms": found["slowest_ms"] <= SLOWEST_MS,
    }
    if options.json:
        print(json.dumps({"backups": found, "kept": kept}))
    else:
        for name, value in found.items():
            print(f"{name:16} {value}")
        for what, well in kept.items():
            print(f"  {'kept  ' if well else 'BROKEN'} {what}")
    sys.exit(0 if all(kept.values()) else 1)


if __name__ == "__main__":
    main()
