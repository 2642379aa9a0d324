"""Entries in a real browser: found by id, time and filter, decoded and folded, masked, followed, one of them in full."""

import gzip
import json
from typing import TYPE_CHECKING

from tests.browser.stack import Stack
from tests.browser.test_look import COLOURS, EVERYTHING, _findings
from tests.browser.test_stream_page import address_of

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

KEY = b"entries \xff<b>"
SECRET = "hunter2-Zq9"
ORDER = {"order": {"id": 17, "items": [1, 2]}, "customer": {"name": "Ann", "password": SECRET}}
HOSTILE = {
    "<img src=x onerror=alert(1)>": "<b>value</b>",
    "rtl": "abc\u202edef",
    b"\xff\0": b"\xff\0\n",
    "big": "x" * 1_000_000,
}


def test_entries_are_found_opened_masked_and_followed(page: "Page", stack: Stack) -> None:
    bodies: list[str] = []
    page.on("response", lambda answer: bodies.append(answer.text()) if "/entries/" in answer.url else None)
    with stack.watched.client() as client:
        client.delete(KEY)
        for number in range(1, 31):
            client.xadd(KEY, {"n": number, "payload": gzip.compress(json.dumps(ORDER).encode())}, id=f"{number}-0")
        client.xadd(KEY, HOSTILE, id="31-0")
    try:
        page.goto(address_of(stack, KEY) + "entries/")
        _walk_pages(page)
        _walk_filter(page)
        _walk_hostile(page)
        _follow(page, stack)
        assert SECRET not in "".join(bodies)
        assert bodies
    finally:
        with stack.watched.client() as client:
            client.delete(KEY)


def found_by_axe(page: "Page") -> list[str]:
    """What axe finds: all of it in the light theme, and what another theme can change in the dark one."""
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    dark = _findings(page, COLOURS)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return dark + _findings(page, EVERYTHING)


def entry(page: "Page", entry_id: str) -> "Locator":
    """The link of an entry in the list."""
    return page.locator(f".entries__id[href$='/{entry_id}/']")


def _walk_pages(page: "Page") -> None:
    entries = page.locator(".entries__item")
    entry(page, "31-0").wait_for()
    assert entries.count() == 20
    page.get_by_role("button", name="Older entries").click()
    entry(page, "11-0").wait_for()
    page.get_by_role("button", name="Newer entries").click()
    entry(page, "31-0").wait_for()
    page.get_by_label("Oldest first").check()
    entry(page, "1-0").wait_for()
    assert "order=oldest" in page.url

    page.get_by_label("First entry id or time").fill("tomorrow")
    page.keyboard.press("Enter")
    page.get_by_text("“tomorrow” is neither an entry id").wait_for()
    assert page.get_by_label("First entry id or time").input_value() == "tomorrow"
    page.get_by_label("First entry id or time").fill("29")
    page.get_by_role("button", name="Show").click()
    entry(page, "31-0").wait_for()
    assert entries.count() == 3
    assert found_by_axe(page) == []


def _walk_filter(page: "Page") -> None:
    page.get_by_label("First entry id or time").fill("")
    page.get_by_label("Filter").fill(f"$.customer.* = {SECRET}")
    page.keyboard.press("Enter")
    page.get_by_text("No entry fits this filter.").wait_for()
    page.get_by_label("Filter").fill("$.order.id = 17 and n > 28")
    page.keyboard.press("Enter")
    page.get_by_text("31 entries were looked at to the end: 2 entries fit.").wait_for()
    page.go_back()
    page.get_by_text("No entry fits this filter.").wait_for()
    page.go_forward()
    entry(page, "30-0").wait_for()

    fold = page.locator(".entries__item .fold > summary").first
    fold.focus()
    page.keyboard.press("Enter")
    page.locator(".tree").get_by_text("masked").wait_for()
    assert "JSON, from gzip" in page.locator(".entries__item").first.inner_text()
    entry(page, "30-0").click()
    page.get_by_role("heading", name="30-0").wait_for()
    page.get_by_role("button", name="As stored").wait_for()
    # What is masked in part has no way to be had as it is stored.
    assert page.get_by_role("button", name="As stored").count() == 1
    assert page.get_by_role("button", name="Copy").count() == 2
    page.go_back()


def _walk_hostile(page: "Page") -> None:
    page.get_by_label("Filter").fill("")
    page.get_by_label("Newest first").check()
    page.get_by_role("link", name="show in full").click()
    page.get_by_role("heading", name="31-0").wait_for()
    page.locator("dd", has_text="abc\\u202edef").wait_for()
    assert page.locator("main img, main b").count() == 0
    page.get_by_role("button", name="As stored").nth(2).click()
    page.locator("pre", has_text="0000  ff 00 0a").nth(1).wait_for()
    assert len(page.locator("dd").last.inner_text()) > 1_000_000
    assert found_by_axe(page) == []
    page.get_by_role("link", name="Entries", exact=True).click()


def _follow(page: "Page", stack: Stack) -> None:
    page.get_by_role("button", name="Follow live").click()
    page.get_by_text("Waiting for new entries.").wait_for()
    page.wait_for_timeout(1200)
    with stack.watched.client() as client:
        pipeline = client.pipeline(transaction=False)
        for number in range(1000, 1500):
            pipeline.xadd(KEY, {"n": number}, id=f"{number}-0")
        pipeline.execute()
    entry(page, "1499-0").wait_for()
    page.get_by_text("skipped 480 entries to keep up.").wait_for()
    assert page.locator(".entries__item:visible").count() == 20

    page.set_viewport_size({"width": 390, "height": 500})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.get_by_text("Paused while you read further down").wait_for()
    page.evaluate("window.scrollTo(0, 0)")
    page.get_by_role("button", name="Stop following").click()
    page.get_by_role("button", name="Follow live").wait_for()
