"""Alerts in a real browser: they come by themselves, ring once, are taken by keys alone, and silenced with their mutes in sight."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.stack import Stack
from tests.browser.test_look import DESK, EVERYTHING, PHONE, _findings
from tests.servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

THRESHOLD = """
from dashboard.models import Threshold
Threshold.objects.create(name="Walk", metric="length", critical_limit=5, key_pattern="walk:*", labels={"team": "walkers"})
"""
GONE = """
from dashboard.models import Alert, Silence, Threshold
Threshold.objects.filter(name="Walk").delete()
Alert.objects.filter(title__contains="walk:").delete()
Silence.objects.all().delete()
"""
# Browsers without a screen show no notifications: what would be shown is written down instead.
LISTENING = """
window.shown = [];
window.Notification = class { constructor(title) { window.shown.push(title); } addEventListener() {} close() {} };
window.Notification.permission = "granted";
localStorage.setItem("bell-notify", "on");
"""


@pytest.fixture
def threshold(stack: Stack) -> Iterator[None]:
    """Streams `walk:*` may hold five entries."""
    _fill(stack, "walk:a", "walk:b", entries=1)  # discovered meanwhile
    stack.shell(THRESHOLD)
    yield
    with stack.watched.client() as client:
        client.delete("walk:a", "walk:b")
    stack.shell(GONE)


def _fill(stack: Stack, *keys: str, entries: int = 6) -> None:
    with stack.watched.client() as client:
        for key in keys * entries:
            client.xadd(key, {"number": 1})


def test_an_alert_comes_by_itself_is_taken_and_silenced(page: "Page", stack: Stack, threshold: None) -> None:
    page.context.add_init_script(LISTENING)
    page.goto(f"{stack.url}/alerts/?q=walk:")
    other = page.context.new_page()
    other.goto(f"{stack.url}/alerts/?state=acknowledged&q=walk:")
    page.evaluate("window.isSame = true")

    _fill(stack, "walk:a")
    row = page.locator("#alert-rows tr", has_text="walk:a")
    expect(row).to_contain_text("open", timeout=30_000)
    wait_until(lambda: bool(_shown(page, other)), "the notification", timeout=10)

    _is_selected_while_another_waits(page, stack)
    wait_until(lambda: len(_shown(page, other)) > 1, "the other notification", timeout=10)
    shown = _shown(page, other)
    assert len(set(shown)) == len(shown) == 2, shown  # one for each alert, whatever the number of tabs
    _is_taken_by_keys(page)
    expect(other.locator("#alert-rows tr")).to_contain_text("acknowledged by operator: on it")  # heard live
    _is_silenced_with_what_it_mutes_in_sight(page)
    assert re.match(r"\(\d+\) ", page.title())


def _shown(*pages: "Page") -> list[str]:
    return [title for page in pages for title in page.evaluate("window.shown")]


def _is_selected_while_another_waits(page: "Page", stack: Stack) -> None:
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#alert-bulk-count")).to_have_text("1 selected")
    _fill(stack, "walk:b")
    expect(page.get_by_role("button", name="1 more: show")).to_be_visible(timeout=30_000)
    expect(page.locator("#alert-rows tr")).to_have_count(1)  # nothing moves below what is pointed at
    assert page.evaluate("window.isSame"), "the page was not loaded anew"


def _is_taken_by_keys(page: "Page") -> None:
    page.keyboard.press("a")
    page.keyboard.type("on it")
    assert _findings(page, EVERYTHING) == []
    page.keyboard.press("Enter")
    page.get_by_text("Acknowledged: length of walk:a").wait_for()
    expect(page.locator("#alert-rows tr")).to_have_count(2)
    expect(page.locator("#alert-rows tr", has_text="walk:a")).to_contain_text("acknowledged by operator: on it")


def _is_silenced_with_what_it_mutes_in_sight(page: "Page") -> None:
    page.get_by_role("link", name=re.compile("length of walk:a")).click()
    page.wait_for_function(
        "() => globalThis.Chart?.getChart(document.querySelector('[data-chart=length] canvas'))?.$frame.spans.length"
    )
    page.get_by_text("Its story").wait_for()
    page.wait_for_load_state("networkidle")
    assert _findings(page, EVERYTHING) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size(DESK)

    # Whoever types before the page's script is there is heard as well.
    late: list[Route] = []
    page.route("**/pages/silence*.js", lambda route: late.append(route))
    with page.expect_request("**/pages/silence*.js"):
        page.get_by_role("link", name="Silence …").click(no_wait_after=True)
    page.get_by_text("Mutes 1 of").wait_for()
    stream = page.locator("[data-matcher]", has=page.locator("[value=stream]"))
    stream.get_by_label("Comparison").select_option("~")
    stream.get_by_label("Value").fill("walk:*")
    late[0].continue_()
    page.get_by_text("Mutes 2 of").wait_for()
    page.get_by_label("Reason").fill("a walk")
    page.get_by_role("button", name="Silence 2 alerts").click()
    page.wait_for_url(re.compile(r"/silences/\?state=active#silence-\d+"))
    expect(page.locator("tr", has_text="a walk")).to_contain_text("stream is like walk:*")
