"""An operator breaks a consumer, claims its entries and trims the stream, with clicks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import redis

from tests.browser.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Page

KEY = b"recover <b>\xff"
GROUP = "billing"


@pytest.fixture(scope="module")
def recovery(stack: Stack) -> str:
    """Where the operator pages of the stream begin; it is registered here."""
    pk = stack.shell(
        "from dashboard.models import Server, Stream; from dashboard.core.names import digest;"
        f"key = {KEY!r}; server = Server.objects.first();"
        "print(Stream.objects.get_or_create(server=server, key_digest=digest(key), defaults={'key': key})[0].pk)"
    )
    return f"{stack.url}/admin/dashboard/stream/{pk}"


@pytest.fixture
def broken(stack: Stack) -> "Iterator[redis.Redis]":
    """The stream, whose consumer died with twelve of its thirty entries."""
    with stack.watched.client() as client:
        for number in range(1, 31):
            client.xadd(KEY, {"n": number}, id=f"{number}-1")
        client.xgroup_create(KEY, GROUP, "0")
        client.xreadgroup(GROUP, "dead", {KEY: ">"}, count=12)
        client.xgroup_createconsumer(KEY, GROUP, "alive")
        yield client
        client.delete(KEY)


def owners(client: "redis.Redis") -> list[bytes]:
    rows: list[dict[str, bytes]] = client.xpending_range(KEY, GROUP, "-", "+", 100)  # type: ignore[assignment]
    return [row["consumer"] for row in rows]


def test_claim_and_trim_with_clicks(page: "Page", recovery: str, broken: "redis.Redis") -> None:
    page.goto(f"{recovery}/pending/")
    page.get_by_label("Select 1-1").check()
    page.get_by_label("Select 2-1").check()
    assert page.get_by_text("2 selected").is_visible()
    page.get_by_label("Claim to").select_option(label="alive")
    page.get_by_role("button", name="Preview the claim").click()
    page.get_by_role("button", name="Claim 2 entries for alive").dblclick()
    page.get_by_text("claimed", exact=True).wait_for()
    assert owners(broken).count(b"alive") == 2

    page.get_by_role("link", name="Back to the stream’s recovery").click()
    page.get_by_label("All 12 pending in this group").check()
    page.get_by_role("button", name="Preview acknowledging", exact=True).click()
    page.get_by_role("button", name="Acknowledge 12 entries of billing").click()
    page.get_by_text("acknowledged", exact=True).wait_for()
    assert owners(broken) == []

    page.get_by_role("link", name="Trim", exact=True).click()
    page.get_by_role("button", name="Preview the trim").click()
    page.get_by_label("To confirm, type").fill("wrong")
    page.get_by_role("button", name="Trim 11 entries").click()
    page.get_by_text("Type it exactly as it stands above.").wait_for()
    page.get_by_label("To confirm, type").fill(r"recover <b>\xff")
    page.get_by_role("button", name="Trim 11 entries").click()
    page.get_by_text("removed", exact=True).wait_for()
    assert broken.xlen(KEY) == 19

    page.get_by_role("link", name="Actions", exact=True).click()
    page.get_by_role("link", name="Trim 11 entries").first.click()
    page.get_by_text(r'XTRIM "recover <b>\xff" MINID').first.wait_for()


def test_the_box_for_the_page_selects_the_page(page: "Page", recovery: str, broken: "redis.Redis") -> None:
    page.goto(f"{recovery}/pending/")
    every = page.get_by_label("Select every entry on this page")

    every.check()
    assert page.get_by_text("12 selected").is_visible()
    page.get_by_label("Select 3-1").uncheck()
    assert page.get_by_text("11 selected").is_visible()
    assert every.evaluate("box => box.indeterminate")


def test_typing_an_amount_chooses_the_way_to_trim(page: "Page", recovery: str, broken: "redis.Redis") -> None:
    page.goto(f"{recovery}/trim/")

    page.get_by_label("keep the newest").fill("5")
    page.get_by_label("Also what groups still need").check()
    page.get_by_role("button", name="Preview the trim").click()

    page.get_by_role("button", name="Trim 25 entries").wait_for()
    assert page.get_by_text("billing will never be given 13 entries that it has not read.").is_visible()
    assert page.get_by_text("billing has not acknowledged 12 of these; they become ghosts.").is_visible()


@pytest.mark.parametrize("name", ["pending", "trim"])
def test_a_phone_needs_no_sideways_scrolling(name: str, page: "Page", recovery: str, broken: "redis.Redis") -> None:
    page.set_viewport_size({"width": 390, "height": 844})

    page.goto(f"{recovery}/{name}/")

    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_lists_of_the_admin_show_what_is_so_now(
    page: "Page", stack: Stack, recovery: str, broken: "redis.Redis"
) -> None:
    page.goto(f"{stack.url}/admin/dashboard/stream/?q=recover")
    row = page.locator("#result_list tbody tr").filter(has_text="recover <b>")
    row.locator("[data-what=length]").get_by_text("30", exact=True).wait_for(timeout=30_000)
    assert row.locator("[data-what=lag]").inner_text() == "18"
    broken.xadd(KEY, {"n": 31}, id="31-1")

    row.locator("[data-what=length]").get_by_text("31", exact=True).wait_for()
    row.locator("[data-what=lag]").get_by_text("19", exact=True).wait_for()
    assert row.locator("[data-what=state]").get_attribute("data-state")
