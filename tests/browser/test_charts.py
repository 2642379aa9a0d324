"""A stream's charts in a real browser: zoom, pan, pause, compare, one line alone, what happened, taking away, and links."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.stack import Stack
from tests.browser.test_stream_page import adding, address_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: A formula, for whoever opens the CSV in a spreadsheet.
KEY = b"=1+1:charts"
BOUNDS = (
    "() => { const { min, max } = Chart.getChart(document.querySelector('[data-chart=lag] canvas')).scales.x;"
    " return [min, max]; }"
)
PAST = """
import time
from datetime import UTC, datetime
from dashboard.history.blocks import Block, pack
from dashboard.history.metrics import Kind, Track
from dashboard.history.models import HistoryBlock
from dashboard.models import Alert, Stream
from streams_admin.models import Action
stream = Stream.objects.get(pk={pk})
day_ago = int(time.time()) // 10 * 10 - 86_400 + 600
at = [(day_ago - 2000 + n * 10) * 1000 for n in range(400)]
lag = [70.0] * 400
keys = {{(b"billing", "lag"): Track([10.0] * 400, lag, [90.0] * 400, lag)}}
block = Block(at, keys, kind=Kind.STREAM, interval_ms=1000, step_ms=10_000, counts=[10] * 400)
HistoryBlock.objects.create(kind=1, subject={pk}, resolution=60, starts_at=at[0], ends_at=at[-1] + 10_000, points=pack(block))
HistoryBlock.objects.create(kind=1, subject={pk}, resolution=10, starts_at=at[0], ends_at=at[-1] + 10_000, points=pack(block))
moment = datetime.fromtimestamp(time.time() - 60, tz=UTC)
facts = dict(subject_digest="charts", severity="warning", metric="lag", limit=1, opened_at=moment)
Alert.objects.create(server=stream.server, stream=stream, title="lag above 1", **facts)
Action.objects.create(kind="trim", state="done", server=stream.server, server_name="s", stream=stream, key=bytes(stream.key),
                      title="Trim to 5", operator_name="ada", started_at=moment)
"""


@pytest.fixture(scope="module")
def orders(stack: Stack) -> Iterator[str]:
    """The address of a stream that moves, with a past, an open alert and an action."""
    with adding(stack, KEY):
        address = address_of(stack, KEY)
        stack.shell(PAST.format(pk=address.strip("/").rpartition("/")[2]))
        yield address
        stack.shell("from dashboard.models import Alert\nAlert.objects.filter(subject_digest='charts').delete()")


def shown(page: "Page") -> tuple[float, float]:
    """From when to when the charts reach, once they stand still for a frame."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    since, until = page.evaluate(BOUNDS)
    return since, until


def opened(page: "Page", address: str) -> "Page":
    page.goto(address)
    page.wait_for_function(
        f"() => Chart.getChart(document.querySelector('[data-chart=lag] canvas')) && ({BOUNDS})()[1] > 1"
    )
    page.wait_for_function("() => document.querySelector('.charts').ariaBusy === 'false'")
    return page


def test_a_stretch_is_drawn_out_moved_held_and_left_again_and_its_link_shows_the_same(
    page: "Page", orders: str
) -> None:
    opened(page, f"{orders}?range=5m")
    surface = page.locator("[data-chart=lag] .chart__surface")
    box = surface.bounding_box()
    assert box
    since, until = shown(page)
    assert until - since == pytest.approx(300, abs=1)

    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 60, steps=4)
    page.mouse.up()
    zoomed = shown(page)
    assert 50 < zoomed[1] - zoomed[0] < 110
    assert zoomed[1] < until - 30
    page.wait_for_timeout(1500)
    assert shown(page) == zoomed, "what is held stands still"

    surface.focus()
    page.keyboard.press("Shift+ArrowLeft")
    earlier = shown(page)
    assert earlier[0] == pytest.approx(zoomed[0] - 0.2 * (zoomed[1] - zoomed[0]), abs=0.5)
    page.keyboard.press("+")
    assert shown(page)[1] - shown(page)[0] == pytest.approx((earlier[1] - earlier[0]) / 2, abs=0.5)
    held = shown(page)
    tenth = "() => Math.abs(new URLSearchParams(location.search).get('from') - {}) < 0.06"
    page.wait_for_function(tenth.format(held[0]))
    link = page.url
    opened(page, link)
    assert shown(page) == pytest.approx(held, abs=0.1)

    page.get_by_role("button", name="Now", exact=True).click()
    page.wait_for_url(re.compile("range="))
    page.locator("[data-chart=lag] .chart__surface").dblclick()  # back
    assert shown(page) == pytest.approx(held, abs=0.1)
    page.get_by_role("link", name="5 min", exact=True).click()
    page.wait_for_function(f"() => {{ const [since, until] = ({BOUNDS})(); return until - since > 299; }}")
    page.keyboard.press("p")
    paused = shown(page)
    page.wait_for_timeout(1500)
    assert shown(page) == paused
    assert page.get_by_role("button", name="Pause", exact=True).get_attribute("aria-pressed") == "true"
    page.keyboard.press("p")
    page.wait_for_function(f"() => ({BOUNDS})()[1] > {paused[1]}")
    # Those that are on the screen: what cannot be seen is not drawn.
    seen = "() => ['length', 'rates', 'lag', 'time_lag'].map((name) => Chart.getChart(document.querySelector(`[data-chart=${name}] canvas`)).scales.x.min)"
    assert len(set(page.evaluate(seen))) == 1


