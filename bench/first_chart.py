"""From a clean clone to the first moving chart: `git clone`, `make run`, sign in, open a stream, see its chart move.

Seconds by the wall clock of one run, with whatever the package cache holds; run it twice to have it warm.
`python -m bench.first_chart [--json]`
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.conftest import FLAGS, chromium
from tests.servers import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 90.0
READY = re.compile(r"^ready\s+(\S+) .* sign in as (\S+) with the password (\S+)$", re.MULTILINE)


def main() -> None:
    """Prints the seconds to each step; the status is 1 where the chart took longer than the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    options, _ = parser.parse_known_args()
    folder = Path(tempfile.mkdtemp(prefix="sg-first-"))
    try:
        steps = measure(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        print(json.dumps({"bench": "first_chart", "load": os.getloadavg()[0], "seconds": steps}))
    else:
        print(f"From a clean clone to the first moving chart (load {os.getloadavg()[0]:.1f}, limit {LIMIT_S:g} s)")
        for name, seconds in steps.items():
            print(f"  {seconds:6.1f} s  {name}")
    if steps["the chart moves"] > LIMIT_S:
        raise SystemExit("The first moving chart took too long.")


def measure(folder: Path) -> dict[str, float]:
    """Seconds since the beginning at the end of each step."""
    began = time.monotonic()
    steps: dict[str, float] = {}

    def done(name: str) -> None:
        steps[name] = time.monotonic() - began

    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "clone")], check=True)
    done("cloned")
    surroundings = {name: value for name, value in os.environ.items() if name not in {"VAR_DIR", "VIRTUAL_ENV"}}
    with (folder / "log").open("wb") as log:
        product = subprocess.Popen(
            ["make", "run"],
            cwd=folder / "clone",
            env={**surroundings, "PORT": str(free_port())},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        address, name, password = wait_for_ready(product, folder / "log")
        done("ready")
        see_a_chart_move(address, name, password)
        done("the chart moves")
    finally:
        os.killpg(product.pid, signal.SIGTERM)
        product.wait(30)
    return steps


def wait_for_ready(product: "subprocess.Popen[bytes]", log: Path) -> tuple[str, str, str]:
    """Address, name and password, from the line that `make run` ends with."""
    while not (found := READY.search(log.read_text())):
        if product.poll() is not None:
            raise RuntimeError(log.read_text())
        time.sleep(0.05)
    return found[1], found[2], found[3]


def see_a_chart_move(address: str, name: str, password: str) -> None:
    """Returns as soon as the length of the demo's payments has changed on its page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        page = browser.new_page()
        page.goto(f"{address}/login/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        open_stream(page, "payments")
        chart = page.locator('[data-chart="length"]')
        seen: set[str] = set()
        while len(seen) < 2:  # a first figure, and another one after it
            seen |= {figures(chart.inner_text())} - {""}
            page.wait_for_timeout(50)
        browser.close()


def open_stream(page: "Page", name: str) -> None:
    """Opens the stream's page, as soon as the overview lists it."""
    link = page.get_by_role("link", name=name, exact=True)
    page.wait_for_load_state()
    while not link.count():
        page.wait_for_timeout(250)
        page.reload()
    link.first.click()
    page.wait_for_url("**/streams/*/")


def figures(text: str) -> str:
    """The figures of a chart's head."""
    return " ".join(re.findall(r"\d[\d.\u202f]*", text))


if __name__ == "__main__":
    main()
