"""The embedded server, run as `manage.py up` runs it."""

import asyncio
import contextlib
import os
import signal
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis

from dashboard.management.embedded import EmbeddedServer, is_news
from dashboard.management.supervisor import Supervisor


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not tmp_path: a unix socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="sg-") as name:
        yield Path(name)


@contextlib.asynccontextmanager
async def running(server: EmbeddedServer, said: list[str]) -> AsyncIterator["redis.Redis"]:
    server.prepare()
    supervisor = Supervisor(said.append)
    supervisor.start(server.child())
    try:
        assert await server.ready(within=10)
        with redis.Redis.from_url(server.address()) as client:
            yield client
    finally:
        await supervisor.stop()


async def test_a_restart_keeps_what_was_written(folder: Path) -> None:
    server, said = EmbeddedServer(folder / "redis"), list[str]()
    async with running(server, said) as client:
        client.xadd("orders", {"n": "1"})

    async with running(server, said) as client:
        assert client.xlen("orders") == 1
        assert client.config_get("appendonly") == {"appendonly": "yes"}
    assert said == []


async def test_being_killed_loses_nothing_either(folder: Path) -> None:
    server, said = EmbeddedServer(folder / "redis"), list[str]()
    async with running(server, said) as client:
        client.xadd("orders", {"n": "1"})
        killed = client.info("server")["process_id"]
        os.kill(killed, signal.SIGKILL)
        await _another_process(server, killed)

        with redis.Redis.from_url(server.address()) as again:
            assert again.xlen("orders") == 1
    assert said[0].startswith("valkey was killed by SIGKILL")


async def _another_process(server: EmbeddedServer, killed: int) -> None:
    for _ in range(100):
        with contextlib.suppress(redis.ConnectionError), redis.Redis.from_url(server.address()) as client:
            if client.info("server")["process_id"] != killed:
                return
        await asyncio.sleep(0.05)
    raise AssertionError("the embedded server did not come back")


async def test_only_its_owner_reaches_it(folder: Path) -> None:
    server = EmbeddedServer(folder / "redis")
    async with running(server, []) as client:
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
        assert client.config_get("port") == {"port": "0"}


async def test_a_deep_folder_gets_its_socket_elsewhere_and_works(folder: Path) -> None:
    server = EmbeddedServer(folder / ("deep" * 30))
    async with running(server, []) as client:
        assert client.ping()
        assert server.socket.is_relative_to(tempfile.gettempdir())
        assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700


async def test_a_folder_with_spaces_and_signs_works(folder: Path) -> None:
    async with running(EmbeddedServer(folder / "ü %20 #?"), []) as client:
        assert client.ping()


async def test_a_server_that_is_not_there_is_not_ready(folder: Path) -> None:
    assert not await EmbeddedServer(folder).ready(within=0.1)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("77:M 23 Nov 2026 21:20:36.837 # WARNING Memory overcommit must be enabled! … vm.overcommit_memory=1", False),
        ("77:M 23 Nov 2026 21:20:36.874 * Ready to accept connections unix", False),
        ("77:signal-handler (1795468838) Received SIGTERM scheduling shutdown...", False),
        ("77:M 23 Nov 2026 21:20:38.887 # Valkey is now ready to exit, bye bye...", False),
        ("77:M 23 Nov 2026 21:20:36.837 # Can't chdir to '/nowhere': No such file or directory", True),
        ("*** FATAL CONFIG FILE ERROR (Valkey 9.1.2) ***", True),
    ],
)
def test_only_news_of_the_server_is_shown(line: str, shown: bool) -> None:
    assert is_news(line) is shown
