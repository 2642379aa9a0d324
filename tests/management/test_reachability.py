"""What `manage.py up` finds out before it starts anything."""

import asyncio
import socket

import pytest

from dashboard.core.target import parse_address
from dashboard.management import reachability
from dashboard.management.reachability import answers_http, why_port_is_taken, why_unreachable
from tests.deployments import Cluster, Watched
from tests.servers import Kind, RedisServer, free_port, running


def why(address: str) -> str | None:
    return why_unreachable(parse_address(address))


def test_a_server_that_answers_is_reachable(watched_server: RedisServer) -> None:
    assert why(watched_server.url) is None
    assert why(watched_server.unix_url) is None


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("redis://127.0.0.1:1/0", "nothing listens at this address"),
        ("redis://no-such-host.invalid:6379/0", "host name cannot be resolved"),
        ("unix:///nowhere/none", "no socket file at this path"),
        ("redis+sentinel://127.0.0.1:1/main/0", "nothing listens at this address"),
        ("redis+cluster://127.0.0.1:1", "nothing listens at this address"),
    ],
)
def test_what_is_not_there_is_said_so(address: str, says: str) -> None:
    assert says in str(why(address))


def test_a_server_without_tls_is_said_so(valkey_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachability, "TIMEOUT_S", 0.5)

    assert "redis:// connects without TLS" in str(why(valkey_server.url.replace("redis:", "rediss:")))


def test_a_wrong_password_is_said_so_and_never_shown() -> None:
    with running(Kind.VALKEY_9, "--requirepass", "right") as server:
        url = server.url.removeprefix("redis://")

        assert why(f"redis://:right@{url}") is None
        assert why(f"redis://{url}") == "It asks for a user name or password, and none was given."
        for credentials in (":wrong-secret@", "nobody:wrong-secret@"):
            assert why(f"redis://{credentials}{url}") == "It refuses this user name or password."


def test_a_server_without_permission_for_ping_is_there() -> None:
    with running(Kind.VALKEY_9) as server:
        with server.client() as client:
            client.acl_setuser("reader", enabled=True, passwords=["+pw"], keys=["*"], commands=["+xinfo"])

        assert why(server.url.replace("redis://", "redis://reader:pw@")) is None


def test_silence_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachability, "TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert why(f"redis://127.0.0.1:{silent.getsockname()[1]}") == "It did not answer within the time limit."


def test_a_cluster_is_reached_through_its_seeds(shared_cluster: Cluster) -> None:
    assert why(shared_cluster.url) is None


def test_a_master_is_reached_through_its_sentinels(shared_watched: Watched) -> None:
    assert why(shared_watched.url) is None
    assert "know no master called other" in str(why(shared_watched.url.replace("/orders/", "/other/")))


def test_something_else_than_redis_is_no_success() -> None:
    with socket.create_server(("127.0.0.1", 0)) as web:
        asyncio.run(_talk_http(web))


async def _talk_http(web: socket.socket) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, sock=web)
    reason = await asyncio.to_thread(why, f"redis://127.0.0.1:{web.getsockname()[1]}")
    server.close()
    assert reason


def test_a_free_port_is_free_and_a_busy_one_names_the_next() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert why_port_is_taken("127.0.0.1", port) == (
            f"Port {port} is in use. Stop what listens there, or choose another: make run PORT={port + 1}"
        )
    assert why_port_is_taken("127.0.0.1", free_port()) is None


def test_a_foreign_address_cannot_be_listened_on() -> None:
    assert why_port_is_taken("no-such-host.invalid", 8000) == "BIND=no-such-host.invalid is no address of this machine."


@pytest.mark.parametrize(("status", "ready"), [(b"200 OK", True), (b"301 Moved", True), (b"503 Busy", False)])
async def test_a_web_server_is_ready_when_it_answers_without_an_error_of_its_own(status: bytes, ready: bool) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 " + status + b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        assert await answers_http("127.0.0.1", server.sockets[0].getsockname()[1]) is ready


async def test_a_web_server_that_is_not_there_is_not_ready() -> None:
    assert not await answers_http("127.0.0.1", free_port())
