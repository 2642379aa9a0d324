"""The overview in a real browser, on a real server that is written to meanwhile."""

import re
from collections.abc import Iterator

import pytest
import redis
from playwright.sync_api import Locator, Page, expect

from tests.browser.stack import Stack

HOSTILE = b"\"><img src=x onerror=document.title='owned'>\xff"
FOUND_MS = 30_000  # a new key is found by the next discovery


@pytest.fixture(scope="module")
def shop(stack: Stack) -> Iterator["redis.Redis"]:
    """Three streams: one that nobody delivers from, one that is read to its end, one with a hostile name."""
    with stack.watched.client() as client:
        keys = [b"look:behind", b"look:fine", HOSTILE]
        for key in keys:
            for number in range(30):
                client.xadd(key, {"n": number})
        client.xgroup_create(keys[0], "billing", id="0")
        client.xgroup_create(keys[1], "workers", id="$")
        yield client
        client.delete(*keys)


def _row(page: Page, name: str) -> Locator:
    return page.locator(f'#streams [role=row]:has(a:text-is("{name}"))')


def _cell(line: Locator, name: str) -> Locator:
    return line.locator(f"[data-cell={name}]")


def _live(page: Page, timeout: int = 10_000) -> None:
    expect(page.locator("#live-status")).to_have_attribute("data-state", "live", timeout=timeout)


def _open(page: Page, stack: Stack, query: str = "") -> None:
    """Opens the overview once the registry knows the streams of `shop`."""
    for _ in range(FOUND_MS // 500):
        page.goto(f"{stack.url}/{query}")
        if _row(page, "look:behind").count():
            return
        page.wait_for_timeout(500)
    raise AssertionError("The streams were not found: " + stack.log("sampler")[-2000:])


def test_numbers_fill_in_and_move(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack)
    row = _row(page, "look:behind")
    _live(page)
    before = shop.xlen("look:behind")
    expect(_cell(row, "length")).to_have_text(str(before))

    shop.xadd("look:behind", {"n": 31})

    expect(_cell(row, "length")).to_have_text(str(before + 1))
    expect(_cell(row, "lag")).to_have_text(str(before + 1))
    expect(_cell(row, "group")).to_have_text("billing")


def test_a_server_line_tells_its_health(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack)
    line = page.locator("[data-server-line]").first

    expect(_cell(line, "version")).to_have_text(re.compile("valkey 9"))
    expect(_cell(line, "state")).to_have_text("up")
    expect(_cell(line, "memory")).to_have_text(re.compile(r"^[\d.]+\s(KiB|MiB)"))
    expect(_cell(line, "age")).to_have_text("just now")


def test_the_filter_lives_in_the_address_and_comes_back_from_it(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack)

    page.keyboard.press("/")
    page.keyboard.type("fine")
    page.locator('[data-sort="length"] button').click()

    assert page.url == f"{stack.url}/?q=fine&sort=-length"
    expect(_row(page, "look:behind")).to_be_hidden()
    page.reload()
    expect(page.locator("#filter")).to_have_value("fine")
    expect(page.locator('[data-sort="length"]')).to_have_attribute("aria-sort", "descending")
    expect(_row(page, "look:behind")).to_be_hidden()
    page.get_by_role("button", name="Show all").click()
    expect(_row(page, "look:behind")).to_be_visible()


def test_a_filter_that_matches_nothing_says_so(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack)

    page.fill("#filter", "no such stream")

    expect(page.locator("#nothing")).to_be_visible()
    expect(page.locator("#count")).to_have_text(re.compile("^0 of "))


def test_the_keyboard_moves_from_row_to_row_and_enters(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack, "?sort=name&q=look:")

    for key in ("j", "j", "k", "Enter"):
        page.keyboard.press(key)

    page.wait_for_url(re.compile(r"/streams/\d+/"))
    expect(page.locator("h1")).to_contain_text("look:behind")


def test_a_hostile_name_is_text_and_nothing_else(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack)
    _live(page)

    expect(page.locator("#streams a", has_text="onerror").first).to_have_text(re.compile(r"\\xff$"))
    assert page.locator("#streams img").count() == 0
    assert page.title() == "Overview · Streamgauge"


def test_a_new_stream_comes_by_itself_and_is_marked_as_vanished_when_it_goes(
    page: Page, stack: Stack, shop: "redis.Redis"
) -> None:
    _open(page, stack, "?q=look:")
    _live(page)

    shop.xadd("look:new", {"n": 1})

    try:
        expect(_row(page, "look:new")).to_be_visible(timeout=FOUND_MS)
    finally:
        shop.delete("look:new")
    expect(_cell(_row(page, "look:new"), "state")).to_have_text("vanished")


def test_nothing_moves_while_the_page_loads(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack)
    _live(page)
    page.wait_for_timeout(1500)

    shift = page.evaluate(
        """new Promise((done) => {
          let sum = 0;
          const add = (list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value; };
          new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => done(sum), 300);
        })"""
    )

    assert shift < 0.05


def test_a_dead_sampler_greys_the_numbers_and_tells_their_age(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack)
    row = _row(page, "look:fine")
    expect(_cell(row, "length")).to_have_text("30")

    stack.stop("sampler")
    try:
        expect(row).to_have_attribute("data-stale", "true", timeout=15_000)
        expect(_cell(row, "length")).to_have_text("30")
        expect(_cell(row, "reason")).to_have_text(re.compile(" ago$"))
        expect(_cell(page.locator("[data-server-line]").first, "state")).to_have_text("stale")
    finally:
        stack.start_sampler()
    expect(row).not_to_have_attribute("data-stale", "true", timeout=20_000)


def test_a_lost_socket_says_so_in_the_header_and_keeps_the_numbers(
    page: Page, stack: Stack, shop: "redis.Redis"
) -> None:
    _open(page, stack)
    length = _cell(_row(page, "look:fine"), "length")
    expect(length).to_have_text("30")

    stack.stop("web")
    try:
        expect(page.locator("#live-status")).to_have_attribute("data-state", "offline", timeout=20_000)
        expect(length).to_have_text("30")
        assert page.locator("#streams [data-stale]").count() == 0
    finally:
        stack.start_web()
    _live(page, timeout=30_000)
