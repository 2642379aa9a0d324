"""What every page has around it, on one walk: keys, search, colours, density, zone and language."""

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.stack import Stack
from tests.browser.test_look import COLOURS, EVERYTHING, _findings
from tests.servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = b"frame:<script>alert('x')</script>"
GROUND = "getComputedStyle(document.documentElement).backgroundColor"


def test_the_frame_can_be_used_by_keyboard_and_keeps_what_was_chosen(administrator_page: "Page", stack: Stack) -> None:
    page = administrator_page
    with stack.watched.client() as redis:
        redis.xadd(HOSTILE, {b"a": b"1"})
        redis.xgroup_create(HOSTILE, b"frame-group", id="0")
    try:
        _keys_lead_and_can_be_switched_off(page, stack)
        _the_look_is_kept_for_our_pages_and_the_admin(page, stack)
        _zone_and_language_are_those_that_were_chosen(page, stack)
        _the_search_finds_hostile_names(page, stack)  # last: the sampler has found the stream meanwhile
    finally:
        with stack.watched.client() as redis:
            redis.delete(HOSTILE)


def _keys_lead_and_can_be_switched_off(page: "Page", stack: Stack) -> None:
    page.goto(f"{stack.url}/alerts/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert _findings(page, EVERYTHING) == []
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.locator("#you summary").press("Enter")
    assert _findings(page, EVERYTHING) == []
    page.get_by_label("Shortcuts of a single key").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    page.evaluate("localStorage.removeItem('keys')")
    page.reload()

    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url(f"{stack.url}/")
    page.keyboard.press("/")
    page.keyboard.type("ga?")  # in a field these are letters
    assert page.locator(":focus").input_value() == "ga?"


def _the_search_finds_hostile_names(page: "Page", stack: Stack) -> None:
    found = page.locator("#search [role=option]")

    def sought() -> bool:
        page.goto(f"{stack.url}/alerts/")
        page.keyboard.press("Control+k")
        page.keyboard.type("frame-gro")
        page.wait_for_timeout(500)
        return found.count() > 0

    wait_until(sought, "the group to be found", timeout=60)
    assert _findings(page, EVERYTHING) == []
    page.keyboard.press("Control+a")
    page.keyboard.type("frame:<script")
    expect(found.first.locator("mark")).to_have_text("frame:<script")
    expect(found.first).to_contain_text("frame:<script>alert('x')</script>")
    field = page.get_by_role("combobox", name="Search")
    assert field.get_attribute("aria-activedescendant") == found.first.get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/streams/[0-9]+/$"))
    page.keyboard.press("Control+k")
    expect(found.first).to_contain_text("alert")  # what was opened last
    page.keyboard.press("Escape")


def _the_look_is_kept_for_our_pages_and_the_admin(page: "Page", stack: Stack) -> None:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")  # no colour on its way to another
    page.goto(f"{stack.url}/alerts/")
    light = page.evaluate(GROUND)
    page.locator("#you summary").click()
    page.get_by_role("radio", name="dark", exact=True).check(force=True)
    assert page.evaluate(GROUND) != light
    page.get_by_role("radio", name="dense").check(force=True)
    page.goto(f"{stack.url}/admin/")
    kept = page.locator("html").evaluate("html => [html.dataset.theme, html.dataset.density]")
    assert kept == ["dark", "dense"]
    page.locator("#you summary").click()
    page.get_by_role("radio", name="contrast").check(force=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert _findings(page, COLOURS) == [], scheme
    page.evaluate("localStorage.clear()")


def _zone_and_language_are_those_that_were_chosen(page: "Page", stack: Stack) -> None:
    page.goto(f"{stack.url}/alerts/")
    zone = page.locator("#foot-zone")
    zone.focus()
    with page.expect_navigation():
        zone.select_option("Asia/Kolkata")
    expect(zone.locator("option:checked")).to_have_text("Asia/Kolkata")
    page.locator("#you summary").click()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("link", name="Übersicht")).to_be_visible()
    page.context.clear_cookies(name="django_language")
    page.context.clear_cookies(name="zone")
