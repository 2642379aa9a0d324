"""The page of a server in a real browser: its health comes live, what happens stands on the time axis and in the list."""

from typing import TYPE_CHECKING

from tests.browser.stack import Stack
from tests.browser.test_stream_page import address_of
from tests.servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

KEY = b"browser:what-happens"


def fact(page: "Page", name: str) -> "Locator":
    return page.locator(f'[data-fact="{name}"]').last


def text_of(page: "Page", selector: str) -> str:
    return str(page.locator(selector).inner_text()).replace("\u202f", " ")


def test_a_servers_health_comes_live_and_a_server_that_is_paused_says_since_when_and_what_to_do(
    page: "Page", stack: Stack
) -> None:
    with stack.watched.client() as redis:
        redis.config_set("maxmemory", "1gb")
    try:
        page.goto(stack.url)
        page.get_by_role("link", name="Watched", exact=True).click()
        page.wait_for_url(f"{stack.url}/servers/1/")
        page.locator('#server-state[data-state="up"]').wait_for()
        wait_until(lambda: "of 10 000" in text_of(page, '[data-fact="clients"]'), "the clients")
        wait_until(lambda: text_of(page, '[data-fact="memory_limit"]') == "1 GiB", "the limit")
        assert fact(page, "version").inner_text().startswith("valkey 9.1.")
        assert fact(page, "aof").inner_text() == "off"
        assert page.locator("#memory-level").is_visible()

        stack.watched.pause()
        page.locator('#server-state[data-state="down"]').wait_for()
        assert "did not answer within the time limit" in text_of(page, "#server-sentence")
        assert "Check that it runs" in text_of(page, "#server-concerns")
        assert "of 10 000" in text_of(page, '[data-fact="clients"]')  # the last that was known
        assert page.locator("#main[data-stale]").count() == 1
    finally:
        stack.watched.resume()
        with stack.watched.client() as redis:
            redis.config_set("maxmemory", "0")

    page.locator('#server-state[data-state="up"]').wait_for()
    page.locator(".happened__row", has_text="Nothing was sampled for").first.wait_for()
    assert page.locator("#main[data-stale]").count() == 0


def test_what_happens_to_a_stream_appears_in_the_list_and_on_the_rail_as_it_happens(page: "Page", stack: Stack) -> None:
    with stack.watched.client() as redis:
        for number in range(100):
            redis.xadd(KEY, {"n": number})
    try:
        page.goto(address_of(stack, KEY))
        wait_until(lambda: text_of(page, '[data-chart="length"] .chart__keys b') == "100", "the length")
        with stack.watched.client() as redis:
            redis.xtrim(KEY, maxlen=10, approximate=False)
        row = page.locator(".happened__row", has_text="90 entries trimmed; 10 left.")
        row.wait_for()
        assert "TRIM" in row.inner_text().upper()

        # By the keyboard: the row that has the focus shows its moment on the charts.
        row.focus()
        assert page.locator("#stream-moment").inner_text().startswith("at ")
        # By the pointer: the mark on the rail says what it is.
        found = _words_on_the_rail(page)
        assert "trim: 90 entries trimmed; 10 left." in found

        page.reload()
        page.locator(".happened__row", has_text="90 entries trimmed").wait_for()
    finally:
        with stack.watched.client() as redis:
            redis.delete(KEY)


def _words_on_the_rail(page: "Page") -> str:
    canvas = page.locator('[data-chart="length"] canvas')
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    told = page.locator('[data-chart="length"] .chart__told')
    for x in range(int(box["width"]) - 1, 60, -3):
        page.mouse.move(box["x"] + x, box["y"] + box["height"] - 5)
        if told.is_visible():
            return str(told.inner_text())
    return ""
