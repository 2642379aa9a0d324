"""What `manage.py up` finds out before it starts anything."""

import asyncio
import socket
from pathlib import Path

import pytest

from dashboard.core.target import parse_address
from dashboard.management import reachability
from dashboard.management.reachability import answers_http, why_port_is_taken, why_unreachable
from tests.servers import Kind, RedisServer, free_port, running


def why(address: str) -> str | None:
    return why_unreachable(parse_address(address))


def test_a_server_that_answers_is_reachable(watched_server: RedisServer) -> None:
    assert why(watched_server.url) is None
    assert why(watched_server.unix_url) is None


def test_a_refused_connection_is_said_so() -> None:
    assert why(f"redis://127.0.0.1:{free_port()}/0") == "nothing listens there (connection refused)"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 70], ids=["unknown", "too long a label"])
def test_an_unknown_name_is_said_so(host: str) -> None:
    assert why(f"redis://{host}:6379/0") == "its name is unknown (DNS)"


def test_a_missing_socket_is_said_so(tmp_path: Path) -> None:
    assert why(f"unix://{tmp_path}/none") == "there is no such socket"


def test_a_server_without_tls_is_said_so(valkey_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachability, "TIMEOUT_S", 0.5)

    assert why(valkey_server.url.replace("redis:", "rediss:")) in {
        "it does not speak TLS (redis:// is without)",
        "it does not answer within 3 s; does it speak TLS?",
    }


def test_a_wrong_password_is_said_so_and_never_shown() -> None:
    with running(Kind.VALKEY_9, "--requirepass", "right") as server:
        url = server.url.removeprefix("redis://")

        assert why(f"redis://:right@{url}") is None
        assert (
            why(f"redis://{url}")
            == "it asks for a password: redis://:password@host:port or redis://user:password@host:port"
        )
        for credentials in (":wrong-secret@", "nobody:wrong-secret@"):
            reason = why(f"redis://{credentials}{url}")
            assert reason == "it wants another user name or password"


def test_a_server_without_permission_for_ping_is_there() -> None:
    with running(Kind.VALKEY_9) as server:
        with server.client() as client:
            client.acl_setuser("reader", enabled=True, passwords=["+pw"], keys=["*"], commands=["+xinfo"])

        assert why(server.url.replace("redis://", "redis://reader:pw@")) is None


def test_silence_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachability, "TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert why(f"redis://127.0.0.1:{silent.getsockname()[1]}") == "it does not answer within 3 s"


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
