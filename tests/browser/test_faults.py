"""What a page shows while things break, and that it recovers by itself."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import redis
from playwright.sync_api import Locator, Page, expect

from tests.browser.stack import Stack
from tests.servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

KEY = b"faults:orders"
GROUP = b"billing"
#: A process that starts while everything else runs takes its time.
START_MS = 30_000
#: The sampler, an hour behind everybody else.
AN_HOUR_BACK = (
    "import sys, time; real = time.time; time.time = lambda: real() - 3600\n"
    "from django.core.management import execute_from_command_line\n"
    "execute_from_command_line(['manage.py', 'run_sampler'])"
)


@pytest.fixture(scope="module")
def orders(stack: Stack) -> Iterator["redis.Redis"]:
    """A client of the watched server, on which a stream of a hundred entries is registered."""
    with stack.watched.client() as client:
        _fill(client)
        code = f"from dashboard.models import Stream; print(Stream.objects.filter(key={KEY!r}).count())"
        wait_until(lambda: stack.shell(code) == "1", "the stream in the registry", timeout=30)
        yield client
        client.delete(KEY)


def _fill(client: "redis.Redis", count: int = 100) -> None:
    client.delete(KEY)
    pipeline = client.pipeline(transaction=False)
    for number in range(count):
        pipeline.xadd(KEY, {"number": number})
    pipeline.execute()
    client.xgroup_create(KEY, GROUP, "0")
    client.xgroup_createconsumer(KEY, GROUP, b"alive")


def _overview(page: Page, stack: Stack) -> Locator:
    page.goto(f"{stack.url}/?q={KEY.decode()}")
    row = page.locator(f'#streams [role=row]:has(a:text-is("{KEY.decode()}"))')
    expect(row.locator("[data-cell=length]")).to_have_text(re.compile(r"\d"))
    return row


def _name(row: Locator) -> Locator:
    """The row's link to its stream; another one leads to its alerts."""
    return row.locator(f'a:text-is("{KEY.decode()}")')


def _stream_page(page: Page, stack: Stack) -> None:
    _name(_overview(page, stack)).click()
    expect(page.locator("[data-chart=length] .key b")).to_have_text(re.compile(r"\d"))


def _pending(page: Page, stack: Stack) -> None:
    pk = _overview(page, stack).get_attribute("data-stream")
    page.goto(f"{stack.url}/admin/dashboard/stream/{pk}/pending/")


def test_a_password_that_is_asked_for_is_told_until_the_right_one_is_given(
    administrator_page: Page, stack: Stack, orders: "redis.Redis"
) -> None:
    page = administrator_page
    _overview(page, stack)
    server = page.locator("[data-server-line]").first
    state, detail = server.locator("[data-cell=state]"), server.locator("[data-cell=detail]")
    admin = f"/admin/dashboard/server/{server.get_attribute('data-server-line')}/change/"

    def give(password: str) -> None:
        page.goto(f"{stack.url}{admin}")
        page.locator("[name=new_password]").fill(password)
        page.get_by_role("button", name="Save", exact=True).click()
        page.goto(f"{stack.url}/")

    orders.config_set("requirepass", "right")
    try:
        orders.client_kill_filter(_type="normal", skipme=True)
        expect(state).to_have_text("denied")
        expect(detail).to_contain_text("It asks for a user name or password, and none was given.")
        give("mistyped")
        expect(state).to_have_text("denied")
        expect(detail).to_contain_text("It refuses this user name or password.")
        assert "mistyped" not in page.content()
        give("right")
        expect(state).to_have_text("up")
    finally:
        orders.config_set("requirepass", "")
        stack.shell("from dashboard.models import Server\nfor s in Server.objects.all(): s.password = ''; s.save()")
    expect(state).to_have_text("up")


def test_a_right_that_is_taken_away_is_named_and_comes_back(page: Page, stack: Stack, orders: "redis.Redis") -> None:
    _stream_page(page, stack)
    state = page.locator("#stream-state")

    orders.execute_command("ACL", "SETUSER", "default", "-xinfo")  # type: ignore[no-untyped-call]
    try:
        expect(state).to_have_attribute("data-state", "denied")
        expect(page.locator("#stream-sentence")).to_contain_text("may not read this key")
    finally:
        orders.execute_command("ACL", "SETUSER", "default", "+xinfo")  # type: ignore[no-untyped-call]
    expect(state).not_to_have_attribute("data-state", "denied")


