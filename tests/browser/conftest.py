"""Real Chromium against the whole product. Tests here are plain functions; they and Playwright run in one thread of
their own, because its event loop and that of the asyncio tests cannot share the main one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.stack import Stack
from tests.servers import install_debian

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool:
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    _thread.submit(pyfuncitem.obj, **arguments).result()
    return True


@cache
def chromium() -> str:
    """The browser's path; installs Debian's package where it is missing and we may."""
    path = Path("/usr/bin/chromium")
    if not path.exists():
        install_debian("chromium")
    return str(path)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The whole product, running for the session. Leave it as you found it; delete the keys you made."""
    running = Stack()
    try:
        yield running.start()
    finally:
        running.close()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One headless Chromium for the session."""

    def start() -> "tuple[object, Browser]":
        from playwright.sync_api import sync_playwright

        playwright = sync_playwright().start()
        return playwright, playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)

    playwright, browser = _thread.submit(start).result()
    yield browser
    _thread.submit(browser.close).result()
    _thread.submit(playwright.stop).result()  # type: ignore[attr-defined]


Sessions = dict[str, Any]


@pytest.fixture(scope="session")
def sessions() -> Sessions:
    """Cookies of the people who signed in once, by role; signing in costs seconds. A test that signs out takes
    `anonymous_page` and signs in itself."""
    return {}


@pytest.fixture
def page(browser: "Browser", stack: Stack, sessions: Sessions) -> "Iterator[Page]":
    """A fresh page, signed in as operator. Fails the test where a script failed or the policy refused something."""
    yield from _page(browser, stack, sessions, "operator")


@pytest.fixture
def anonymous_page(browser: "Browser", stack: Stack, sessions: Sessions) -> "Iterator[Page]":
    """A fresh page of somebody who has not signed in."""
    yield from _page(browser, stack, sessions, None)


@pytest.fixture
def administrator_page(browser: "Browser", stack: Stack, sessions: Sessions) -> "Iterator[Page]":
    """A fresh page, signed in as administrator."""
    yield from _page(browser, stack, sessions, "administrator")


def _page(browser: "Browser", stack: Stack, sessions: Sessions, role: str | None) -> "Iterator[Page]":
    complaints: list[str] = []

    def open_page() -> "Page":
        window: Any = {"width": 1280, "height": 900}
        page = browser.new_context(viewport=window, storage_state=sessions.get(role or "")).new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.on(
            "console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None
        )
        if role and role not in sessions:
            stack.sign_in(page, role)
            sessions[role] = page.context.storage_state()
        elif role:
            page.goto(stack.url)
        return page

    page = _thread.submit(open_page).result()
    yield page
    _thread.submit(page.context.close).result()
    assert complaints == []
