"""TLS for real: what is accepted, and each way that it can fail in one sentence."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from msgspec.structs import replace

from dashboard.core.sample import ServerProblem, ServerState
from dashboard.core.target import Target, Tls, parse_address
from dashboard.redis_io.connect import check, connect, explain
from dashboard.redis_io.sweep import sweep
from dashboard.redis_io.tls import context_of
from tests.certificates import Authority, Issued, TlsServer, tls_running
from tests.servers import RedisServer

AUTHORITY, STRANGER = Authority(), Authority("A stranger")
CLIENT = AUTHORITY.issue("watcher")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[TlsServer]:
    with tls_running(folder, AUTHORITY, AUTHORITY.issue("localhost", "127.0.0.1")) as running:
        yield running


@pytest.fixture(scope="module")
def asking(folder: Path) -> Iterator[TlsServer]:
    """A server that wants to see a client certificate."""
    with tls_running(folder, AUTHORITY, AUTHORITY.issue("127.0.0.1"), asks_client=True) as running:
        yield running


def to(port: int, tls: Tls | None, host: str = "127.0.0.1") -> Target:
    return replace(parse_address(f"rediss://{host}:{port}/0"), tls=tls)


def problem(target: Target, timeout_s: float = 1.0) -> ServerProblem | None:
    with connect(target, timeout_s=timeout_s) as client:
        try:
            sweep(client, [b"orders"])
        except (redis.RedisError, OSError) as error:
            return explain(error)
    return None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_server_is_accepted_whose_certificate_our_authority_signed(server: TlsServer, host: str) -> None:
    target = to(server.port, AUTHORITY.trusting(), host)

    assert problem(target) is None
    assert check(target).ok, check(target).failure


def test_a_client_certificate_is_shown_to_a_server_that_asks_and_leaves_no_file_behind(
    asking: TlsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    open_files = len(list(Path("/dev/fd").iterdir()))

    assert problem(to(asking.port, AUTHORITY.trusting(CLIENT))) is None

    assert len(list(Path("/dev/fd").iterdir())) == open_files
    assert list(tmp_path.iterdir()) == []
    assert check(to(asking.port, AUTHORITY.trusting(CLIENT))).ok


def test_a_given_authority_is_trusted_alone() -> None:
    assert len(context_of(AUTHORITY.trusting()).get_ca_certs()) == 1


@pytest.mark.parametrize("tls", [None, STRANGER.trusting()], ids=["the machine's", "another"])
def test_a_certificate_of_an_unknown_authority_is_refused(server: TlsServer, tls: Tls | None) -> None:
    target = to(server.port, tls)

    assert problem(target) == ServerProblem(
        ServerState.DOWN,
        "Its TLS certificate is signed by an authority that is not trusted; give that authority's certificate.",
    )
    assert check(target).failure.startswith("TLS: Its TLS certificate is signed by an authority")


@pytest.mark.parametrize(
    ("names", "days", "says"),
    [
        (("example.org",), (-1, 9), "is made for other addresses than this one"),
        (("127.0.0.1",), (-9, -1), "has expired; the server needs a new one."),
        (("127.0.0.1",), (1, 9), "is not valid yet; compare the clocks"),
    ],
    ids=["another name", "expired", "of tomorrow"],
)
def test_a_certificate_that_is_not_good_here_and_now_is_refused(
    folder: Path, names: tuple[str, ...], days: tuple[int, int], says: str
) -> None:
    with tls_running(folder, AUTHORITY, AUTHORITY.issue(*names, days=days)) as running:
        target = to(running.port, AUTHORITY.trusting())
        found, tested = problem(target), check(target)

    assert found is not None
    assert says in found.detail
    assert tested.failure == f"TLS: {found.detail}"


def test_a_host_name_that_the_certificate_has_not_is_refused(asking: TlsServer) -> None:
    found = problem(to(asking.port, AUTHORITY.trusting(CLIENT), "localhost"))

    assert found is not None
    assert "made for other host names" in found.detail


@pytest.mark.parametrize(
    ("shown", "says"),
    [
        (None, "It asks for a client certificate, and none was given."),
        (STRANGER.issue("watcher"), "does not know the authority that signed it"),
        (AUTHORITY.issue("watcher", days=(-9, -1)), "It refuses our client certificate: it has expired."),
    ],
    ids=["none", "a stranger's", "expired"],
)
def test_a_client_certificate_that_is_not_accepted_is_named(asking: TlsServer, shown: Issued | None, says: str) -> None:
    target = to(asking.port, AUTHORITY.trusting(shown))

    found, tested = problem(target), check(target)

    assert found is not None
    assert says in found.detail
    assert says in tested.failure


@pytest.mark.parametrize(
    ("tls", "says"),
    [
        (Tls(ca="no PEM"), "authority's text is no certificate"),
        (Tls(certificate=CLIENT.certificate), "without a key"),
        (Tls(certificate=CLIENT.certificate, key=AUTHORITY.issue("x").key), "cannot be used together"),
        (Tls(certificate="x" * 100_000, key="x"), "longer than 64 kB"),
    ],
)
def test_texts_that_cannot_be_used_are_our_fault_and_named_before_anything_is_sent(tls: Tls, says: str) -> None:
    found = problem(to(1, tls))

    assert found is not None
    assert found.state is ServerState.DENIED
    assert says in found.detail
    assert found.detail in check(to(1, tls)).failure or "connection" in check(to(1, tls)).failure


def test_tls_spoken_to_a_plain_port_is_named(valkey_server: RedisServer) -> None:
    target = to(valkey_server.port, None)

    found = problem(target, timeout_s=0.3)

    assert found is not None
    assert "redis:// connects without TLS" in found.detail
    assert check(target, timeout_s=0.3).failure == f"TLS: {found.detail}"


def test_a_plain_command_on_a_port_with_tls_is_named(server: TlsServer) -> None:
    target = parse_address(f"redis://127.0.0.1:{server.port}/0")

    found = problem(target)

    assert found is not None
    assert "the address is rediss://" in found.detail
    assert check(target).failure == f"authentication: {found.detail}"


def test_a_server_that_dies_closes_the_connection_and_is_not_said_to_lack_tls(folder: Path) -> None:
    with (
        tls_running(folder, AUTHORITY, AUTHORITY.issue("127.0.0.1")) as running,
        connect(to(running.port, AUTHORITY.trusting())) as client,
    ):
        client.ping()
        running.server.kill()
        with pytest.raises(redis.ConnectionError) as cut:
            client.ping()
        with pytest.raises(redis.ConnectionError) as refused:
            client.ping()
        running.server.start()
        assert client.ping()

    assert explain(cut.value).detail in {"It closed the connection.", explain(refused.value).detail}
    assert "nothing listens" in explain(refused.value).detail