def test_a_server_that_is_killed_and_started_again_is_down_and_then_as_it_is(
    page: Page, stack: Stack, orders: "redis.Redis"
) -> None:
    row = _overview(page, stack)
    server = page.locator("[data-server-line]").first
    with page.context.new_page() as stream_page:
        stream_page.goto(str(_name(row).evaluate("link => link.href")))
        sentence = stream_page.locator("#stream-sentence")

        stack.watched.kill()
        try:
            expect(server.locator("[data-cell=state]")).to_have_text("down")
            expect(server.locator("[data-cell=detail]")).to_contain_text("nothing listens at this address")
            expect(row).to_have_attribute("data-stale", "true")
            expect(row.locator("[data-cell=length]")).to_have_text("100")
            expect(sentence).to_contain_text(re.compile(r"Watched cannot be reached since \d"))
            expect(stream_page.get_by_text("stale since")).to_be_visible()
        finally:
            stack.watched.start()
        # It kept nothing: the stream is gone until somebody writes to it.
        expect(row.locator("[data-cell=state]")).to_have_text("vanished")
        _fill(orders, 7)
        expect(row.locator("[data-cell=length]")).to_have_text("7")
        expect(server.locator("[data-cell=state]")).to_have_text("up")
        expect(sentence).not_to_contain_text("cannot be reached")
        expect(stream_page.locator("[data-chart=length] .key b")).to_have_text("7")
        expect(stream_page.locator("main[data-stale]")).to_have_count(0)


def test_our_redis_killed_and_started_again_is_said_in_the_header_and_lasts_no_longer_than_it(
    page: Page, stack: Stack, orders: "redis.Redis"
) -> None:
    row = _overview(page, stack)
    status = page.locator("#live-status")
    expect(status).to_have_attribute("data-state", "live")

    stack.own.kill()
    try:
        expect(status).not_to_have_attribute("data-state", "live", timeout=20_000)
    finally:
        stack.own.start()

    expect(status).to_have_attribute("data-state", "live", timeout=START_MS)
    orders.xadd(KEY, {"number": "one more"})
    expect(row.locator("[data-cell=length]")).to_have_text(str(orders.xlen(KEY)))


def test_a_clock_that_is_set_back_and_on_again_makes_nothing_stale(
    page: Page, stack: Stack, orders: "redis.Redis"
) -> None:
    row = _overview(page, stack)
    with page.context.new_page() as stream_page:
        stream_page.goto(str(_name(row).evaluate("link => link.href")))
        length = stream_page.locator("[data-chart=length] .key b")
        expect(length).to_have_text(re.compile(r"\d"))
        stack.stop("sampler")
        stack._start("sampler", "-c", AN_HOUR_BACK)
        try:
            orders.xadd(KEY, {"number": "one more"})
            now = str(orders.xlen(KEY))
            expect(row.locator("[data-cell=length]")).to_have_text(now, timeout=START_MS)
            expect(length).to_have_text(now)
            page.wait_for_timeout(5000)
            assert row.get_attribute("data-stale") is None
            assert stream_page.locator("main[data-stale]").count() == 0
            expect(page.locator("[data-server-line] [data-cell=state]").first).to_have_text("up")
        finally:
            stack.stop("sampler")
            stack.start_sampler()
        orders.xadd(KEY, {"number": "one more"})
        expect(length).to_have_text(str(orders.xlen(KEY)), timeout=START_MS)
        expect(row).not_to_have_attribute("data-stale", "true")
        expect(stream_page.locator("main[data-stale]")).to_have_count(0)


