"""CHARTJS_URL: Chart.js from another origin, under its integrity hash; and what is left where that origin is gone."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.stack import ROOT, Stack
from tests.browser.test_stream_page import adding, address_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

VENDORED = ROOT / "static" / "vendor" / "chartjs" / "chart.umd.min.js"
NUMBER = re.compile(r"\d")
# As published: our copy leaves the last line out (static/vendor/README.md).
PUBLISHED = VENDORED.read_bytes() + b"//# sourceMappingURL=chart.umd.min.js.map\n"


@pytest.fixture
def cdn() -> "Iterator[dict[str, str]]":
    """An origin of its own that serves Chart.js at /chart.js, and at /other.js something else."""

    class Files(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = PUBLISHED if self.path == "/chart.js" else b"window.Chart = class {};"
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript")
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_port}"
    yield {"right": f"{origin}/chart.js", "wrong": f"{origin}/other.js"}
    server.shutdown()
    server.server_close()


def test_charts_are_drawn_with_the_script_of_a_cdn(page: "Page", stack: Stack, cdn: dict[str, str]) -> None:
    with adding(stack, b"cdn:right"), stack.web_with(CHARTJS_URL=cdn["right"]) as address:
        page.goto(address_of(stack, b"cdn:right").replace(stack.url, address))

        expect(page.locator('[data-chart="length"] .chart__keys b')).to_have_text(NUMBER)
        assert page.evaluate("Chart.version") == "4.6.1"
        assert page.evaluate("[...document.scripts].map(script => script.src)").count(cdn["right"]) == 1
        assert page.evaluate("Chart.getChart(document.querySelector('[data-chart=length] canvas')) !== undefined")


def test_without_the_script_the_figures_go_on_and_the_page_says_so(
    page: "Page", stack: Stack, cdn: dict[str, str]
) -> None:
    with adding(stack, b"cdn:wrong"), stack.web_with(CHARTJS_URL=cdn["wrong"]) as address:
        page.goto(address_of(stack, b"cdn:wrong").replace(stack.url, address))

        expect(page.locator('[data-chart="length"] .chart__keys b')).to_have_text(NUMBER)
        expect(page.locator('[data-chart="length"] .chart__note')).to_contain_text("could not be loaded")
