"""The overview in a real browser, on a real server that is written to meanwhile."""

import re
from collections.abc import Iterator

import pytest
import redis
from playwright.sync_api import Locator, Page, expect

from tests.browser.stack import Stack

HOSTILE = b"\"><img src=x onerror=document.title='owned'>\xff"
FOUND_MS = 30_000  # a new key is found by the next discovery


WALK = [f"many:{one}{other}" for one in "abcdefghijklmnop" for other in "abcdefghijklmnop"]
FORGET = """
from dashboard.models import Stream
for stream in Stream.objects.all():
    if bytes(stream.key).startswith((b"look:", b"many:", b'">')): stream.delete()
"""


@pytest.fixture(scope="module")
def shop(stack: Stack) -> Iterator["redis.Redis"]:
    """One stream that nobody delivers from, one that is read to its end, one with a hostile name, a family of two, and
    more than a screen holds."""
    with stack.watched.client() as client:
        keys = [b"look:behind", b"look:fine", HOSTILE, b"look:part:0", b"look:part:1"]
        pipeline = client.pipeline(transaction=False)
        for key in keys:
            for number in range(30):
                pipeline.xadd(key, {"n": number})
        for name in WALK:
            pipeline.xadd(name, {"n": 1})
        pipeline.execute()
        client.xgroup_create(keys[0], "billing", id="0")
        client.xgroup_create(keys[1], "workers", id="$")
        yield client
        client.delete(*keys, *WALK)
    stack.shell(FORGET)


def _row(page: Page, name: str) -> Locator:
    return page.locator(f'#streams [role=row]:has(a:text-is("{name}"))')


def _cell(line: Locator, name: str) -> Locator:
    return line.locator(f"[data-cell={name}]")


def _focused(page: Page) -> tuple[str, str]:
    """Place and name of the row with the focus."""
    place, name = page.evaluate(
        "['aria-rowindex', 'aria-label'].map((name) => document.activeElement.getAttribute(name))"
    )
    return place, name


def _live(page: Page, timeout: int = 10_000) -> None:
    expect(page.locator("#live-status")).to_have_attribute("data-state", "live", timeout=timeout)


def _open(page: Page, stack: Stack, query: str = "") -> None:
    """Opens the overview once the registry knows the streams of `shop`."""
    for _ in range(FOUND_MS // 500):
        page.goto(f"{stack.url}/{query or '?q=look'}")
        if page.locator("#streams a", has_text="look:").count():
            return
        page.wait_for_timeout(500)
    raise AssertionError("The streams were not found: " + stack.log("sampler")[-2000:])


def test_numbers_fill_in_and_move(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack)
    row = _row(page, "look:behind")
    _live(page)
    before = shop.xlen("look:behind")
    expect(_cell(row, "length")).to_have_text(str(before))

    shop.xadd("look:behind", {"n": 31})

    expect(_cell(row, "length")).to_have_text(str(before + 1))
    expect(_cell(row, "lag")).to_have_text(str(before + 1))
    expect(_cell(row, "group")).to_have_text("billing")


def test_a_server_line_tells_its_health(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack)
    line = page.locator("[data-server-line]").first

    expect(_cell(line, "version")).to_have_text(re.compile("valkey 9"))
    expect(_cell(line, "state")).to_have_text("up")
    expect(_cell(line, "memory")).to_have_text(re.compile(r"^[\d.]+\s(KiB|MiB)"))
    expect(_cell(line, "age")).to_have_text("just now")


def test_the_filter_lives_in_the_address_and_comes_back_from_it(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack)

    page.keyboard.press("/")
    page.keyboard.type("fine")
    page.locator('[data-sort="length"] button').click()

    assert page.url == f"{stack.url}/?q=fine&sort=-length"
    expect(_row(page, "look:behind")).to_be_hidden()
    page.reload()
    expect(page.locator("#filter")).to_have_value("fine")
    expect(page.locator('[data-sort="length"]')).to_have_attribute("aria-sort", "descending")
    expect(_row(page, "look:behind")).to_be_hidden()
    page.get_by_role("button", name="Show all").click()
    expect(_row(page, "look:behind")).to_be_visible()


def test_a_filter_that_matches_nothing_says_so(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack)

    page.fill("#filter", "no such stream")

    expect(page.locator("#nothing")).to_be_visible()
    expect(page.locator("#count")).to_have_text(re.compile("^0 of "))


def test_the_keyboard_leads_over_all_rows_and_only_a_screen_of_them_exists(
    page: Page, stack: Stack, shop: "redis.Redis"
) -> None:
    _open(page, stack, "?sort=name&q=look:")
    page.goto(f"{stack.url}/?sort=name&q=many:")
    expect(page.locator("#grid")).to_have_attribute("aria-rowcount", str(len(WALK) + 1))
    _live(page)

    page.keyboard.press("j")
    assert _focused(page) == ("2", WALK[0])
    page.keyboard.press("End")
    expect(page.locator("#streams :focus")).to_have_attribute("aria-label", WALK[-1])
    assert _focused(page) == (str(len(WALK) + 1), WALK[-1])
    assert page.locator("#streams [role=row]").count() < 70
    for key in ("Home", "j", "ArrowDown", "k"):
        page.keyboard.press(key)
    expect(page.locator("#streams :focus")).to_have_attribute("aria-label", WALK[1])
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(r"/streams/\d+/"))
    expect(page.locator("h1")).to_contain_text(WALK[1])