def test_two_operators_who_claim_the_same_entries_get_each_entry_once_and_are_told(
    page: Page, browser: "Browser", stack: Stack, orders: "redis.Redis"
) -> None:
    _fill(orders)
    orders.xreadgroup("billing", "dead", {KEY: ">"}, count=20)
    orders.xgroup_createconsumer(KEY, GROUP, b"other")
    other = browser.new_context().new_page()
    try:
        stack.sign_in(other, "administrator")
        for who, consumer in ((page, "alive"), (other, "other")):
            _pending(who, stack)
            who.locator("[data-everything]").check()
            who.get_by_label("Claim to").select_option(label=consumer)
            who.get_by_role("button", name="Preview the claim").click()
        first = page.get_by_role("button", name="Claim 20 entries for alive")
        second = other.get_by_role("button", name="Claim 20 entries for other")
        second.wait_for()
        first.click(no_wait_after=True)
        second.click(no_wait_after=True)

        results = [who.get_by_role("region", name="Result") for who in (page, other)]
        said = [" ".join(result.inner_text().split()) for result in results]
    finally:
        other.context.close()

    rows = orders.xpending_range(KEY, GROUP, "-", "+", 100)
    owners = {row["consumer"] for row in rows}
    assert len(rows) == 20
    assert len(owners) == 1
    loser = said[1] if owners == {b"alive"} else said[0]
    assert re.search(r"\b0 claimed", loser), said
    assert "20" in loser


def test_a_double_click_acts_once(page: Page, stack: Stack, orders: "redis.Redis") -> None:
    _fill(orders)
    orders.xreadgroup("billing", "dead", {KEY: ">"}, count=5000)
    before = int(stack.shell(COUNT_ACTIONS))
    _pending(page, stack)
    page.locator("[data-everything]").check()
    page.get_by_label("Claim to").select_option(label="alive")
    page.get_by_role("button", name="Preview the claim").click()

    page.get_by_role("button", name="Claim 100 entries for alive").dblclick()

    page.get_by_role("region", name="Result").get_by_text("claimed", exact=True).wait_for()
    assert int(stack.shell(COUNT_ACTIONS)) == before + 1
    assert orders.xpending(KEY, GROUP)["consumers"] == [{"name": b"alive", "pending": 100}]


COUNT_ACTIONS = "from streams_admin.models import Action; print(Action.objects.count())"


def test_five_thousand_pending_entries_and_one_of_five_megabytes_are_shown_and_claimed(
    page: Page, stack: Stack, orders: "redis.Redis"
) -> None:
    _fill(orders, 4999)
    orders.xadd(KEY, {"large": b"<b>" + b"x" * 5 * 2**20})
    orders.xreadgroup("billing", "dead", {KEY: ">"}, count=5000)

    _stream_page(page, stack)
    entries = page.locator("#entries")
    entries.scroll_into_view_if_needed()
    entries.get_by_role("link", name="show in full").wait_for()
    assert len(entries.inner_text()) < 200_000
    assert entries.locator("b").count() == 0

    _pending(page, stack)
    page.locator("[data-everything]").check()
    page.get_by_label("Claim to").select_option(label="alive")
    page.get_by_role("button", name="Preview the claim").click()
    page.get_by_role("button", name=re.compile("Claim 5.000 entries for alive")).click()
    page.get_by_role("region", name="Result").get_by_text("claimed", exact=True).wait_for(timeout=20_000)
    summary = orders.xpending(KEY, GROUP)
    assert summary["consumers"] == [{"name": b"alive", "pending": 5000}]


def test_nonsense_on_a_websocket_hurts_its_own_connection_alone(
    page: Page, stack: Stack, orders: "redis.Redis"
) -> None:
    row = _overview(page, stack)
    expect(page.locator("#live-status")).to_have_attribute("data-state", "live")

    heard = page.evaluate(
        """async () => {
          const heard = [];
          const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/ws/live/");
          const closed = new Promise((done) => { socket.onclose = done; });
          socket.onmessage = ({ data }) => heard.push(JSON.parse(data).detail);
          await new Promise((done) => { socket.onopen = done; });
          socket.send("no JSON");
          socket.send(JSON.stringify({ type: "watch", streams: [999999] }));
          await new Promise((done) => setTimeout(done, 500));
          socket.send("x".repeat(10 * 2 ** 20));
          await closed;
          return heard;
        }"""
    )

    assert heard
    assert "JSON" in heard[0]
    orders.xadd(KEY, {"number": "one more"})
    digits = r"\D?".join(str(orders.xlen(KEY)))  # with a thin space between thousands
    expect(row.locator("[data-cell=length]")).to_have_text(re.compile(f"^{digits}$"))
    expect(page.locator("#live-status")).to_have_attribute("data-state", "live")
