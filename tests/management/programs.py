"""Real processes for the tests of this folder: start one, read what it prints, look whether it still runs."""

import contextlib
import os
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.servers import wait_until

ROOT = Path(__file__).resolve().parents[2]
# What tests/settings.py and a developer's shell may have set, and a newcomer's has not.
OURS: tuple[str, ...] = (
    "DJANGO_SETTINGS_MODULE",
    "SECRET_KEY",
    "CREDENTIALS_KEY",
    "PLAIN_HTTP",
    "ORIGINS",
    "ALLOWED_HOSTS",
    "VAR_DIR",
)
OURS += ("REDIS_URL", "DATABASE_URL", "WATCH", "PORT", "BIND", "DEBUG", "LOG_LEVEL")


def newcomers_environment(**variables: str) -> dict[str, str]:
    """Returns this environment without what configures Streamgauge, and with these variables."""
    return {**{name: value for name, value in os.environ.items() if name not in OURS}, **variables}


class Program:
    """A running program whose output is read along; `pids` finds the numbers after the word pid."""

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str] | None = None, **options: object) -> None:
        self.process: subprocess.Popen[str] = subprocess.Popen(  # type: ignore[call-overload]
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environ,
            **{"cwd": ROOT, **options},
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    @property
    def pids(self) -> list[int]:
        return [int(number) for number in re.findall(r"pid (\d+)", self.output)]

    def wait_for(self, pattern: str, timeout: float = 15.0) -> "re.Match[str]":
        """Returns the match as soon as the output has one; fails with the whole output otherwise."""
        try:
            wait_until(lambda: re.search(pattern, self.output) is not None, pattern, timeout)
        except TimeoutError as error:
            raise AssertionError(f"{error}; it printed:\n{self.output}") from None
        found = re.search(pattern, self.output)
        assert found
        return found

    def wait_for_pids(self, count: int) -> list[int]:
        wait_until(lambda: len(self.pids) >= count, f"{count} pids")
        return self.pids

    def ends(self, timeout: float = 15.0) -> int:
        """Returns the exit status; the output is complete then."""
        status = self.process.wait(timeout)
        self._reader.join(timeout=5)
        return status

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(timeout=5)
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextlib.contextmanager
def program(argv: Sequence[str], environ: Mapping[str, str] | None = None, **options: object) -> Iterator[Program]:
    """A program for the length of a with block."""
    running = Program(argv, environ, **options)
    try:
        yield running
    finally:
        running.close()


def is_running(pid: int) -> bool:
    """False for what ended, also while nobody has collected its status yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        return stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
    return not Path("/proc/self").exists()


def wait_until_gone(pids: Sequence[int], timeout: float = 5.0) -> None:
    wait_until(lambda: not any(map(is_running, pids)), f"the end of {list(pids)}", timeout)
