"""The wallboard in a real browser: by a link, with no account, until the link ends."""

from typing import TYPE_CHECKING

from tests.browser.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = b"wall <b>x</b>\xff"


def test_a_screen_shows_the_view_of_its_link_and_says_so_when_the_link_ends(
    anonymous_page: "Page", stack: Stack
) -> None:
    page = anonymous_page
    make = "WallLink.objects.create(name='kitchen', view='q=wall').token"
    token = stack.shell(f"from dashboard.models import WallLink\nprint({make})").split()[-1]
    with stack.watched.client() as client:
        client.xadd(HOSTILE, {"n": "1"})
        try:
            page.goto(f"{stack.url}/wall/{token}/")
            page.locator(".wall__name").get_by_text("wall <b>x</b>\\xff").wait_for(timeout=30_000)
            page.locator("#live-status[data-state=live]").wait_for()
            page.locator("#servers").get_by_text("stream").wait_for()
            assert page.locator("a, button, input").count() == 0

            stack.shell("from dashboard.models import WallLink\nWallLink.objects.all().delete()")

            page.get_by_text("does not open the wallboard any more").wait_for(timeout=30_000)
        finally:
            client.delete(HOSTILE)