def test_the_focus_stays_with_a_row_that_changes_its_place(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack, "?sort=name&q=look:")
    _live(page)
    page.keyboard.press("j")
    assert _focused(page) == ("2", "look:behind")

    page.locator('[data-sort="name"] button').evaluate("button => { button.click(); }")

    expect(_row(page, "look:behind")).to_have_attribute("aria-rowindex", "4")
    assert _focused(page) == ("4", "look:behind")


def test_a_family_is_a_row_that_opens_and_folds(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack, "?sort=name&q=look:")
    _live(page)
    family = page.locator("#streams [data-kind=family]")
    expect(_cell(family, "length")).to_have_text("60")

    family.focus()
    page.keyboard.press("ArrowRight")
    expect(_row(page, "look:part:1")).to_have_attribute("aria-level", "2")
    expect(family).to_have_attribute("aria-expanded", "true")
    assert "open=look:part:0" in page.url
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")  # back to the family
    page.keyboard.press("ArrowLeft")

    expect(_row(page, "look:part:1")).to_have_count(0)


def test_why_a_number_is_not_sure_is_said_on_hover_focus_and_tap(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack, "?q=look:behind")
    _live(page)
    why, never = page.locator("#why"), _cell(_row(page, "look:behind"), "drain")
    expect(never).to_have_text("never")

    never.hover()
    expect(why).to_contain_text("at least as fast")
    page.mouse.move(5, 5)
    expect(why).to_be_hidden()
    _row(page, "look:behind").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.cell") == "drain":
            break
    expect(why).to_contain_text("at least as fast")
    page.keyboard.press("Escape")
    expect(why).to_be_hidden()
    never.click()
    expect(why).to_contain_text("at least as fast")


