"""Each wizard of recovery, walked with clicks: backup and restore, dead consumers, poison, ghosts, replay, and a second pair of eyes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import redis

from dashboard.core.names import to_slug
from tests.browser.stack import Stack
from tests.browser.test_recovery import GROUP, KEY, broken, owners, recovery

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["broken", "recovery"]
TYPED = r"recover <b>\xff"


def plan(page: "Page") -> None:
    """From the question to the plan."""
    page.get_by_role("button", name="Make the plan").click()


def confirm(page: "Page", name: str) -> None:
    """Carries the plan out, and waits for its result."""
    page.get_by_role("button", name=name).click()
    page.locator("#result [data-state=done]").wait_for()


def test_a_stream_is_backed_up_deleted_and_restored(page: "Page", recovery: str, broken: "redis.Redis") -> None:
    page.goto(f"{recovery}/recover/")
    page.get_by_role("link", name="Back the stream up").click()
    plan(page)
    confirm(page, "Back up 30 entries")
    before = broken.xrange(KEY)
    broken.delete(KEY)

    page.goto(f"{recovery}/backups/")
    page.get_by_role("link", name="Restore").first.click()
    plan(page)
    page.get_by_text("compared with the file, and put in its place").wait_for()
    confirm(page, "Restore a stream of 30 entries")
    page.get_by_text("30 entries, all as they were").wait_for()
    assert broken.xrange(KEY) == before
    assert set(owners(broken)) == {b"dead"}


def test_a_dead_consumer_is_removed_and_its_entries_live_on(page: "Page", recovery: str, broken: "redis.Redis") -> None:
    page.goto(f"{recovery}/recover/")
    page.get_by_role("link", name="Remove a dead consumer").click()
    page.get_by_label("Consumer", exact=True).select_option(
        label=page.locator("option", has_text="dead (12").first.inner_text()
    )
    page.get_by_label("Its pending entries go to").select_option(index=2)
    plan(page)
    page.locator(".receipt button[type=submit]").click()
    page.locator("#result [data-state=done]").wait_for()
    assert set(owners(broken)) == {b"alive"}
    names = [row["name"] for row in broken.xinfo_consumers(KEY, GROUP)]
    assert names == [b"alive"]


def test_poison_moves_away_and_is_replayed(page: "Page", recovery: str, broken: "redis.Redis") -> None:
    broken.xclaim(KEY, GROUP, "dead", 0, ["1-1", "2-1"], retrycount=9, justid=True)
    page.goto(f"{recovery}/recover/dead_letter/")
    page.get_by_label("Dead-letter stream").fill("poison")
    plan(page)
    confirm(page, "Move 2 entries to poison")
    assert broken.xlen("poison") == 2

    page.goto(f"{recovery}/recover/replay/")
    page.get_by_label("From", exact=True).fill("29-1")
    page.get_by_label("To the stream").fill("poison")
    plan(page)
    confirm(page, "Replay 2 entries to poison")
    assert broken.xlen("poison") == 4
    broken.delete("poison")


def test_a_group_that_fell_behind_a_trim_goes_on_from_what_is_left(
    page: "Page", recovery: str, broken: "redis.Redis"
) -> None:
    broken.xtrim(KEY, minid="15-1", approximate=False)
    page.goto(f"{recovery}/group/?group={to_slug(GROUP.encode())}")
    page.get_by_role("heading", name="It fell behind a trim").wait_for()
    page.get_by_text("The last to ask for entries was").wait_for()
    page.get_by_text("entries from there").wait_for()
    page.get_by_role("link", name="Go on from the first entry that is left").click()
    plan(page)
    page.locator(".receipt button[type=submit]").click()
    page.locator("#result [data-state=done]").wait_for()
    broken.xreadgroup(GROUP, "alive", {KEY: ">"})
    given: Any = broken.xpending_range(KEY, GROUP, "13-1", "+", 100, "alive")
    assert [row["message_id"] for row in given] == [b"%d-1" % number for number in range(15, 31)]


def test_ghosts_are_purged(page: "Page", recovery: str, broken: "redis.Redis") -> None:
    broken.xdel(KEY, "3-1")
    page.goto(f"{recovery}/recover/purge_ghosts/")
    plan(page)
    confirm(page, "Purge 1 ghost")
    assert len(owners(broken)) == 11


@pytest.fixture
def strict(stack: Stack) -> Iterator[None]:
    """The server wants another operator's approval for everything."""
    stack.shell("from dashboard.models import Server; Server.objects.update(approval='always')")
    yield
    stack.shell("from dashboard.models import Server; Server.objects.update(approval='never')")


def test_one_asks_another_approves_and_the_first_sees_it_happen(
    stack: Stack, page: "Page", administrator_page: "Page", recovery: str, broken: "redis.Redis", strict: None
) -> None:
    page.goto(f"{recovery}/recover/create_consumer/")
    page.get_by_label("Name").fill("new one")
    plan(page)
    page.get_by_text("somebody else looks at this first").wait_for()
    page.get_by_role("button", name="Ask for approval").click()
    page.get_by_role("button", name="Withdraw").wait_for()

    theirs = administrator_page
    theirs.goto(f"{stack.url}/admin/streams_admin/approval/")
    theirs.get_by_role("link", name="Create the consumer").first.click()
    theirs.get_by_label("Comment").fill("go")
    theirs.get_by_role("button", name="Approve and carry out").click()
    theirs.get_by_text("Approved by administrator").wait_for()

    page.get_by_text("Approved by administrator").wait_for(timeout=10_000)
    assert b"new one" in [row["name"] for row in broken.xinfo_consumers(KEY, GROUP)]