def test_the_crosshair_speaks_a_day_before_stands_behind_and_one_group_stands_alone(page: "Page", orders: str) -> None:
    opened(page, f"{orders}?range=5m&compare=day")
    surface = page.locator("[data-chart=lag] .chart__surface")
    before = "() => [...document.querySelectorAll('[data-chart=lag] .key__before')].some((key) => /before 70/.test(key.textContent))"
    page.wait_for_function(before)

    surface.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    said = surface.get_attribute("aria-valuetext") or ""
    assert re.search(r"\d\d:\d\d:\d\d.*billing \d+, a day before 70", said), said
    cursors = "() => [...document.querySelectorAll('[data-chart] canvas')].map((c) => Chart.getChart(c)?.$frame.cursor).filter(Boolean)"
    assert len(set(page.evaluate(cursors))) == 1

    lines = "() => Chart.getChart(document.querySelector('[data-chart=lag] canvas')).data.datasets.filter((d) => !/[ ]/.test(d.label)).length"
    page.wait_for_function(f"() => ({lines})() >= 2")
    page.locator("[data-chart=lag]").get_by_role("button", name="billing", exact=True).click()
    page.wait_for_function(f"() => ({lines})() === 1")
    assert page.locator("[data-chart=pending] .key__name[aria-pressed=true]").inner_text() == "billing"
    page.locator("[data-chart=lag]").get_by_role("button", name="Hide billing").click()
    page.wait_for_function(f"() => ({lines})() >= 1")
    assert page.locator("[data-chart=lag] .key[data-state=hidden]").count() == 1


def test_what_happened_is_a_band_a_mark_and_a_row_that_leads_there(page: "Page", orders: str) -> None:
    opened(page, f"{orders}?range=5m")
    frame = "Chart.getChart(document.querySelector('[data-chart={chart}] canvas')).$frame"
    page.wait_for_function(f"() => {frame.format(chart='lag')}.spans.length === 1")
    assert page.evaluate(f"() => {frame.format(chart='length')}.spans.length") == 0
    kinds = set(page.evaluate(f"() => {frame.format(chart='lag')}.happened.map(({{ kind }}) => kind)"))
    assert {"alert_opened", "action"} <= kinds

    row = page.locator("#happened a", has_text="ada: Trim to 5")
    assert re.search(r"/action/\d+/change/", row.get_attribute("href") or "")
    where = "() => { const c = Chart.getChart(document.querySelector('[data-chart=lag] canvas')); const at = c.$frame.happened.find((h) => h.kind === 'alert_opened').at; return [c.scales.x.getPixelForValue(at), c.height - 5]; }"
    x, y = page.evaluate(where)
    page.locator("[data-chart=lag] .chart__surface").click(position={"x": x, "y": y})
    page.locator("[data-chart=lag] .chart__told a", has_text="lag above 1").click()

    page.wait_for_url(re.compile(r"/alerts/\d+/"))
    page.get_by_role("heading", name="lag above 1").wait_for()


def test_what_is_shown_can_be_taken_away_as_figures_and_as_a_picture(page: "Page", orders: str, tmp_path: Path) -> None:
    opened(page, f"{orders}?range=5m&compare=day")
    page.wait_for_timeout(1500)
    take = page.get_by_label("Lag: take away", exact=True)
    take.click()
    with page.expect_download() as coming:
        page.locator("[data-chart=lag]").get_by_role("button", name="CSV").click()
    coming.value.save_as(tmp_path / "lag.csv")
    take.click()
    with page.expect_download() as picture:
        page.locator("[data-chart=lag]").get_by_role("button", name="Picture").click()
    picture.value.save_as(tmp_path / "lag.png")

    text = (tmp_path / "lag.csv").read_bytes().decode()
    rows = list(csv.DictReader(text.splitlines()))
    assert text.count("\r\n") == len(rows) + 1
    assert {"Time (UTC)", "billing", "billing, how sure", "billing, a day before"} <= set(rows[0])
    assert not any(name.startswith("=") for name in rows[0])
    assert rows[-1]["billing"].isdigit()
    assert rows[-1]["billing, how sure"] == "exact"
    assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z", rows[-1]["Time (UTC)"])
    assert re.match(r"1-1-charts.*_Lag_.*\.csv$", coming.value.suggested_filename)
    assert (tmp_path / "lag.png").read_bytes().startswith(b"\x89PNG")