def test_filters_are_chips_columns_are_chosen_and_a_view_is_saved_deleted_and_taken_back(
    page: Page, stack: Stack, shop: "redis.Redis"
) -> None:
    _open(page, stack, "?q=look:&state=ok")
    chips = page.locator("#chips .chip")
    expect(chips).to_have_count(2)
    chips.filter(has_text="state").get_by_role("button").click()
    expect(chips).to_have_count(1)

    page.locator("summary", has_text="Columns").click()
    page.locator("#columns").get_by_label("Delivered/s").check()
    page.locator("#columns").get_by_label("Memory").uncheck()
    expect(page.locator("#heads")).to_contain_text("Delivered/s")
    expect(page.locator("#heads")).not_to_contain_text("Memory")
    page.keyboard.press("Escape")
    address = page.url

    page.locator("#views summary").click()
    page.get_by_label("Name of the view").fill("mine <b>")
    page.locator("#views").get_by_role("button", name="Save").click()
    expect(page.locator("#views")).to_contain_text("Saved: mine <b>")
    page.evaluate("localStorage.removeItem('overview-columns')")
    page.goto(f"{stack.url}/?q=other")
    page.locator("#views summary").click()
    page.get_by_role("button", name="Delete mine").click()
    expect(page.get_by_role("link", name="mine")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="mine").click()

    assert page.url == address
    expect(page.locator("#heads")).to_contain_text("Delivered/s")
    expect(_row(page, "look:fine")).to_be_visible()
    page.evaluate("localStorage.removeItem('overview-columns')")


def test_a_phone_has_cards_of_one_height_in_place_of_a_wide_table(
    page: Page, stack: Stack, shop: "redis.Redis"
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    _open(page, stack, "?sort=name&q=look:")
    _live(page)

    expect(_cell(_row(page, "look:fine"), "length")).to_be_visible()
    heights = page.locator("#streams [role=row]:not([hidden])").evaluate_all(
        "rows => rows.map((row) => row.offsetHeight)"
    )
    assert len(heights) > 2
    assert set(heights) == {96}
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Order").select_option("-length")
    assert page.url.endswith("sort=-length")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_hostile_name_is_text_and_nothing_else(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack)
    page.goto(f"{stack.url}/?q=onerror")
    _live(page)

    expect(page.locator("#streams a", has_text="onerror").first).to_have_text(re.compile(r"\\xff$"))
    assert page.locator("#streams img").count() == 0
    assert page.title() == "Overview · Streamgauge"


def test_a_new_stream_comes_by_itself_and_is_marked_as_vanished_when_it_goes(
    page: Page, stack: Stack, shop: "redis.Redis"
) -> None:
    _open(page, stack, "?q=look:")
    _live(page)

    shop.xadd("look:new", {"n": 1})

    try:
        expect(_row(page, "look:new")).to_be_visible(timeout=FOUND_MS)
    finally:
        shop.delete("look:new")
    expect(_cell(_row(page, "look:new"), "state")).to_have_text("vanished")


def test_nothing_moves_while_the_page_loads(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack)
    _live(page)
    page.wait_for_timeout(1500)

    shift = page.evaluate(
        """new Promise((done) => {
          let sum = 0;
          const add = (list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value; };
          new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => done(sum), 300);
        })"""
    )

    assert shift < 0.05


def test_a_dead_sampler_greys_the_numbers_and_tells_their_age(page: Page, stack: Stack, shop: "redis.Redis") -> None:
    _open(page, stack)
    row = _row(page, "look:fine")
    expect(_cell(row, "length")).to_have_text("30")

    stack.stop("sampler")
    try:
        expect(row).to_have_attribute("data-stale", "true", timeout=15_000)
        expect(_cell(row, "length")).to_have_text("30")
        expect(_cell(row, "reason")).to_have_text(re.compile(" ago$"))
        expect(_cell(page.locator("[data-server-line]").first, "state")).to_have_text("stale")
    finally:
        stack.start_sampler()
    expect(row).not_to_have_attribute("data-stale", "true", timeout=20_000)


def test_a_lost_socket_says_so_in_the_header_and_keeps_the_numbers(
    page: Page, stack: Stack, shop: "redis.Redis"
) -> None:
    _open(page, stack)
    length = _cell(_row(page, "look:fine"), "length")
    expect(length).to_have_text("30")

    stack.stop("web")
    try:
        expect(page.locator("#live-status")).to_have_attribute("data-state", "offline", timeout=20_000)
        expect(length).to_have_text("30")
        assert page.locator("#streams [data-stale]").count() == 0
    finally:
        stack.start_web()
    _live(page, timeout=30_000)
