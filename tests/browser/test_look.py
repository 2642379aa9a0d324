"""Every page in both themes and at phone width: nothing that axe finds, nothing wider than the screen."""

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

from tests.browser.stack import Stack
from tests.servers import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, ViewportSize

OURS = ["/", "/servers/1/", "/alerts/", "/silences/", "/silences/new/", "/actions/", "/wall/", "/nowhere/"]
ADMIN = [
    "/admin/",
    "/admin/dashboard/server/",
    "/admin/dashboard/server/1/change/",
    "/admin/dashboard/stream/",
    "/admin/dashboard/threshold/add/",
    "/admin/dashboard/walllink/add/",
    "/admin/dashboard/receiver/add/",
    "/admin/dashboard/route/tester/?labels=server%3Dshop",
    "/admin/auth/user/",
    "/admin/auth/user/1/change/",
    "/admin/auth/group/1/change/",
    "/admin/streams_admin/bound/add/",
]
# axe would otherwise fetch and apply our sheets once more, which the policy refuses.
EVERYTHING = {"resultTypes": ["violations"], "preload": False}
DESK: "ViewportSize" = {"width": 1280, "height": 900}
PHONE: "ViewportSize" = {"width": 390, "height": 844}
COLOURS = {**EVERYTHING, "runOnly": ["color-contrast"]}


def _findings(page: "Page", options: dict[str, object]) -> list[str]:
    violations = Axe().run(page, options=options).response["violations"]
    return [f"{found['id']}: {node['target']}" for found in violations for node in found["nodes"]]


def _look(page: "Page", address: str) -> list[str]:
    """What axe finds: all of it in the light theme, at a desk and on a phone, and what another look can change in the others."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(address)
    page.wait_for_timeout(200)  # what scripts draw; waiting for a quiet network takes half a second a page
    found = _findings(page, EVERYTHING)
    page.set_viewport_size(PHONE)
    found += [f"phone {finding}" for finding in _findings(page, EVERYTHING)]
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > PHONE["width"]:
        found.append(f"phone: {width} wide, so it scrolls sideways")
    page.set_viewport_size(DESK)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, contrast="more")
        found += [f"{scheme} of high contrast {finding}" for finding in _findings(page, COLOURS)]
    page.emulate_media(color_scheme="dark", contrast="no-preference")
    return found + [f"dark {finding}" for finding in _findings(page, COLOURS)]


def test_axe_finds_nothing_in_any_look_and_no_phone_scrolls_sideways(administrator_page: "Page", stack: Stack) -> None:
    # One test for all pages: signing in takes longer than looking.
    found = {path: _look(administrator_page, stack.url + path) for path in OURS + ADMIN}
    assert {path: findings for path, findings in found.items() if findings} == {}


def test_axe_finds_nothing_where_one_signs_in(anonymous_page: "Page", stack: Stack) -> None:
    assert _look(anonymous_page, f"{stack.url}/login/") == []


def test_a_phone_shows_the_whole_of_every_control_of_the_admin(administrator_page: "Page", stack: Stack) -> None:
    administrator_page.set_viewport_size({"width": 390, "height": 844})
    right_edges = """[...document.querySelectorAll(".form-row :is(input, select, textarea)")]
        .map((control) => Math.round(control.getBoundingClientRect().right))"""
    forms = ("/admin/dashboard/server/1/change/", "/admin/dashboard/threshold/add/", "/admin/dashboard/route/add/")
    for path in forms:
        administrator_page.goto(stack.url + path)
        administrator_page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
        assert max(administrator_page.evaluate(right_edges)) <= 378, path


def test_axe_finds_nothing_on_the_way_from_a_stream_to_a_plan(administrator_page: "Page", stack: Stack) -> None:
    key, page = b"axe:sales", administrator_page
    with stack.watched.client() as redis:
        redis.xadd(key, {b"sku": b"1"})
        redis.xgroup_create(key, b"billing", id="0")
        redis.xreadgroup(b"billing", b"w-1", {key: ">"})
    try:
        page.goto(stack.url)
        wait_until(lambda: _reloaded(page).count() > 0, "the stream to be found", timeout=40)
        stream = str(_reloaded(page).get_attribute("href"))
        recovery = f"/admin/dashboard/stream/{stream.strip('/').rpartition('/')[2]}"
        pages = ("trim", "pending", "recover", "backups", "recover/replay")
        group = f"{recovery}/group/?group=YmlsbGluZw"
        found = {
            path: _look(page, stack.url + path) for path in (stream, *(f"{recovery}/{name}/" for name in pages), group)
        }
        page.goto(f"{stack.url}{recovery}/pending/")
        page.keyboard.press("Tab")  # the keyboard alone leads on from here to the plan
        _tab_to(page, "[data-everything]")
        page.keyboard.press("Space")
        _tab_to(page, "[name=new_consumer]")
        page.keyboard.type("w-2")
        _tab_to(page, "[value=claim]")
        page.keyboard.press("Enter")
        page.locator(".receipt").wait_for()
        found["plan"] = _look(page, page.url)
    finally:
        with stack.watched.client() as redis:
            redis.delete(key)

    assert {path: findings for path, findings in found.items() if findings} == {}


def _reloaded(page: "Page") -> "Locator":
    page.reload()
    return page.get_by_role("link", name="axe:sales", exact=True)


def _tab_to(page: "Page", selector: str) -> None:
    """Presses Tab until the element has the focus; fails where it never does or shows no ring."""
    for _ in range(60):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring != "none", f"{selector} shows no focus"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


def test_a_wrong_password_is_announced(anonymous_page: "Page", stack: Stack) -> None:
    page = anonymous_page
    page.goto(f"{stack.url}/login/")

    page.get_by_label("Username").fill("viewer")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()

    assert "correct username and password" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Username").input_value() == "viewer"
