"""Pages in a storm: the whole product, Chromium on its overview and its page of alerts, and 5,000 alerts that open at once.

How far apart the frames are that the pages hear, how long a page draws nothing, how long a page takes that is opened meanwhile, and when the
header's count is right. `python -m bench.storm_pages [--json] [--storm 5000]`
"""

import argparse
import json
import os
import sys
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bench._page import looking
from tests.browser.stack import Stack
from tests.servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

INTERVAL_S = 1.0
LIMITS = {
    "longest pause between frames, s": 2 * INTERVAL_S,
    "longest pause between pictures, s": 1.0,
    "slowest page that was opened, s": 2.0,
    "count in the header after, s": 10.0,
}
_PATHS = ("/", "/alerts/")
_STORM_S = 30.0
#: Notes the longest time between two pictures, from when it is asked to.
_NOTE_PICTURES = """() => {
  globalThis.longest = 0;
  let last = performance.now();
  const look = (now) => { globalThis.longest = Math.max(globalThis.longest, now - last); last = now; requestAnimationFrame(look); };
  requestAnimationFrame(look);
}"""
_THRESHOLD = """
from dashboard.models import Server, Threshold
Server.objects.update(cost_budget_percent=100)
Threshold.objects.create(name="storm", metric="length", critical_limit=5, key_pattern="storm:*")
"""


def main() -> int:
    """Prints the figures; status 1 where a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--storm", type=int, default=5000)
    asked, _ = parser.parse_known_args()
    found = measure(asked.storm)
    broken = [name for name, limit in LIMITS.items() if found[name] > limit]
    if asked.json:
        print(json.dumps({"bench": "storm_pages", "load": os.getloadavg()[0], "figures": found, "broken": broken}))
    else:
        print(f"{asked.storm} alerts at once, as pages see them (load {os.getloadavg()[0]:.1f})")
        for name, value in found.items():
            print(f"  {name:40} {value:8.2f}{f', at most {LIMITS[name]:g}' if name in LIMITS else ''}")
    return 1 if broken else 0


def measure(storm: int) -> dict[str, float]:
    """The figures of one storm."""
    from playwright.sync_api import sync_playwright

    stack = Stack()
    try:
        add(stack, storm, times=1)
        stack.start()
        stack.start_notifier()
        stack.shell(_THRESHOLD)
        count = "from dashboard.models import Stream\nprint(Stream.objects.count())"
        wait_until(lambda: int(stack.shell(count)) >= storm, "every stream", timeout=180)
        with sync_playwright() as playwright, looking(playwright) as browser:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            page = context.new_page()
            stack.sign_in(page)
            page.close()
            pages = [Open(context, stack.url + path) for path in _PATHS]
            pages[0].page.wait_for_timeout(8000)
            for page_open in pages:
                page_open.begin()
            return _storm(stack, context, pages, storm)
    finally:
        stack.close()


def add(stack: Stack, storm: int, *, times: int) -> None:
    """So many entries into each stream."""
    with stack.watched.client() as client, client.pipeline(transaction=False) as pipe:
        for number in range(storm):
            for _ in range(times):
                pipe.xadd(b"storm:%d" % number, {"n": 0})
        pipe.execute()


class Open:
    """A page that stays open, and the moments at which its websocket heard something."""

    def __init__(self, context: Any, address: str) -> None:
        self.page: Page = context.new_page()
        self.heard: list[float] = []
        session = context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.on("Network.webSocketFrameReceived", lambda event: self.heard.append(event["timestamp"]))
        self.page.goto(address)

    def begin(self) -> None:
        """From here on counts."""
        self.heard.clear()
        self.page.evaluate(_NOTE_PICTURES)

    def longest_pause(self) -> float:
        """Seconds between two frames."""
        return max((later - earlier for earlier, later in pairwise(self.heard)), default=_STORM_S)

    def longest_picture(self) -> float:
        """Seconds between two pictures."""
        return float(self.page.evaluate("() => globalThis.longest")) / 1000


def _storm(stack: Stack, context: Any, pages: list[Open], storm: int) -> dict[str, float]:
    add(stack, storm, times=6)
    began = time.monotonic()
    opened: list[float] = []
    counted = None
    while time.monotonic() - began < _STORM_S:
        for path in _PATHS:
            opened.append(_opened(context, stack.url + path))
            pages[0].page.bring_to_front()
            pages[0].page.wait_for_timeout(500)
            if counted is None and _counted(pages[0].page) == storm:
                counted = time.monotonic() - began
    return {
        "longest pause between frames, s": max(page.longest_pause() for page in pages),
        "longest pause between pictures, s": pages[0].longest_picture(),
        "slowest page that was opened, s": max(opened),
        "count in the header after, s": _STORM_S if counted is None else counted,
        "pages opened": float(len(opened)),
    }


def _counted(page: "Page") -> int:
    digits = [char for char in page.locator("[data-counts] [data-level=critical]").inner_text() if char.isdigit()]
    return int("".join(digits) or 0)


def _opened(context: Any, address: str) -> float:
    page = context.new_page()
    began = time.monotonic()
    page.goto(address, wait_until="domcontentloaded")
    took = time.monotonic() - began
    page.close()
    return took


if __name__ == "__main__":
    sys.exit(main())
