"""The page of a stream in a real browser: it moves, shows gaps, says what is wrong, and survives hostile names."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import redis

from tests.browser.stack import Stack
from tests.servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

POINTS = "Chart.getChart(document.querySelector('[data-chart=length] canvas')).data.datasets[0].data"
HOSTILE = b"<b>\"'\xff</script><img src=x onerror=alert(1)>\n"


@contextmanager
def adding(stack: Stack, key: bytes, *, a_second: int = 20) -> Iterator[None]:
    """A producer and a group that reads a little less than comes."""
    stop = threading.Event()

    def work() -> None:
        with stack.watched.client() as client:
            while not stop.wait(1 / a_second):
                # A test may pause the server or delete the group; the producer goes on after that.
                with suppress(redis.RedisError):
                    client.xadd(key, {"<i>field</i>": "<b>value</b>", "order": "1"})
                    client.xreadgroup("billing", "w-1", {key: ">"}, count=1)

    with stack.watched.client() as client:
        client.xgroup_create(key, "billing", "0", mkstream=True)
        client.xgroup_create(key, HOSTILE, "0")
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        with stack.watched.client() as client:
            client.delete(key)


def address_of(stack: Stack, key: bytes) -> str:
    """The page's address, as soon as the stream is registered."""
    code = f"from dashboard.models import Stream\nfor s in Stream.objects.filter(key={key!r}): print(s.pk)"
    found: list[str] = []

    def registered() -> bool:
        found[:] = stack.shell(code).split()
        return bool(found)

    wait_until(registered, f"{key!r} in the registry", timeout=30)
    return f"{stack.url}/streams/{found[0]}/"


def number(text: str) -> float:
    """What a figure on the page says, without thin spaces and units."""
    found = re.search(r"[\d.]+", text.replace("\u202f", ""))
    assert found, text
    return float(found[0])


def chart(page: "Page", name: str) -> "Page":
    return page.locator(f'[data-chart="{name}"]')  # type: ignore[return-value]


@pytest.fixture
def key(request: pytest.FixtureRequest) -> bytes:
    """A key that no other test has a past with."""
    return f"browser:{request.node.name}".encode()


@pytest.fixture
def own_orders(stack: Stack, key: bytes) -> Iterator[str]:
    """The address of a stream that moves, for a test that breaks it."""
    with adding(stack, key):
        yield address_of(stack, key)


@pytest.fixture(scope="module")
def orders(stack: Stack) -> Iterator[str]:
    """The address of a stream that moves, and has a past from the second test on."""
    with adding(stack, b"browser:orders"):
        yield address_of(stack, b"browser:orders")


def test_the_charts_move_and_the_numbers_with_them(page: "Page", orders: str) -> None:
    page.goto(orders)
    length = chart(page, "length").locator(".key b")
    page.wait_for_function("() => /\\d/.test(document.querySelector('[data-chart=length] .key b')?.textContent)")
    before = number(length.inner_text())

    page.wait_for_timeout(2500)

    assert number(length.inner_text()) >= before + 20
    assert page.locator("#live-status").inner_text().lower() == "live"
    drawn = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)"
    assert page.locator("[data-chart=length] canvas").evaluate(drawn)


def test_samples_from_before_the_page_was_opened_are_there(page: "Page", orders: str) -> None:
    page.wait_for_timeout(4000)
    page.goto(orders)
    page.locator("[data-chart=length] .key b").wait_for()
    page.wait_for_timeout(4500)

    page.get_by_label("Length: take away", exact=True).click()
    chart(page, "length").get_by_role("button", name="Table").click()

    said = page.locator("[data-chart=length] canvas").get_attribute("aria-label") or ""
    first, last = number(said.split("least")[1]), number(said.split("most")[1])
    assert last - first > 100, said
    assert 3 <= page.locator("#chart-length-table tbody tr").count() <= 60


def test_hostile_names_are_text_and_a_group_opens_to_its_consumers_and_entries(page: "Page", orders: str) -> None:
    page.goto(orders)

    page.locator(".groups__toggle", has_text="billing").click()
    page.locator(".groups__toggle", has_text="<b>").click()

    details = page.locator(".groups__details").filter(has_text="w-1")
    details.get_by_role("cell", name="w-1").first.wait_for()
    page.get_by_text("No consumer has read through this group yet.").wait_for()
    page.locator("#entries").scroll_into_view_if_needed()
    page.locator("#entries").get_by_text("<b>value</b>").first.wait_for()
    assert page.locator("main img, main i, #groups b").count() == 0


