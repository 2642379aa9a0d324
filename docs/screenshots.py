"""Takes the screenshots of docs/screenshots: every page, light, dark and at phone width, on the demo.

`make screenshots` runs it; it starts the whole product on free ports and takes about five minutes.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import FLAGS, chromium
from tests.browser.stack import ROOT, Stack

FOLDER = ROOT / "docs" / "screenshots"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}
WARM_UP_S = 75  # a burst of payments, its alert, and the lag draining
STREAM_ID = "from dashboard.models import Stream; print(Stream.objects.get(key={key!r}).pk)"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    stack = Stack().start()
    demo = subprocess.Popen(
        [sys.executable, "manage.py", "seed_demo", "--url", stack.watched.url], cwd=ROOT, env=stack.environment
    )
    try:
        time.sleep(WARM_UP_S)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
            for look, options in LOOKS.items():
                take(stack, browser, look, options)
    finally:
        demo.terminate()
        demo.wait(10)
        stack.close()


def take(stack: Stack, browser: Browser, look: str, options: dict[str, Any]) -> None:
    """One screenshot of each page in one look."""
    page = browser.new_page(**options)
    page.goto(f"{stack.url}/login/")
    page.screenshot(path=FOLDER / f"sign-in-{look}.png")
    stack.sign_in(page, "administrator")
    for name, visit in pages(stack).items():
        visit(page)
        page.wait_for_timeout(2500)  # two samples: numbers, not dashes
        page.screenshot(path=FOLDER / f"{name}-{look}.png")
    page.close()


def pages(stack: Stack) -> "dict[str, Callable[[Page], object]]":
    """How to reach each page, by the name of its screenshot."""
    payments, emails, orders = (
        int(stack.shell(STREAM_ID.format(key=key))) for key in (b"payments", b"emails", b"orders:3")
    )

    def at(path: str) -> "Callable[[Page], object]":
        return lambda page: page.goto(f"{stack.url}{path}")

    return {
        "overview": at("/"),
        "stream": at(f"/streams/{payments}/?range=5m"),
        "group": lambda page: open_group(page, f"{stack.url}/streams/{emails}/"),
        "entries": at(f"/streams/{orders}/entries/"),
        "wall": at("/wall/"),
        "alerts": at("/alerts/"),
        "alert": lambda page: open_alert(page, f"{stack.url}/alerts/"),
        "silences": at("/silences/"),
        "silence-form": lambda page: begin_silence(page, f"{stack.url}/alerts/"),
        "admin": at("/admin/"),
        "server": at("/servers/1/?range=5m"),
        "server-form": at("/admin/dashboard/server/1/change/"),
        "threshold": at("/admin/dashboard/threshold/add/"),
        "recover": at(f"/admin/dashboard/stream/{emails}/recover/"),
        "policy": at("/admin/streams_admin/policy/add/"),
        "backups": lambda page: back_up(page, f"{stack.url}/admin/dashboard/stream/{emails}"),
        "restore": lambda page: plan_restore(page, f"{stack.url}/admin/dashboard/stream/{emails}"),
        "replay": at(f"/admin/dashboard/stream/{emails}/recover/replay/"),
        "group-recovery": lambda page: look_after(page, f"{stack.url}/admin/dashboard/stream/{emails}"),
        "approval": lambda page: ask_for_approval(page, stack, f"{stack.url}/admin/dashboard/stream/{emails}"),
        "actions": at("/actions/"),
        "pending": at(f"/admin/dashboard/stream/{emails}/pending/"),
        "plan": lambda page: plan_claim(page, f"{stack.url}/admin/dashboard/stream/{emails}/pending/"),
        "trim": at(f"/admin/dashboard/stream/{payments}/trim/"),
    }


def open_group(page: Page, stream: str) -> None:
    """Opens the first group of a stream, and scrolls to it."""
    page.goto(stream)
    toggle = page.locator(".groups__toggle").first
    toggle.click()
    toggle.evaluate("element => element.scrollIntoView()")
    page.evaluate("scrollBy(0, -80)")


def open_alert(page: Page, alerts: str) -> None:
    """Opens the first alert of the list."""
    page.goto(alerts)
    if not page.locator("#alert-rows th a").count():
        page.goto(f"{alerts}?state=past")
    page.locator("#alert-rows th a").first.click()
    page.locator("[data-chart] canvas").first.wait_for()


def begin_silence(page: Page, alerts: str) -> None:
    """The form of a silence as it begins from the first alert of the list."""
    open_alert(page, alerts)
    number = page.url.strip("/").rpartition("/")[2]
    page.goto(f"{alerts.removesuffix('alerts/')}silences/new/?alert={number}")
    page.locator("#silence-preview").wait_for()


def plan_claim(page: Page, pending: str) -> None:
    """Asks what claiming every pending entry of a consumer that left would do, and stops there."""
    page.goto(pending)
    page.locator("[data-everything]").check()
    page.get_by_label("Claim to").select_option(index=1)
    page.get_by_role("button", name="Preview the claim").click()
    page.locator(".receipt").wait_for()


def back_up(page: Page, stream: str) -> None:
    """Backs a stream up, and goes to its backups."""
    page.goto(f"{stream}/recover/export/")
    page.get_by_role("button", name="Make the plan").click()
    page.locator(".receipt button[type=submit]").click()
    page.locator("#result [data-state=done]").wait_for()
    page.goto(f"{stream}/backups/")


def plan_restore(page: Page, stream: str) -> None:
    """The plan that puts the latest backup back among what is there."""
    page.goto(f"{stream}/backups/")
    page.get_by_role("link", name="Restore").first.click()
    page.get_by_role("button", name="Make the plan").click()
    page.locator(".receipt").wait_for()


def look_after(page: Page, stream: str) -> None:
    """The page of the stream's first group."""
    page.goto(f"{stream}/pending/")
    page.goto(f"{stream}/group/?group={page.locator('select[name=group]').first.input_value()}")


def ask_for_approval(page: Page, stack: Stack, stream: str) -> None:
    """A plan that waits for another operator, on a server that wants one for a moment."""
    stack.shell("from dashboard.models import Server; Server.objects.update(approval='always')")
    page.goto(f"{stream}/recover/append_entry/")
    page.get_by_label("Fields").fill("to=kim@example.com")
    page.get_by_role("button", name="Make the plan").click()
    page.get_by_role("button", name="Ask for approval").click()
    page.get_by_role("button", name="Withdraw").wait_for()
    stack.shell("from dashboard.models import Server; Server.objects.update(approval='never')")


if __name__ == "__main__":
    if not Path("manage.py").exists():
        sys.exit("Run this from the project's top folder, by `make screenshots`.")
    main()
