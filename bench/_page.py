"""A browser that looks at pages of a running Streamgauge and says what they cost it, by the DevTools protocol."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.browser.conftest import FLAGS, chromium
from tests.browser.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

#: Notes when the first row with a figure in it was drawn, by the page's own clock.
_NOTE_FIRST_ROW = """
addEventListener("DOMContentLoaded", () => {
  const look = () => {
    const cell = document.querySelector('#streams [role=row] [data-cell=length]');
    if (cell && /\\d/.test(cell.textContent)) globalThis.firstRowAt = performance.now();
    else requestAnimationFrame(look);
  };
  look();
});
"""
#: Notes when the first figure of the chart "length" changed, by the machine's clock.
_NOTE_CHANGES = """() => {
  globalThis.changes = [];
  const figure = document.querySelector("[data-chart=length] .key b");
  let last = figure.textContent;
  const look = () => {
    if (figure.textContent !== last) globalThis.changes.push(Date.now());
    last = figure.textContent;
    requestAnimationFrame(look);
  };
  look();
}"""
#: Whether the chart "length" has a figure.
_CHARTED = "() => /\\d/.test(document.querySelector('[data-chart=length] .key b')?.textContent)"
#: So long points are gathered: for a minute in sparklines, for 1.2 × 5 minutes and a bit in charts of `?range=5m`.
_FILLED_S = 450
#: What of a page's weight counts, in the words of the protocol.
_WEIGHED = {"Document", "Script", "Stylesheet"}


class FirstRow(NamedTuple):
    """What a first visit takes: HTML, scripts and styles in kB as they travelled, and the time to the first row."""

    kilobytes: float
    first_row_ms: float


class Tick(NamedTuple):
    """What a second costs: milliseconds of the main thread, bytes over the websocket."""

    busy_ms: float
    bytes: float


@contextmanager
def looking(playwright: "Playwright") -> "Iterator[Browser]":
    """A Chromium, closed in the end."""
    browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
    try:
        yield browser
    finally:
        browser.close()


class Visit:
    """One person in one browser."""

    def __init__(self, stack: Stack, browser: "Browser") -> None:
        self._stack = stack
        self._context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = self._context.new_page()
        stack.sign_in(page)
        page.close()

    def first_row(self) -> FirstRow:
        """Opens the overview as somebody who was never here."""
        page = self._context.new_page()
        page.add_init_script(_NOTE_FIRST_ROW)
        kilobytes = weigh(page, f"{self._stack.url}/", until="() => globalThis.firstRowAt")
        at = float(page.evaluate("() => globalThis.firstRowAt"))
        page.close()
        return FirstRow(kilobytes, at)

    def first_chart(self, path: str) -> float:
        """Opens a stream's page as somebody who was never here; its weight in kB."""
        page = self._context.new_page()
        kilobytes = weigh(page, f"{self._stack.url}{path}", until=_CHARTED)
        page.close()
        return kilobytes

    def watch(self, path: str, seconds: int) -> Tick:
        """What the page costs a second, once it is settled."""
        page = self._context.new_page()
        session = self._context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        received: list[int] = []
        session.on("Network.webSocketFrameReceived", lambda event: received.append(_size(event)))
        page.goto(f"{self._stack.url}{path}")
        page.wait_for_timeout(5000)
        received.clear()
        before = _metric(session, "TaskDuration")
        page.wait_for_timeout(1000 * seconds)
        busy = _metric(session, "TaskDuration") - before
        total = sum(received)
        page.close()
        return Tick(1000 * busy / seconds, total / seconds)

    def to_pixel(self, path: str, add: Callable[[], Any], times: int) -> list[float]:
        """Milliseconds from an entry that was added to the frame that shows it, so often."""
        page = self._context.new_page()
        page.goto(f"{self._stack.url}{path}")
        page.wait_for_function(_CHARTED)
        page.evaluate(_NOTE_CHANGES)
        waits = []
        for number in range(times):
            seen = int(page.evaluate("() => globalThis.changes.length"))
            page.wait_for_timeout(37 * (number % 27))  # at another moment of the sampler's second each time
            began = time.time() * 1000
            add()
            page.wait_for_function("seen => globalThis.changes.length > seen", arg=seen, polling=20)
            waits.append(float(page.evaluate("seen => globalThis.changes[seen]", seen)) - began)
        page.close()
        return waits

    def growth(self, paths: Sequence[str], minutes: float) -> list[float]:
        """Megabytes an hour that the heap of each page grows by, all open at once, each in a process of its own.

        From what is left after collections at the ends of the time, which begins when they have all the points that they keep.
        """
        browser, signed_in = self._context.browser, self._context.storage_state()
        assert browser is not None
        contexts = [browser.new_context(storage_state=signed_in) for _ in paths]
        heaps = [
            _opened_heap(context, f"{self._stack.url}{path}") for context, path in zip(contexts, paths, strict=True)
        ]
        contexts[0].pages[0].wait_for_timeout(1000 * _FILLED_S)
        before = [_heap(session) for session in heaps]
        contexts[0].pages[0].wait_for_timeout(60_000 * minutes)
        after = [_heap(session) for session in heaps]
        for context in contexts:
            context.close()
        return [(late - early) / 1e6 * 60 / minutes for early, late in zip(before, after, strict=True)]

    def address_of(self, name: str) -> str:
        """The path of a stream's page."""
        code = (
            f"from dashboard.models import Stream\nprint(Stream.objects.get(key={name.encode()!r}).get_absolute_url())"
        )
        return self._stack.shell(code).split()[-1]


def weigh(page: Any, address: str, *, until: str) -> float:
    """kB of HTML, scripts and styles that travel for a page, in the form in which they travel, with the cache off."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(address)
    page.wait_for_function(until)
    page.wait_for_timeout(1000)
    return sum(size for request, size in sizes.items() if kinds.get(request) in _WEIGHED) / 1000


def _opened_heap(context: Any, address: str) -> Any:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.enable")
    page.goto(address)
    return session


def _metric(session: Any, name: str) -> float:
    return float(next(m["value"] for m in session.send("Performance.getMetrics")["metrics"] if m["name"] == name))


def _heap(session: Any) -> float:
    sizes = []
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
        sizes.append(_metric(session, "JSHeapUsedSize"))
    return statistics.median(sizes)


def _size(event: dict[str, Any]) -> int:
    return len(event["response"]["payloadData"].encode())
