"""Webhooks: what arrives, how it proves where it is from, and what each answer means."""

import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from dashboard.core.notice import Change
from dashboard.receivers import Answer, Outcome, Templates, beat, deliver
from dashboard.receivers.answers import seconds_of
from dashboard.receivers.exchange import exchange
from dashboard.receivers.networks import Unreachable, parse_networks
from tests.receivers.notices import a_notice, an_alert
from tests.receivers.sinks import Sink, http_sink
from tests.servers import free_port

HERE = ("127.0.0.0/8",)
SECRET = "canary-secret"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as running:
        yield running


def send(address: str) -> Answer:
    return deliver("webhook", address, SECRET, notice=a_notice(), templates=Templates(), allowed_networks=HERE)


def test_what_arrives_has_alertmanagers_shape_a_key_and_a_signature(sink: Sink) -> None:
    notice = a_notice(an_alert(1), an_alert(2, severity="notice"), an_alert(3, Change.RESOLVED), left_out=4)

    answer = deliver("webhook", sink.url, SECRET, notice=notice, templates=Templates(), allowed_networks=HERE)

    assert (answer.outcome, answer.status, answer.detail) == (Outcome.DELIVERED, 200, "127.0.0.1 answered 200.")
    (request,) = sink.requests
    assert (request.method, request.path) == ("POST", "/in?token=canary-path")
    assert request.headers["Idempotency-Key"] == notice.key
    moment, proof = request.headers["Streamgauge-Timestamp"], request.headers["Streamgauge-Signature"]
    expected = hmac.new(SECRET.encode(), f"{moment}.".encode() + request.body, hashlib.sha256).hexdigest()
    assert proof == f"v1={expected}"
    assert abs(time.time() - int(moment)) < 60
    said = json.loads(request.body)
    assert {name: said[name] for name in ("version", "status", "receiver", "truncatedAlerts", "groupKey")} == {
        "version": "4",
        "status": "firing",
        "receiver": "on call",
        "truncatedAlerts": 4,
        "groupKey": 'everything:{server="shop"}',
    }
    assert said["commonLabels"] == {"threshold": "billing is late", "alertname": "billing is late", "server": "shop"}
    assert [(alert["status"], alert["labels"]["severity"]) for alert in said["alerts"]] == [
        ("firing", "critical"),
        ("firing", "info"),
        ("resolved", "critical"),
    ]
    assert said["alerts"][2]["endsAt"] == "2026-11-23T12:00:00+00:00"
    assert len({alert["fingerprint"] for alert in said["alerts"]}) == 3


@pytest.mark.parametrize(
    ("status", "headers", "outcome", "wait"),
    [
        (204, {}, Outcome.DELIVERED, None),
        (500, {}, Outcome.AGAIN, None),
        (503, {"Retry-After": "120"}, Outcome.AGAIN, 120),
        (429, {"Retry-After": "7"}, Outcome.AGAIN, 7),
        (429, {"Retry-After": "soon"}, Outcome.AGAIN, None),
        (408, {}, Outcome.AGAIN, None),
        (400, {}, Outcome.NEVER, None),
        (410, {}, Outcome.NEVER, None),
        (302, {"Location": "/elsewhere"}, Outcome.NEVER, None),
    ],
)
def test_each_answer_says_whether_to_try_again(
    sink: Sink, status: int, headers: dict[str, str], outcome: Outcome, wait: float | None
) -> None:
    sink.status, sink.headers = status, headers

    answer = send(sink.url)

    assert (answer.outcome, answer.retry_after_s, answer.status) == (outcome, wait, status)
    assert len(sink.requests) == 1


def test_a_wish_to_wait_is_a_day_at_most_and_may_be_a_date() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)

    assert seconds_of("Mon, 23 Nov 2026 12:01:30 GMT", noon) == 90
    assert seconds_of("Mon, 23 Nov 2026 11:00:00 GMT", noon) == 0
    assert seconds_of("999999999", noon) == 86400
    assert [seconds_of(text, noon) for text in ("", "-5", "never")] == [None, None, None]


