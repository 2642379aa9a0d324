"""A real Alertmanager is told of alerts that open, become graver and resolve."""

import json
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.core.notice import Change, Notice, NoticeKind
from dashboard.receivers import Answer, Outcome, Templates, deliver
from tests.receivers.notices import a_notice, an_alert
from tests.servers import free_port, install_debian, wait_until

PROGRAM = "prometheus-alertmanager"
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def alertmanager() -> "Iterator[str]":
    """Its address."""
    if not shutil.which(PROGRAM):
        install_debian(PROGRAM)
    folder, port = Path(tempfile.mkdtemp(prefix="sg-alertmanager-")), free_port()
    (folder / "config.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    options = [f"--config.file={folder}/config.yml", f"--storage.path={folder}", "--cluster.listen-address="]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAM, *options, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}"

    def is_ready() -> bool:
        with suppress(OSError):
            return bool(read(f"{address}/-/ready"))
        return False

    wait_until(is_ready, "Alertmanager", timeout=30)
    yield address
    process.terminate()
    process.wait(timeout=10)
    shutil.rmtree(folder, ignore_errors=True)


def read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - an address of this test's own
        content: bytes = answer.read()
        return content


def open_in(address: str) -> list[tuple[str, str]]:
    alerts: list[dict[str, Any]] = json.loads(read(f"{address}/api/v2/alerts"))
    return sorted((alert["labels"]["stream"], alert["labels"]["severity"]) for alert in alerts)


def tell(address: str, notice: Notice) -> Answer:
    return deliver("alertmanager", address, "", notice=notice, templates=Templates(), allowed_networks=["127.0.0.1"])


def test_an_alertmanager_has_what_is_open_under_one_severity_and_ends_what_resolved(alertmanager: str) -> None:
    began = NOW - timedelta(minutes=5)
    two = [an_alert(number, severity="warning", opened_at=began) for number in (1, 2)]
    graver = an_alert(1, Change.ESCALATED, opened_at=began)
    over = an_alert(2, Change.RESOLVED, severity="warning", opened_at=began, resolved_at=NOW)

    first = tell(alertmanager, a_notice(*two))
    opened = open_in(alertmanager)
    again = tell(alertmanager, a_notice(*two))
    repeated = open_in(alertmanager)
    tell(alertmanager, a_notice(graver, over))

    assert first.outcome is again.outcome is Outcome.DELIVERED
    assert opened == repeated == [("payments:1", "warning"), ("payments:2", "warning")]
    assert open_in(alertmanager) == [("payments:1", "critical")]


def test_a_test_is_over_there_after_minutes(alertmanager: str) -> None:
    tell(alertmanager, a_notice(an_alert(9, opened_at=NOW), kind=NoticeKind.TEST))

    alerts: list[dict[str, Any]] = json.loads(read(f"{alertmanager}/api/v2/alerts?filter=stream%3D%22payments%3A9%22"))
    (ends_at,) = (datetime.fromisoformat(alert["endsAt"]) for alert in alerts)
    assert ends_at < NOW + timedelta(hours=1)


def test_all_of_a_cluster_are_told_and_one_that_is_gone_is_told_later(alertmanager: str) -> None:
    gone = f"http://127.0.0.1:{free_port()}"

    answer = tell(f"{gone}\n{alertmanager}/", a_notice(an_alert(7, opened_at=NOW)))

    assert (answer.outcome, answer.detail) == (Outcome.AGAIN, "127.0.0.1 refuses connections.")
    assert ("payments:7", "critical") in open_in(alertmanager)
