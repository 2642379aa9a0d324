"""Chat by apprise: what arrives, and what the process that sends can never do."""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.receivers import Answer, Outcome, Rendered, Templates, chat, deliver, problem_of
from dashboard.receivers.chat import LOCAL, Errand, _run
from dashboard.receivers.networks import parse_networks
from tests.receivers.notices import a_notice, an_alert
from tests.receivers.sinks import Sink, http_sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as running:
        yield running


def send(address: str, *allowed: str, title: str = "late") -> Answer:
    notice = a_notice(an_alert(title=title))
    return deliver("apprise", address, "", notice=notice, templates=Templates(), allowed_networks=allowed)


def test_a_message_arrives_and_calls_nobody_that_a_stream_is_named_after(sink: Sink) -> None:
    answer = send(f"json://127.0.0.1:{sink.port}/canary", "127.0.0.1", title="@everyone <!channel> <b>late")

    assert (answer.outcome, answer.detail) == (Outcome.DELIVERED, "json:// took the message.")
    said = json.loads(sink.requests[0].body)
    assert said["title"] == "[CRITICAL] @\u200beveryone <\u200b!channel> <b>late"
    assert said["type"] == "failure"


def test_inside_is_refused_also_through_a_redirect_and_by_whatever_name(sink: Sink) -> None:
    with http_sink() as first:
        first.status, first.headers = 302, {"Location": f"http://127.0.0.2:{sink.port}/"}
        redirected = send(f"json://127.0.0.1:{first.port}/", "127.0.0.1")
        assert first.connections == 1
    refused = send("\n".join(f"json://{host}:{sink.port}/" for host in ("127.0.0.1", "localhost", "2130706433")))
    mailed = send(f"mailto://user:canary@example.com:{sink.port}?smtp=127.0.0.1&mode=insecure")

    assert (redirected.outcome, refused.outcome, mailed.outcome) == (Outcome.NEVER, Outcome.NEVER, Outcome.NEVER)
    assert mailed.detail == "127.0.0.1 is in a private network: allow that network first if it is meant."
    assert "127.0.0.2 is in a private network" in redirected.detail
    assert sink.connections == 0


@pytest.mark.parametrize(("status", "outcome"), [(500, Outcome.AGAIN), (429, Outcome.AGAIN), (403, Outcome.NEVER)])
def test_a_service_that_refuses_says_whether_for_good_and_no_secret(sink: Sink, status: int, outcome: Outcome) -> None:
    sink.status = status

    answer = send(f"json://user:canary@127.0.0.1:{sink.port}/canary", "127.0.0.1")

    assert (answer.outcome, answer.status) == (outcome, status)
    assert "canary" not in answer.detail


def test_of_several_addresses_one_that_may_pass_decides_over_one_that_is_wrong_for_good(sink: Sink) -> None:
    with http_sink() as busy:
        sink.status, busy.status = 404, 503
        wrong, later = (f"json://127.0.0.1:{port}/" for port in (sink.port, busy.port))
        answers = [send(addresses, "127.0.0.1") for addresses in (f"{wrong}\n{later}", f"{wrong}\ncanary://x")]

    assert [(answer.outcome, answer.status) for answer in answers] == [(Outcome.AGAIN, 503), (Outcome.NEVER, 404)]


def test_a_process_that_takes_too_long_is_ended(sink: Sink) -> None:
    url = f"json://127.0.0.1:{sink.port}/canary"

    answer = chat.send([url], Rendered("late", "late"), "", parse_networks(["127.0.0.1"]), limit_s=0.2)

    assert (answer.outcome, answer.detail) == (Outcome.AGAIN, "json:// did not answer within 0.2 s.")
    assert sink.connections == 0


def test_the_process_that_sends_reads_no_file_and_starts_nothing(sink: Sink, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    url = f"json://127.0.0.1:{sink.port}/?attach={secret}"
    errand = Errand([url, f"discord://1234567890/{'a' * 64}?template={secret}"], "t", "b", "", ["127.0.0.1"])

    _run(errand)

    assert not [request for request in sink.requests if b"canary" in request.body]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (f"discord://1234567890/{'a' * 64}\ntgram://123456789:abcdefg_hijklmnop/12315544/", ""),
        (f"discord://1234567890/{'a' * 64}\ncanary://x", "cannot read address 2: it knows no such service"),
        ("canary", "begins with its service"),
        ("://x", "begins with its service"),
        *((f"{scheme}://canary", "on this machine") for scheme in sorted(LOCAL)),
        ("msteams://a/b/c?template=/etc/passwd", "names a file"),
        ("discord://id/token?template=canary.json", "names a file"),
        ("json://host/?attach=file:///etc/passwd", "names a file"),
        ("json://host/?Attach=https://inside.example.com/canary", "names a file"),
    ],
)
def test_an_address_that_touches_this_machine_is_refused_in_words_that_tell_no_secret(address: str, words: str) -> None:
    problem = problem_of("apprise", address)

    assert (words in problem) if words else problem == ""
    assert "canary" not in problem


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what apprise imports
def test_every_service_that_uses_programs_or_desktops_is_on_the_list() -> None:
    from apprise.manager_plugins import NotificationManager

    manager: Any = NotificationManager()  # type: ignore[no-untyped-call]
    local = {
        scheme
        for scheme in manager.schemas()
        for source in [Path(inspect.getsourcefile(manager[scheme]) or "").read_text()]
        if any(
            word in source for word in ("subprocess", "import dbus", "import gi", "ctypes", "win32", "import syslog")
        )
    }

    assert local <= LOCAL
    assert {"dbus", "macosx", "windows", "syslog"} <= local
