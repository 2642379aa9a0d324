"""Every page in both themes and at phone width: nothing that axe finds, nothing wider than the screen."""

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Page

OURS = ["/", "/alerts/", "/actions/", "/nowhere/"]
ADMIN = [
    "/admin/",
    "/admin/dashboard/server/",
    "/admin/dashboard/server/1/change/",
    "/admin/dashboard/stream/",
    "/admin/dashboard/threshold/add/",
    "/admin/auth/user/",
    "/admin/auth/user/1/change/",
    "/admin/auth/group/1/change/",
]
# axe would otherwise fetch and apply our sheets once more, which the policy refuses.
OPTIONS = {"resultTypes": ["violations"], "preload": False}


def _findings(page: "Page") -> list[str]:
    violations = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{found['id']}: {node['target']}" for found in violations for node in found["nodes"]]


def _look(page: "Page", address: str, theme: str) -> list[str]:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return [f"{theme} {finding}" for finding in _findings(page)]


@pytest.mark.parametrize("path", OURS + ADMIN)
def test_axe_finds_nothing_in_either_theme(administrator_page: "Page", stack: Stack, path: str) -> None:
    address = stack.url + path
    assert _look(administrator_page, address, "light") + _look(administrator_page, address, "dark") == []


def test_axe_finds_nothing_where_one_signs_in(anonymous_page: "Page", stack: Stack) -> None:
    address = f"{stack.url}/login/"
    assert _look(anonymous_page, address, "light") + _look(anonymous_page, address, "dark") == []


@pytest.mark.parametrize("path", [*OURS, "/admin/", "/admin/dashboard/stream/"])
def test_a_phone_needs_no_sideways_scrolling(administrator_page: "Page", stack: Stack, path: str) -> None:
    administrator_page.set_viewport_size({"width": 390, "height": 844})
    administrator_page.goto(stack.url + path)

    assert administrator_page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_theme_is_chosen_once_for_our_pages_and_the_admin(administrator_page: "Page", stack: Stack) -> None:
    page = administrator_page
    page.emulate_media(color_scheme="light")
    page.goto(f"{stack.url}/")
    ground = "getComputedStyle(document.body.parentElement).backgroundColor"
    light = page.evaluate(ground)

    page.locator("[data-theme-toggle]").click()
    assert page.evaluate(ground) == light
    page.locator("[data-theme-toggle]").click()

    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate(ground) != light
    page.goto(f"{stack.url}/admin/")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_a_wrong_password_is_announced(anonymous_page: "Page", stack: Stack) -> None:
    page = anonymous_page
    page.goto(f"{stack.url}/login/")

    page.get_by_label("Username").fill("viewer")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()

    assert "correct username and password" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Username").input_value() == "viewer"
