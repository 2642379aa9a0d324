"""Who is told of alerts, in one sitting: a receiver, a test of it, a route, where an alert would go, and one that arrives."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.stack import Stack
from tests.receivers.sinks import Sink, http_sink
from tests.servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

ADMIN = "/admin/dashboard"
_BREACHED = """
from dashboard.models import Threshold
Threshold.objects.create(name="Told", metric="server_memory_bytes", critical_limit=1, labels={"team": "payments"})
"""
_CLEANED = """
from dashboard.models import Alert, Receiver, Route, Threshold
Threshold.objects.filter(name="Told").delete()
Alert.objects.filter(labels__team="payments").delete()
Route.objects.filter(name="Payments").delete()
Receiver.objects.filter(name="on call").delete()
"""


@pytest.fixture
def sink(stack: Stack) -> Iterator[Sink]:
    with http_sink() as found:
        stack.start_notifier()
        yield found
        stack.stop("notifier")
    stack.shell(_CLEANED)


def test_an_administrator_sets_up_who_is_told(administrator_page: "Page", stack: Stack, sink: Sink) -> None:
    page = administrator_page

    makes_a_receiver(page, stack, sink)
    sends_a_test(page, stack, sink)
    makes_a_route(page, stack)
    asks_where_an_alert_would_go(page, stack)
    is_told_and_sends_it_again(page, stack, sink)


def makes_a_receiver(page: "Page", stack: Stack, sink: Sink) -> None:
    page.goto(f"{stack.url}{ADMIN}/receiver/add/")
    page.get_by_label("Name").fill("on call")
    page.get_by_label("Kind").select_option("email")
    assert not page.get_by_label("Signing secret").is_visible()
    page.get_by_label("Subject template").fill("{{ severity }} for {{ receiver }}")
    page.locator(".preview").get_by_text("critical for on call").wait_for()
    page.get_by_label("Subject template").fill("")

    page.get_by_label("Kind").select_option("webhook")
    assert not page.get_by_label("Subject template").is_visible()
    page.get_by_label("Address").fill(sink.url)
    page.get_by_label("Allowed networks").fill("127.0.0.0/8")
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_text("Set: http://127.0.0.1").wait_for()


def sends_a_test(page: "Page", stack: Stack, sink: Sink) -> None:
    page.get_by_role("button", name="Send test").click()
    result = page.locator("[data-test-result]")
    result.get_by_text(re.compile("^delivered")).wait_for()
    assert json.loads(sink.requests[0].body)["receiver"] == "on call"
    assert "Streamgauge-Signature" not in sink.requests[0].headers

    page.get_by_role("button", name="Make a signing secret").click()
    secret = page.locator("[data-secret]").inner_text()
    page.get_by_role("link", name="Back to the receiver").click()
    sink.status = 503
    page.get_by_role("button", name="Send test").click()
    result.get_by_text(re.compile("answered 503")).wait_for()
    assert "Streamgauge-Signature" in sink.requests[1].headers
    assert len(secret) >= 40
    assert secret not in page.content()


def makes_a_route(page: "Page", stack: Stack) -> None:
    page.goto(f"{stack.url}{ADMIN}/route/add/")
    page.get_by_label("Name").fill("Payments")
    page.get_by_label("Position").fill("1")
    page.get_by_label("Label", exact=True).fill("team")
    page.get_by_label("Comparison").select_option("is like")
    page.get_by_label("Value").fill("pay*")
    page.get_by_role("button", name="Add a matcher").click()
    page.get_by_label("Label", exact=True).last.fill("severity")
    page.get_by_label("Value").last.fill("critical")
    page.get_by_text("Nobody is told of the alerts that it takes.").wait_for()
    page.get_by_role("checkbox", name="on call").check()
    page.get_by_role("checkbox", name="server").check()
    page.get_by_label("Wait before the first message").fill("0")
    page.get_by_label("Wait between messages").fill("1 h 30 min")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("cell", name="team is like pay*, severity is critical").wait_for()
    page.get_by_role("button", name="Ask Payments later").click()


def asks_where_an_alert_would_go(page: "Page", stack: Stack) -> None:
    page.get_by_role("link", name="Where would an alert go?").click()
    page.get_by_label("Labels").fill("team=payments\nseverity=critical\nserver=shop")
    page.get_by_role("button", name="Where would it go?").click()

    assert page.get_by_role("heading", name="It goes to on call").is_visible()
    assert page.get_by_role("cell", name="server=shop").is_visible()


def is_told_and_sends_it_again(page: "Page", stack: Stack, sink: Sink) -> None:
    sink.status = 200
    stack.shell(_BREACHED)
    wait_until(lambda: len(sink.requests) > 2, "the notification", timeout=30)
    told = json.loads(sink.requests[2].body)
    assert (told["status"], told["alerts"][0]["labels"]["team"]) == ("firing", "payments")

    page.goto(f"{stack.url}{ADMIN}/notification/")
    page.locator("#result_list tbody th a").first.click()
    wait_until(
        lambda: bool(page.reload() and page.get_by_text("delivered", exact=True).count()), "its fate", timeout=10
    )
    page.get_by_role("button", name="Send again").click()

    wait_until(lambda: len(sink.requests) > 3, "the same once more", timeout=30)
    assert sink.requests[3].headers["Idempotency-Key"] == sink.requests[2].headers["Idempotency-Key"]
    assert sink.requests[3].body == sink.requests[2].body