def test_pending_entries_come_page_by_page(page: "Page", stack: Stack, own_orders: str, key: bytes) -> None:
    page.goto(own_orders)
    page.wait_for_timeout(4000)
    page.locator(".groups__toggle", has_text="billing").click()
    page.get_by_role("button", name="Next 50").click()
    page.get_by_role("button", name="First page").wait_for()

    rows = page.locator("[aria-label='Pending entries of billing'] tbody tr")
    assert rows.count() >= 1
    with stack.watched.client() as client:
        client.xgroup_destroy(key, "billing")
    page.get_by_role("button", name="First page").click()

    page.get_by_text("The group is gone.").first.wait_for()


def test_a_finding_says_what_is_wrong_and_leads_to_its_remedy(
    page: "Page", stack: Stack, own_orders: str, key: bytes
) -> None:
    with stack.watched.client() as client:
        client.xgroup_create(key, "index", "0")
        client.xreadgroup("index", "w <3>", {key: ">"}, count=9)
        first, second, *_ = client.xpending_range(key, "index", "-", "+", 9)
        client.xclaim(key, "index", "w <3>", 0, [second["message_id"]], idle=400_000, retrycount=12)
        client.xdel(key, first["message_id"])
    page.goto(own_orders)
    page.locator("#groups").get_by_role("button", name="index").click()

    details = page.locator(".groups__details").filter(has_text="What is pending")
    details.get_by_text("1 pending entry no longer exists.").wait_for()
    details.get_by_text("was delivered 12 times, last to w <3>.").wait_for()
    assert "alive" in details.get_by_role("row").filter(has_text="w <3>").first.inner_text()
    details.locator(".survey__table").get_by_role("row", name=re.compile("5.min – 15.min.*1")).wait_for()
    details.get_by_role("link", name="Show them").click()

    page.wait_for_url(re.compile("/pending/.*deliveries=5"))
    rows = page.locator("table tbody tr")
    assert rows.count() == 1
    assert second["message_id"].decode() in rows.inner_text()


def test_who_may_not_see_payloads_gets_none(anonymous_page: "Page", stack: Stack, orders: str) -> None:
    answers: list[Response] = []
    stack.sign_in(anonymous_page, "viewer")
    anonymous_page.on("response", lambda answer: answers.append(answer) if "/entries/" in answer.url else None)
    anonymous_page.goto(orders)

    anonymous_page.locator("#entries").scroll_into_view_if_needed()
    anonymous_page.locator("#entries").get_by_text("hidden").first.wait_for()

    bodies = [answer.text() for answer in answers]
    assert bodies
    assert not any("value" in body for body in bodies)


def test_a_lag_is_measured_and_a_stream_replaced_by_a_string_is_named_so_and_comes_back(
    page: "Page", stack: Stack, key: bytes
) -> None:
    with stack.watched.client() as client:
        client.xadd(key, {"a": "1"})
        page.goto(address_of(stack, key))
        page.get_by_text("No consumer group reads this stream.").first.wait_for()
        measures_exactly(page, client, key)
        client.set(key, "a string")

        page.get_by_text("no longer holds a stream").wait_for()

        client.delete(key)
        page.get_by_text("There is no such key").wait_for()
        client.xadd(key, {"a": "1"})
        page.locator("#stream-state[data-state=ok]").wait_for()
        client.delete(key)


def measures_exactly(page: "Page", client: "redis.Redis", key: bytes) -> None:
    """Of a group whose lag the server does not know, because an entry ahead of it was deleted."""
    first, *_, gone, _ = [client.xadd(key, {"a": "2"}) for _ in range(9)]
    client.xgroup_create(key, "billing", first)
    client.xdel(key, gone)
    assert client.xinfo_groups(key)[0]["lag"] is None

    page.locator("#groups").get_by_role("button", name="billing").click()
    # One stands above the findings, and one is the remedy of a lag that is not known.
    page.get_by_role("button", name="Measure exactly").first.click()

    said = page.get_by_text(re.compile(r"Lag 7: Counted entry by entry")).first
    said.wait_for()
    assert re.search(r"It took \d+ commands, .+ and .+ms of the server\.", said.inner_text()), said.inner_text()


def test_a_paused_server_is_said_to_be_down_and_the_gap_stays_in_the_chart(
    page: "Page", stack: Stack, orders: str
) -> None:
    page.goto(orders)
    page.wait_for_function("() => /\\d/.test(document.querySelector('[data-chart=length] .key b')?.textContent)")
    stack.watched.pause()
    try:
        page.locator("#stream-state[data-state=down]").wait_for()
        page.get_by_text("stale since").wait_for()
        last = chart(page, "length").locator(".key b").inner_text()
        assert number(last) > 0
    finally:
        stack.watched.resume()

    page.locator("#stream-state:not([data-state=down])").wait_for()
    page.get_by_text("a sample every").wait_for()
    page.wait_for_timeout(1500)
    assert page.locator("main[data-stale]").count() == 0


