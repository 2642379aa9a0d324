"""A process that makes notifiers by forking, each of which dies at the point that it is told; for tests to kill.

`python -m tests.live.notifiers`: each line on its input is a point, or `none`; the answer is the new notifier's process id.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.db import connection  # noqa: E402

from dashboard.live.notifier import Notifier  # noqa: E402

CLAIM = timedelta(seconds=0.5)
#: By point: a statement that is sent there, and whether it is done before death comes.
POINTS = {
    "routing": ('UPDATE "dashboard_alertevent" SET "routed_at"', False),
    "notifying": ('UPDATE "dashboard_notificationgroup" SET "told_at"', False),
    "claimed": ('UPDATE "dashboard_notification" SET "state"', True),
    "recording": ('"delivered_at" = ', False),
}


def main() -> None:
    """Ends with its input."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _notify(line.strip())
        print(child, flush=True)  # noqa: T201


def _notify(point: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # Short for those that die with one; who lives on must not lose it because the machine is busy.
    notifier = Notifier(claim=CLAIM) if point in POINTS else Notifier()
    signal.signal(signal.SIGTERM, lambda *_: notifier.stop.set())
    with connection.execute_wrapper(_dying_at(point)):
        notifier.run()
    os._exit(0)


def _dying_at(point: str) -> Callable[..., Any]:
    words, is_done = POINTS.get(point, ("no such words", False))

    def wrapper(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if words not in sql or not sql.startswith("UPDATE"):
            return execute(sql, *rest)
        if is_done:
            execute(sql, *rest)
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    return wrapper


class Maker:
    """Asks the process for notifiers."""

    def __init__(self, asking: IO[str], answering: IO[str]) -> None:
        self._asking, self._answering = asking, answering
        self.living: set[int] = set()

    def start(self, point: str = "none") -> int:
        """A new notifier's process id."""
        self._asking.write(f"{point}\n")
        self._asking.flush()
        number = int(self._answering.readline())
        self.living.add(number)
        return number

    def end(self, number: int) -> None:
        """Tells a notifier to end, and waits for it."""
        os.kill(number, signal.SIGTERM)
        self.outlive(number)

    def outlive(self, number: int) -> None:
        """Waits until a notifier has ended."""
        deadline = time.monotonic() + 20
        while _lives(number):
            assert time.monotonic() < deadline, "the notifier lives on"
            time.sleep(0.01)
        self.living.discard(number)


def _lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def maker(url: str) -> Iterator[Maker]:
    """The process, for a database; it and all its notifiers end with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.live.notifiers"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "DATABASE_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    made = Maker(process.stdin, process.stdout)
    try:
        yield made
    finally:
        for number in made.living:
            if _lives(number):
                os.kill(number, signal.SIGKILL)
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


if __name__ == "__main__":
    main()
