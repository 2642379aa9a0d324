"""What pages cost a browser: the whole product, a real server with many streams, and Chromium.

Weight over the wire, time to the first row with its numbers, main thread and bytes a tick, time from XADD to pixel, growth
of the heap. `python -m bench.pages [--json] [--streams 1000,10000] [--seconds 10] [--minutes 0]`
"""

import argparse
import json
import os
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

from bench._page import Visit, looking
from tests.browser.stack import Stack
from tests.servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: What is judged: the name of a figure, its unit, and the most that it may be.
LIMITS = {
    "weight": ("kB over the wire for the overview's HTML, JS and CSS", 250.0),
    "stream weight": ("kB over the wire for the same of a stream's page", 250.0),
    "first row of 1000": ("ms to the first row with its numbers", 1000.0),
    "first row of 10000": ("ms to the first row with its numbers", 2000.0),
    "overview tick": ("ms of main thread a second, most streams", 25.0),
    "stream bytes": ("bytes a tick to a page of one stream", 2000.0),
    "xadd to pixel": ("ms, 99th percentile, interval of 1 s", 1250.0),
    "heap": ("MB an hour that the overview's grows by", 5.0),
    "stream heap": ("MB an hour that a stream's page's grows by", 5.0),
}
_ADDED = 60


def main() -> int:
    """Prints the figures; status 1 where a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--streams", default="1000,10000")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=0, help="how long the heap is watched; 0: not at all")
    asked, _ = parser.parse_known_args()  # `make bench` gives every bench the same ones
    found: dict[str, float] = {}
    for streams in map(int, asked.streams.split(",")):
        found |= measure(streams, seconds=asked.seconds, minutes=asked.minutes)
    broken = [name for name, value in found.items() if name in LIMITS and value > LIMITS[name][1]]
    if asked.json:
        print(json.dumps({"bench": "pages", "load": os.getloadavg()[0], "figures": found, "broken": broken}))
    else:
        print(f"Pages in Chromium (load {os.getloadavg()[0]:.1f})")
        for name, value in found.items():
            words, limit = LIMITS.get(name, ("", None))
            print(f"  {name:22} {value:10.1f}  {words}{'' if limit is None else f', at most {limit:g}'}")
    return 1 if broken else 0


def measure(streams: int, *, seconds: int, minutes: float) -> dict[str, float]:
    """The figures of an installation that watches so many streams, each with a group; a tenth of them move."""
    from playwright.sync_api import sync_playwright

    stack = Stack()
    try:
        seed(stack, streams)
        stack.start()
        # Watching 10,000 streams a second takes more of the server than the usual budget: here the page is measured.
        stack.shell("from dashboard.models import Server\nServer.objects.update(cost_budget_percent=100)")
        wait_until(lambda: listed(stack) >= streams, f"{streams} streams in the registry", timeout=180)
        with sync_playwright() as playwright, looking(playwright) as browser, moving(stack, streams):
            return figures(stack, browser, streams, seconds=seconds, minutes=minutes)
    finally:
        stack.close()


def figures(stack: Stack, browser: "Browser", streams: int, *, seconds: int, minutes: float) -> dict[str, float]:
    """What one browser sees of a stack that runs."""
    visit = Visit(stack, browser)
    turns = [visit.first_row() for _ in range(3)]
    found = {
        "weight": turns[0].kilobytes,
        f"first row of {streams}": statistics.median(turn.first_row_ms for turn in turns),
    }
    tick = visit.watch("/", seconds)
    found |= {"overview tick": tick.busy_ms, "overview bytes": tick.bytes}
    address = visit.address_of(key(0).decode())
    found["stream weight"] = visit.first_chart(address)
    found["stream bytes"] = visit.watch(address, seconds).bytes
    with stack.watched.client() as client:
        waits = sorted(visit.to_pixel(address, lambda: client.xadd(key(0), {"n": "1"}), _ADDED))
    found["xadd to pixel"] = waits[round(0.99 * (len(waits) - 1))]
    if minutes:
        found["heap"], found["stream heap"] = visit.growth(["/", f"{address}?range=5m"], minutes)
    return found


# The streams


def key(number: int) -> bytes:
    """The key of a stream."""
    return b"pages:%06d" % number


def seed(stack: Stack, streams: int) -> None:
    """Makes the streams, each with some entries and a group that has read half of them."""
    with stack.watched.client() as client:
        for begin in range(0, streams, 500):
            pipeline = client.pipeline(transaction=False)
            for number in range(begin, min(begin + 500, streams)):
                for _ in range(4):
                    pipeline.xadd(key(number), {"order": number})
                pipeline.xgroup_create(key(number), "billing", "0")
                pipeline.xreadgroup("billing", "w-1", {key(number): ">"}, count=2)
            pipeline.execute()


def listed(stack: Stack) -> int:
    """How many streams the registry has."""
    return int(stack.shell("from dashboard.models import Stream\nprint(Stream.objects.count())"))


class moving:  # noqa: N801 - a context manager that reads as a word
    """Adds an entry to a tenth of the streams each second, from a process of its own."""

    def __init__(self, stack: Stack, streams: int) -> None:
        self._arguments = (stack.watched.url, streams)
        self._child: Any = None

    def __enter__(self) -> None:
        import multiprocessing

        self._child = multiprocessing.get_context("spawn").Process(target=_move, args=self._arguments, daemon=True)
        self._child.start()

    def __exit__(self, *_: object) -> None:
        self._child.terminate()
        self._child.join()


def _move(url: str, streams: int) -> None:
    import redis

    client = redis.Redis.from_url(url)
    turn = 0
    while True:
        pipeline = client.pipeline(transaction=False)
        for number in range(1 + turn % 10, streams, 10):  # never the first: its page is looked at
            pipeline.xadd(key(number), {"order": turn})
        pipeline.execute()
        turn += 1
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