def test_a_web_server_that_restarts_leaves_no_gap(page: "Page", stack: Stack, own_orders: str) -> None:
    page.goto(f"{own_orders}?range=5m")
    page.wait_for_function("() => /\\d/.test(document.querySelector('[data-chart=length] .key b')?.textContent)")
    stack.stop("web")
    page.locator("#live-status[data-state=connecting], #live-status[data-state=offline]").wait_for()
    page.wait_for_timeout(5000)
    stack.start_web()

    page.locator("#live-status[data-state=live]").wait_for(timeout=30_000)
    page.wait_for_function(f"() => {POINTS}.every((point) => point.y !== null)", timeout=20_000)

    drawn = page.evaluate(f"() => {POINTS}.map((point) => [point.x, point.y])")
    assert drawn == sorted(drawn)
    assert max(later[0] - earlier[0] for earlier, later in pairwise(drawn)) < 2.5


def test_a_page_that_slept_past_the_servers_patience_has_every_point_when_it_wakes(
    page: "Page", own_orders: str
) -> None:
    page.goto(f"{own_orders}?range=5m")
    page.wait_for_function("() => /\\d/.test(document.querySelector('[data-chart=length] .key b')?.textContent)")
    session = page.context.new_cdp_session(page)
    before = page.evaluate(f"() => {POINTS}.at(-1).x")

    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    time.sleep(18)  # the server closes a socket that acknowledges nothing for 15 s
    session.send("Page.setWebLifecycleState", {"state": "active"})

    page.wait_for_function(f"before => {POINTS}.at(-1).x > before + 17", arg=before, timeout=30_000)
    page.wait_for_function(f"() => {POINTS}.every((point) => point.y !== null)", timeout=20_000)
    drawn = page.evaluate(f"() => {POINTS}.map((point) => [point.x, point.y])")
    assert drawn == sorted(drawn)
    assert max(later[0] - earlier[0] for earlier, later in pairwise(drawn)) < 2.5
    assert page.locator("#live-status").get_attribute("data-state") == "live"


def test_a_limit_is_drawn_where_a_threshold_is_set(page: "Page", stack: Stack, orders: str) -> None:
    make = "Threshold.objects.create(name='browser', metric='length', warning_limit=7, key_pattern='browser:*')"
    stack.shell(f"from dashboard.models import Threshold\n{make}")
    try:
        page.goto(orders)
        page.wait_for_function("() => /\\d/.test(document.querySelector('[data-chart=length] .key b')?.textContent)")
        drawn = page.evaluate(
            "() => Chart.getChart(document.querySelector('[data-chart=length] canvas')).$frame.thresholds"
        )
        assert [limit["words"] for limit in drawn] == ["warning above 7"]
    finally:
        stack.shell("from dashboard.models import Threshold\nThreshold.objects.filter(name='browser').delete()")


def test_a_phone_scrolls_in_one_direction_only(page: "Page", orders: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(orders)
    page.locator(".groups__toggle", has_text="billing").click()
    page.wait_for_timeout(1500)

    width = page.evaluate("() => document.documentElement.scrollWidth")

    assert width <= 390


def test_a_day_is_drawn_as_means_in_a_band_and_the_axis_says_hours(stack: Stack, page: "Page") -> None:
    with adding(stack, b"history:day"):
        address = address_of(stack, b"history:day")
        pk = int(address.split("/")[-2])
        stack.shell(
            "import time\n"
            "from dashboard.history.blocks import Block, pack\n"
            "from dashboard.history.metrics import Kind, Track\n"
            "from dashboard.history.models import HistoryBlock\n"
            "now = int(time.time()) // 10 * 10\n"
            "at = [(now - 80_000 + n * 10) * 1000 for n in range(7500)]\n"
            "wave = [500 + n % 700 for n in range(7500)]\n"
            "track = Track([v - 300 for v in wave], [float(v) for v in wave], [v + 900 for v in wave], wave)\n"
            "block = Block(at, {(None, 'length'): track}, kind=Kind.STREAM, interval_ms=1000, step_ms=10_000, counts=[10] * 7500)\n"
            f"HistoryBlock.objects.create(kind=1, subject={pk}, resolution=10, starts_at=at[0], ends_at=at[-1] + 10_000, points=pack(block))\n"
        )

        page.goto(f"{address}?range=24h")

        label = page.locator("[data-chart=length] canvas")
        page.wait_for_function(
            "() => /most 1[.,\\u202f]?\\d{3}/.test(document.querySelector('[data-chart=length] canvas').ariaLabel)"
        )
        assert "least" in (label.get_attribute("aria-label") or "")
        assert page.locator(".ranges a[aria-current]").inner_text() == "24 h"
