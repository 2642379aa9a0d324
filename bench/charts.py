"""What live charts cost: our chart module beside Chart.js with its defaults, in one Chromium, turn by turn.

Milliseconds of main thread a tick (one point more on every chart), as the browser itself accounts for its tasks; layout
and painting included. On a page of 12 charts, and on one of 200, of which a screen shows a few.
`python -m bench.charts [--json] [--charts 12] [--many 200] [--points 300] [--ticks 8]`
"""

import argparse
import json
import platform
import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.conftest import FLAGS, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession

ROOT = Path(__file__).resolve().parents[1]
WAYS = ("naive", "ours")
TARGET_MS = 50.0
MANY_TARGET_MS = 80.0


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}  # noqa: RUF012

    def log_message(self, *_: object) -> None:
        """Says nothing: the output is the result."""


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """The address under which the files of a folder are served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


class Contestant:
    """One way of drawing, in a page of its own."""

    def __init__(self, browser: "Browser", address: str) -> None:
        self.page = browser.new_page(viewport={"width": 1280, "height": 900})
        self.page.goto(address)
        self.page.wait_for_function("() => globalThis.ready")
        self.session: CDPSession = self.page.context.new_cdp_session(self.page)
        # The thread's own processor time: what other programs do at the same moment does not count.
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy_ms(self) -> float:
        """Milliseconds that the main thread has worked so far."""
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return 1000.0 * float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))

    def tick(self) -> float:
        """Milliseconds of main thread that a tick costs, beyond what the page costs in a second without one."""
        self.page.bring_to_front()
        self.page.wait_for_timeout(300)
        idle = self._second("() => null")
        return self._second("() => tick()") - idle

    def _second(self, script: str) -> float:
        before = self.busy_ms()
        self.page.evaluate(script)
        self.page.wait_for_timeout(1200)  # the defaults animate for a second
        return self.busy_ms() - before


def measure(charts: int, points: int, ticks: int, ways: tuple[str, ...] = WAYS) -> dict[str, list[float]]:
    """Milliseconds a tick of each way, in turn. The first turn of each warms up and does not count."""
    from playwright.sync_api import sync_playwright

    with serving(ROOT) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        query = f"charts={charts}&points={points}"
        contestants = {way: Contestant(browser, f"{url}/bench/charts.html?way={way}&{query}") for way in ways}
        turns = [{way: contestant.tick() for way, contestant in contestants.items()} for _ in range(ticks + 1)]
        browser.close()
    return {way: [turn[way] for turn in turns[1:]] for way in ways}


def summary(measured: dict[str, list[float]], charts: int, points: int) -> dict[str, object]:
    """Medians and their ratio."""
    medians = {way: round(statistics.median(values), 1) for way, values in measured.items()}
    return {
        "charts": charts,
        "points": points,
        "ms_a_tick": medians,
        "worst_ms": {way: round(max(values), 1) for way, values in measured.items()},
        "naive_to_ours": round(medians["naive"] / medians["ours"], 1),
        "target_ms": TARGET_MS,
        "reached": medians["ours"] <= TARGET_MS,
        "machine": platform.platform(),
    }


def summary_of_many(measured: dict[str, list[float]], charts: int) -> dict[str, object]:
    """The page of many charts: ours alone, for the defaults would take minutes."""
    median = round(statistics.median(measured["ours"]), 1)
    worst = round(max(measured["ours"]), 1)
    reached = median <= MANY_TARGET_MS
    return {"charts": charts, "ms_a_tick": median, "worst_ms": worst, "target_ms": MANY_TARGET_MS, "reached": reached}


def main() -> int:
    """Prints the result; status 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--charts", type=int, default=12)
    parser.add_argument("--many", type=int, default=200)
    parser.add_argument("--points", type=int, default=300)
    parser.add_argument("--ticks", type=int, default=8)
    asked, _ = parser.parse_known_args()  # `make bench` gives every bench the same ones
    result = summary(measure(asked.charts, asked.points, asked.ticks), asked.charts, asked.points)
    many = summary_of_many(measure(asked.many, asked.points, asked.ticks, ("ours",)), asked.many)
    result["many"] = many
    if asked.json:
        print(json.dumps(result))
    else:
        print(f"{asked.charts} charts × {asked.points} points, ms of main thread a tick (median, worst)")
        for way in WAYS:
            print(f"  {way:6} {result['ms_a_tick'][way]:8.1f} {result['worst_ms'][way]:8.1f}")  # type: ignore[index]
        print(f"  naive : ours = {result['naive_to_ours']} : 1; target {TARGET_MS:g} ms: {result['reached']}")
        print(
            f"{asked.many} charts on a page: {many['ms_a_tick']} ms, worst {many['worst_ms']}; target {MANY_TARGET_MS:g} ms"
        )
    return 0 if result["reached"] and many["reached"] else 1


if __name__ == "__main__":
    sys.exit(main())