def test_a_redirect_is_followed_with_the_same_request_three_times_at_most(sink: Sink) -> None:
    with http_sink() as first:
        first.status, first.headers = 307, {"Location": sink.url}
        assert send(first.url).outcome is Outcome.DELIVERED
        assert sink.requests[0].body == first.requests[0].body

    sink.status, sink.headers = 308, {"Location": sink.url}
    answer = send(sink.url)
    assert (answer.outcome, answer.detail) == (Outcome.NEVER, "127.0.0.1 redirects more than 3 times.")
    assert len(sink.requests) == 1 + 4


def says(*pieces: bytes, every_s: float = 0.0) -> Callable[[socket.socket], None]:
    def instead(connection: socket.socket) -> None:
        for piece in pieces:
            try:
                connection.sendall(piece)
            except OSError:
                return
            time.sleep(every_s)

    return instead


@pytest.mark.parametrize(
    "instead",
    [
        pytest.param(says(b"\x00\xff not HTTP\r\n\r\n"), id="garbage"),
        pytest.param(says(), id="hangs up"),
        pytest.param(says(*[b"H"] * 200, every_s=0.05), id="a byte now and then"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000), id="headers without end"),
    ],
)
def test_a_receiver_that_makes_no_sense_or_is_slow_is_tried_again(
    sink: Sink, instead: Callable[[socket.socket], None]
) -> None:
    sink.instead = instead
    began = time.monotonic()

    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        exchange("POST", sink.url, body=b"{}", allowed=parse_networks(HERE), timeout_s=1.0)

    assert time.monotonic() - began < 8


def test_a_long_answer_is_read_no_further_than_it_may_be(sink: Sink) -> None:
    sink.says = b"x" * 5_000_000

    assert send(sink.url).outcome is Outcome.DELIVERED


def test_nobody_there_is_tried_again() -> None:
    port = free_port()

    answer = send(f"http://127.0.0.1:{port}/")

    assert (answer.outcome, answer.detail) == (Outcome.AGAIN, "127.0.0.1 refuses connections.")


def test_an_address_may_have_letters_of_any_language(sink: Sink) -> None:
    answer = send(f"http://127.0.0.1:{sink.port}/höhe/%2F?a=b&c=ä")

    assert answer.outcome is Outcome.DELIVERED
    assert sink.requests[0].path == "/h%C3%B6he/%2F?a=b&c=%C3%A4"


def test_a_heartbeat_is_one_get(sink: Sink) -> None:
    answer = beat(sink.url, allowed_networks=HERE)

    assert answer.outcome is Outcome.DELIVERED
    assert [request.method for request in sink.requests] == ["GET"]
    assert beat("", allowed_networks=HERE).outcome is Outcome.NEVER
    told = deliver("heartbeat", sink.url, "", notice=a_notice(), templates=Templates(), allowed_networks=HERE)
    assert (told.outcome, len(sink.requests)) == (Outcome.NEVER, 1)


def test_no_answer_tells_a_secret(sink: Sink, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    addresses = [
        sink.url.replace("//", "//user:canary-password@"),
        f"http://user:canary-password@127.0.0.1:{port}/canary-path",
        f"ftp://canary-host:{port}/canary-path",
        "http://10.1.2.3/canary-path",
        "http://exa mple.com/canary-path",
        "not-canary-at-all",
    ]
    answers = []
    for status in (200, 302, 404, 500):
        sink.status, sink.headers = status, {"Location": "ftp://canary-path/"}
        answers += [send(address) for address in addresses]

    said = " ".join([answer.detail for answer in answers] + [record.getMessage() for record in caplog.records])
    assert "canary" not in said.replace("canary-host", "")
    assert sink.requests[0].headers["Authorization"].startswith("Basic ")
