"""Where no message may go, in every way in which an address can be written."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from dashboard.receivers import Outcome, Templates, beat, deliver
from dashboard.receivers.networks import Refused, check, parse_networks
from tests.receivers.notices import a_notice
from tests.receivers.sinks import Sink, http_sink

FORMS = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://127.1:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://127.255.255.254:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://user@127.0.0.1:{port}/",
    "http://example.com@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@example.com/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
]


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink("0.0.0.0") as running:  # noqa: S104 - every address of this machine must be refused
        yield running


@pytest.mark.parametrize("form", FORMS)
def test_no_way_of_writing_this_machines_address_reaches_it(sink: Sink, form: str) -> None:
    address = form.format(port=sink.port)

    answer = deliver("webhook", address, "", notice=a_notice(), templates=Templates())

    assert answer.outcome is not Outcome.DELIVERED
    assert beat(address).outcome is not Outcome.DELIVERED
    assert sink.connections == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_inside_is_not_followed(sink: Sink, status: int) -> None:
    inside = http_sink()
    with inside as secret:
        sink.status, sink.headers = status, {"Location": f"http://127.0.0.2:{secret.port}/"}
        secret_before = secret.connections
        posted = deliver(
            "webhook",
            f"http://127.0.0.1:{sink.port}/",
            "",
            notice=a_notice(),
            templates=Templates(),
            allowed_networks=["127.0.0.1"],
        )
        beaten = beat(f"http://127.0.0.1:{sink.port}/", allowed_networks=["127.0.0.1"])

    assert (posted.outcome, beaten.outcome) == (Outcome.NEVER, Outcome.NEVER)
    assert "127.0.0.2 is in a private network" in beaten.detail
    assert secret.connections == secret_before == 0


@pytest.mark.parametrize(
    ("address", "allowed", "words"),
    [
        ("93.184.216.34", [], ""),
        ("2606:2800:220:1::1", [], ""),
        ("10.1.2.3", [], "10.1.2.3 is in a private network"),
        ("10.1.2.3", ["10.0.0.0/8"], ""),
        ("100.64.0.1", [], "private network"),
        ("192.0.2.1", [], "private network"),
        ("198.18.0.1", [], "private network"),
        ("fc00::1", [], "private network"),
        ("::ffff:10.1.2.3", ["10.0.0.0/8"], "private network"),
        ("64:ff9b::a01:203", [], "private network"),
        ("2002:a01:203::1", [], "private network"),
        ("2001:0:4136:e378:8000:63bf:f5fe:fdfc", [], "private network"),
        ("::8.8.8.8", [], "private network"),
        ("fec0::1", [], "private network"),
        ("64:ff9b:1::808:808", [], "private network"),
        ("64:ff9b::808:808", [], ""),
        ("5f00::1", [], "private network"),
        ("192.88.99.1", [], "private network"),
        ("168.63.129.16", ["0.0.0.0/0"], "a cloud's own"),
        ("192.0.0.192", ["0.0.0.0/0"], "a cloud's own"),
        ("169.254.169.254", ["0.0.0.0/0"], "a cloud's own"),
        ("::ffff:169.254.169.254", ["::/0", "0.0.0.0/0"], "a cloud's own"),
        ("fe80::1", ["::/0"], "a cloud's own"),
        ("fd00:ec2::254", ["::/0"], "a cloud's own"),
        ("100.100.100.200", ["0.0.0.0/0"], "a cloud's own"),
        ("224.0.0.1", ["0.0.0.0/0"], "multicast"),
        ("ff02::1", ["::/0"], "multicast"),
        ("240.0.0.1", [], "private network"),
        ("255.255.255.255", [], "private network"),
    ],
)
def test_an_address_is_public_or_allowed_or_refused(address: str, allowed: list[str], words: str) -> None:
    if not words:
        check(ip_address(address), parse_networks(allowed))
        return
    with pytest.raises(Refused, match=words):
        check(ip_address(address), parse_networks(allowed))


def test_a_name_is_looked_up_once_and_refused_where_one_of_its_addresses_is_inside(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_sink() as allowed:
        # DNS of somebody who means harm: first the address that may be, then, or beside it, the one that may not.
        zone = {
            "rebinds.example": [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]],
            "both.example": [["127.0.0.1", "127.0.0.2"]],
        }
        asked: list[str] = []
        really = socket.getaddrinfo

        def lookup(host: str, port: int, *rest: Any, **options: Any) -> list[Any]:
            asked.append(host)
            addresses = zone[host].pop(0) if host in zone else [host]
            return [found for address in addresses for found in really(address, port, *rest, **options)]

        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        names = [f"http://{name}:{allowed.port}/" for name in ("rebinds.example", "both.example")]
        rebinds, both = (beat(name, allowed_networks=["127.0.0.1"]) for name in names)

    assert (rebinds.outcome, both.outcome) == (Outcome.DELIVERED, Outcome.NEVER)
    assert asked.count("rebinds.example") == 1
    assert [request.headers["Host"] for request in allowed.requests] == [f"rebinds.example:{allowed.port}"]


def test_a_network_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match=r"“10\.0\.0\.0/33” is no network"):
        parse_networks(["10.0.0.0/33"])
