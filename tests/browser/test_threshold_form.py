"""A threshold is set in the browser: the form follows the metric, says what it matches, is tried on the past, and saved."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import redis

from tests.browser.stack import Stack
from tests.servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

KEY = b"set:payments"


@pytest.fixture
def stream(stack: Stack) -> Iterator["redis.Redis"]:
    """A stream of fifty entries with a group that has read none, seen by the sampler."""
    with stack.watched.client() as client:
        for number in range(50):
            client.xadd(KEY, {"payment": number})
        client.xgroup_create(KEY, "billing", "0")
        code = f"from dashboard.models import Stream; print(Stream.objects.filter(key={KEY!r}).exists())"
        wait_until(lambda: stack.shell(code) == "True", "the stream in the registry", timeout=30)
        yield client
        client.delete(KEY)
    stack.shell("from dashboard.models import Threshold; Threshold.objects.filter(name='Set here').delete()")


def test_a_threshold_is_edited_looked_at_tried_and_saved(
    administrator_page: "Page", stack: Stack, stream: "redis.Redis"
) -> None:
    page = administrator_page
    page.goto(f"{stack.url}/admin/dashboard/threshold/add/")
    page.get_by_label("Name").fill("Set here")

    page.locator("#id_metric").select_option("server_memory_percent")
    page.locator("#id_key_pattern").wait_for(state="hidden")
    page.locator("#id_metric").select_option("lag")
    page.locator("#id_key_pattern").fill("set:*")
    page.locator("#id_warning_limit").fill("20")
    page.locator("#id_hold_s").fill("90 min")
    found = page.get_by_role("region", name="What it finds")
    found.get_by_text("It matches 1 group · 1 stream now: billing · set:payments.").wait_for()
    found.get_by_text("Worst now: 50").wait_for()
    page.locator(".field-hold_s").get_by_text(re.compile("= 1.h 30.min")).wait_for()

    page.locator("#id_critical_limit").fill("10")
    page.get_by_text("The critical limit must be above the warning limit").wait_for()
    page.locator("#id_critical_limit").fill("")
    page.locator("#id_hold_s").fill("0")

    tried = page.get_by_role("region", name="Try it on the past").first
    tried.get_by_role("combobox").select_option(label="hour")
    tried.get_by_role("button", name="Try it").click()
    tried.get_by_text("This would have opened 1 alert in the last hour.").wait_for()
    tried.get_by_role("button", name=re.compile("billing")).wait_for()
    tried.get_by_role("img", name=re.compile("billing.*1 alert")).wait_for()

    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("It matches 1 group · 1 stream now").wait_for()
    code = "from dashboard.models import Threshold as T; t = T.objects.get(name='Set here'); print(t.warning_limit, t.hold_s)"
    assert stack.shell(code) == "20.0 0.0"
