"""What live charts cost: our chart module beside uPlot and beside Chart.js with its defaults, in one Chromium, turn by turn.

Milliseconds of main thread a tick (one point more on every chart), as the browser itself accounts for its tasks; layout
and painting included. On a page of 12 charts, and on one of 200, of which a screen shows a few. uPlot is fetched for this
alone (bench/_uplot.py); where it cannot be had, the run says so and goes on without it.
`python -m bench.charts [--json] [--charts 12] [--many 200] [--points 300] [--ticks 8]`
"""

import argparse
import json
import os
import platform
import statistics
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import _uplot
from tests.browser.conftest import FLAGS, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession

ROOT = Path(__file__).resolve().parents[1]
WAYS = ("naive", "uplot", "ours")
#: On the page of many: with Chart.js' defaults a tick takes longer than a second there.
WAYS_OF_MANY = ("uplot", "ours")
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


def measure(charts: int, points: int, ticks: int, ways: Sequence[str], *, uplot: str = "") -> dict[str, list[float]]:
    """Milliseconds a tick of each way, in turn. The first turn of each warms up and does not count. `uplot`: its folder."""
    from playwright.sync_api import sync_playwright

    with serving(ROOT) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        query = f"charts={charts}&points={points}&uplot={uplot}"
        contestants = {way: Contestant(browser, f"{url}/bench/charts.html?way={way}&{query}") for way in ways}
        turns = [{way: contestant.tick() for way, contestant in contestants.items()} for _ in range(ticks + 1)]
        browser.close()
    return {way: [turn[way] for turn in turns[1:]] for way in ways}


def summary(measured: dict[str, list[float]], *, charts: int, target_ms: float) -> dict[str, Any]:
    """Medians, and what the others take for each millisecond of ours: the median of the turns' ratios."""
    medians = {way: round(statistics.median(values), 1) for way, values in measured.items()}
    return {
        "charts": charts,
        "ms_a_tick": medians,
        "worst_ms": {way: round(max(values), 1) for way, values in measured.items()},
        "to_ours": {
            way: round(_ratio(values, measured["ours"]), 1) for way, values in measured.items() if way != "ours"
        },
        "target_ms": target_ms,
        "reached": medians["ours"] <= target_ms,
    }


def _ratio(theirs: list[float], ours: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(theirs, ours, strict=True))


def say(result: dict[str, Any]) -> None:
    """One page's figures."""
    print(f"{result['charts']} charts, ms of main thread a tick (median, worst, to ours)")
    for way, median in result["ms_a_tick"].items():
        ratio = f"{result['to_ours'][way]:6.1f} ×" if way != "ours" else ""
        print(f"  {way:6} {median:8.1f} {result['worst_ms'][way]:8.1f} {ratio}")
    print(f"  target {result['target_ms']:g} ms: {'reached' if result['reached'] else 'MISSED'}")


def main() -> int:
    """Prints the result; status 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--charts", type=int, default=12)
    parser.add_argument("--many", type=int, default=200)
    parser.add_argument("--points", type=int, default=300)
    parser.add_argument("--ticks", type=int, default=8)
    asked, _ = parser.parse_known_args()  # `make bench` gives every bench the same ones
    without, uplot = _uplot_or_why()
    pages = []
    for charts, ways, target_ms in ((asked.charts, WAYS, TARGET_MS), (asked.many, WAYS_OF_MANY, MANY_TARGET_MS)):
        had = [way for way in ways if uplot or way != "uplot"]
        measured = measure(charts, asked.points, asked.ticks, had, uplot=uplot)
        pages.append(summary(measured, charts=charts, target_ms=target_ms))
    if asked.json:
        load = round(os.getloadavg()[0], 1)
        print(
            json.dumps(
                {
                    "pages": pages,
                    "points": asked.points,
                    "without_uplot": without,
                    "load": load,
                    "machine": platform.platform(),
                }
            )
        )
    else:
        for page in pages:
            say(page)
        print(
            f"{asked.points} points a chart; load {os.getloadavg()[0]:.1f}",
            f"; no uPlot: {without}" if without else "",
            sep="",
        )
    return 0 if all(page["reached"] for page in pages) else 1


def _uplot_or_why() -> tuple[str, str]:
    try:
        return "", _uplot.fetched()
    except _uplot.MissingError as error:
        return str(error), ""


if __name__ == "__main__":
    sys.exit(main())
