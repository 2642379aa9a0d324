"""The whole job of an operator, in one sitting: watch, set a threshold, be alerted, claim, trim, read who did what."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import redis
from playwright.sync_api import expect

from tests.browser.stack import Stack
from tests.servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

KEY = b"job:payments"
GROUP = b"billing"


@pytest.fixture
def broken(stack: Stack) -> Iterator["redis.Redis"]:
    """A stream with a group of two consumers: w-1 took forty entries and died, w-2 is alive and has none."""
    with stack.watched.client() as client:
        client.xgroup_create(KEY, GROUP, "0", mkstream=True)
        for number in range(100):
            client.xadd(KEY, {"payment": number})
        client.xreadgroup(GROUP, b"w-0", {KEY: ">"}, count=30)
        client.xack(KEY, GROUP, *[entry_id for entry_id, _ in client.xrange(KEY, count=30)])
        client.xreadgroup(GROUP, b"w-1", {KEY: ">"}, count=40)
        client.xgroup_createconsumer(KEY, GROUP, b"w-2")
        yield client
        client.delete(KEY)


def stream_id(stack: Stack) -> int:
    """The registry's id of the stream, as soon as it was discovered."""
    code = f"from dashboard.models import Stream\nfor s in Stream.objects.filter(key={KEY!r}): print(s.pk)"
    wait_until(lambda: bool(stack.shell(code)), f"{KEY!r} in the registry", timeout=30)
    return int(stack.shell(code))


def test_an_operator_does_the_whole_job_in_the_browser(
    administrator_page: "Page", stack: Stack, broken: "redis.Redis"
) -> None:
    page, pk = administrator_page, stream_id(stack)

    watches(page, stack, pk, broken)
    is_alerted(page, stack, broken)
    claims(page, stack, pk, broken)
    trims(page, stack, pk, broken)
    reads_who_did_what(page, stack)


def watches(page: "Page", stack: Stack, pk: int, producer: "redis.Redis") -> None:
    page.goto(f"{stack.url}/")
    row = page.locator(f'[data-stream="{pk}"]')
    row.locator("[data-cell=length]").get_by_text("100", exact=True).wait_for()

    producer.xadd(KEY, {"payment": "one more"})

    row.locator("[data-cell=length]").get_by_text("101", exact=True).wait_for()
    assert row.locator("[data-cell=lag]").inner_text() == "31"
    assert row.locator("[data-cell=pending]").inner_text() == "40"


def is_alerted(page: "Page", stack: Stack, worker: "redis.Redis") -> None:
    page.goto(f"{stack.url}/admin/dashboard/threshold/add/")
    page.get_by_label("Name").fill("Billing waits")
    page.locator("#id_metric").select_option("lag")
    page.locator("#id_warning_limit").fill("25")
    page.locator("#id_key_pattern").fill("job:*")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(f"{stack.url}/alerts/")
    alert = page.locator("main").get_by_text(re.compile("lag of billing", re.IGNORECASE)).first
    wait_until(lambda: bool(page.reload() and alert.count()), "the alert", timeout=20)

    worker.xreadgroup("billing", "w-2", {KEY: ">"}, count=20)

    code = "from dashboard.models import Alert; print(Alert.objects.open().filter(threshold__name='Billing waits').count())"
    wait_until(lambda: stack.shell(code) == "0", "the end of the alert", timeout=20)
    worker.xack(KEY, GROUP, *[row["message_id"] for row in worker.xpending_range(KEY, GROUP, "-", "+", 50, b"w-2")])


def claims(page: "Page", stack: Stack, pk: int, client: "redis.Redis") -> None:
    page.goto(f"{stack.url}/admin/dashboard/stream/{pk}/pending/")
    page.locator("[data-everything]").check()
    page.get_by_label("Claim to").select_option(label="w-2")
    page.get_by_role("button", name="Preview the claim").click()
    page.get_by_role("button", name=re.compile("Claim 40 entries")).click()
    page.get_by_role("region", name="Result").wait_for()

    owners = {row["consumer"] for row in client.xpending_range(KEY, GROUP, "-", "+", 100)}
    assert owners == {b"w-2"}


def trims(page: "Page", stack: Stack, pk: int, client: "redis.Redis") -> None:
    client.xack(KEY, GROUP, *[row["message_id"] for row in client.xpending_range(KEY, GROUP, "-", "+", 25)])
    page.goto(f"{stack.url}/admin/dashboard/stream/{pk}/trim/")
    page.get_by_label("Safe").check()
    page.get_by_role("button", name="Preview the trim").click()
    page.get_by_label("To confirm, type").fill(KEY.decode())
    page.get_by_role("button", name=re.compile("^Trim")).click()
    page.get_by_role("region", name="Result").wait_for()

    # 30 + 25 were acknowledged in order; the oldest still pending holds the rest.
    assert client.xlen(KEY) == 101 - 55
    assert client.xpending(KEY, GROUP)["pending"] == 15


def reads_who_did_what(page: "Page", stack: Stack) -> None:
    page.goto(f"{stack.url}/actions/")
    rows = [" ".join(row.split()).lower() for row in page.locator("main tbody tr").all_inner_texts()]

    assert rows[0].startswith("trim 55 entries done job:payments watched administrator")
    assert rows[1].startswith("claim 40 entries for w-2 done job:payments watched administrator")


def test_a_session_that_ends_ends_the_live_view(anonymous_page: "Page", stack: Stack, broken: "redis.Redis") -> None:
    page = anonymous_page
    stack.sign_in(page)
    with closing(page.context.new_page()) as other:
        other.goto(f"{stack.url}/")
        live = other.locator("#live-status")
        expect(live).to_have_attribute("data-state", "live")

        page.locator("summary, button").filter(has_text="operator").first.click()
        page.get_by_role("button", name="Sign out").click()

        # Not by an expression to evaluate again and again: the page's policy refuses that from the second time on.
        expect(live).not_to_have_attribute("data-state", "live", timeout=15_000)
