"""Whole walks: by keyboard from the overview to a remedy, through a network that is cut, and by two fingers."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.cable import Cable
from tests.browser.conftest import Sessions
from tests.browser.stack import Stack
from tests.browser.test_stream_page import POINTS, adding, address_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

KEY = b"walks:orders"
HAS_FIGURE = "() => /\\d/.test(document.querySelector('[data-chart=length] .key b')?.textContent)"


@pytest.fixture(scope="module")
def orders(stack: Stack) -> Iterator[str]:
    """The address of a stream that moves, whose group has a dead consumer with an entry that was delivered too often."""
    with adding(stack, KEY), stack.watched.client() as client:
        client.xadd(KEY, {"order": "1"})
        client.xreadgroup("billing", "dead", {KEY: ">"})
        stuck = client.xpending_range(KEY, "billing", "-", "+", 1)[0]["message_id"]
        client.xclaim(KEY, "billing", "dead", 0, [stuck], idle=4_000_000, retrycount=12)
        yield address_of(stack, KEY)


def tab_to(page: "Page", selector: str) -> None:
    """Presses Tab until something that fits has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"nothing that fits {selector} can be reached by Tab")


def test_the_keyboard_alone_leads_from_the_overview_to_a_remedy(page: "Page", stack: Stack, orders: str) -> None:
    page.goto(stack.url)
    page.locator("#streams [role=row] [data-cell=length]").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type(KEY.decode())
    page.locator(f'#streams [role=row] a:text-is("{KEY.decode()}")').wait_for()
    expect(page.locator("#streams [role=row]:visible a[href^='/streams/']")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/streams/\d+/"))
    page.locator("#groups").get_by_role("button", name="billing").wait_for()

    tab_to(page, "[aria-controls=group-YmlsbGluZw]")
    page.keyboard.press("Enter")
    page.get_by_text("was delivered 12 times, last to dead.").wait_for()
    tab_to(page, ".findings__item a[href*='deliveries=']")
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile("/pending/.*deliveries=5"))
    tab_to(page, "main tbody input[type=checkbox]")
    page.keyboard.press("Space")
    page.get_by_text("1 selected").wait_for()


@pytest.fixture
def cable() -> Iterator[Cable]:
    cable = Cable()
    yield cable
    cable.close()


def test_a_network_that_is_cut_is_said_and_leaves_no_gap_once_it_is_back(
    page: "Page", browser: "Browser", sessions: Sessions, cable: Cable, orders: str
) -> None:
    context = browser.new_context(storage_state=sessions["operator"], proxy=cable.proxy)
    far = context.new_page()
    far.goto(f"{orders}?range=5m")
    far.wait_for_function(HAS_FIGURE)
    far.locator("#live-status[data-state=live]").wait_for()

    cable.cut()
    far.locator("#live-status[data-state=stale]").wait_for(timeout=20_000)
    far.locator("main[data-stale]").wait_for()
    far.wait_for_timeout(3000)
    cut_at = far.evaluate(f"() => {POINTS}.findLast((point) => point.y !== null).x")
    cable.heal()

    far.locator("#live-status[data-state=live]").wait_for(timeout=30_000)
    far.wait_for_function(f"at => {POINTS}.at(-1).x > at + 3", arg=cut_at, timeout=20_000)
    far.wait_for_function(f"() => {POINTS}.every((point) => point.y !== null)", timeout=20_000)
    drawn = far.evaluate(f"() => {POINTS}.map((point) => [point.x, point.y])")
    assert drawn == sorted(drawn)
    assert max(later[0] - earlier[0] for earlier, later in pairwise(drawn)) < 2.5
    context.close()


def test_two_fingers_that_spread_on_a_chart_show_less_of_it(
    page: "Page", browser: "Browser", sessions: Sessions, orders: str
) -> None:
    context = browser.new_context(
        storage_state=sessions["operator"], has_touch=True, viewport={"width": 390, "height": 844}
    )
    phone = context.new_page()
    phone.goto(f"{orders}?range=5m")
    phone.wait_for_function(HAS_FIGURE)
    surface = phone.locator("[data-chart=length] .chart__surface")
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    assert box
    fingers = phone.context.new_cdp_session(phone)

    def touch(kind: str, *shares: float) -> None:
        points = [
            {"x": box["x"] + share * box["width"], "y": box["y"] + box["height"] / 2, "id": number}
            for number, share in enumerate(shares)
        ]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.45, 0.55)
    for spread in (0.1, 0.15, 0.2, 0.25):
        touch("touchMove", 0.5 - spread, 0.5 + spread)
    touch("touchEnd")

    shown = (
        "(({ min, max }) => max - min)(Chart.getChart(document.querySelector('[data-chart=length] canvas')).scales.x)"
    )
    phone.wait_for_function(f"() => {shown} < 150")
    context.close()
