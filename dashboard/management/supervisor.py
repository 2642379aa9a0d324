"""Keeps child processes running as one tree: restarts the dead, names them, and leaves none behind."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")
# The kernel kills a child when its parent dies on Linux only; elsewhere a watcher waits for a pipe to end.
TETHER = "signal" if sys.platform == "linux" else "pipe"
LONGEST_LINE = 4096


def shows_every_line(line: str) -> bool:
    return True


@dataclass(frozen=True)
class Child:
    """A command to keep running; `stops_last` is for what the others need until their end."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    shows: Callable[[str], bool] = shows_every_line
    stops_last: bool = False


@dataclass(frozen=True)
class Backoff:
    """How long to wait before a restart, in seconds: doubled for each death in a row, forgotten after a good run."""

    first: float = 0.5
    longest: float = 30.0
    well_after: float = 30.0

    def pause(self, previous: float | None, *, ran_for: float) -> float:
        if previous is None or ran_for >= self.well_after:
            return self.first
        return min(previous * 2, self.longest)


def describe_exit(status: int) -> str:
    """Returns what a return code of asyncio or subprocess means: negative for a signal."""
    if status >= 0:
        return f"ended with status {status}"
    with suppress(ValueError):
        return f"was killed by {signal.Signals(-status).name}"
    return f"was killed by signal {-status}"


def printable(line: bytes) -> str:
    """Returns a line of a child's output that cannot steer the terminal: control characters stand escaped."""
    text = line.decode("utf-8", "backslashreplace").rstrip("\r\n")
    return "".join(c if c.isprintable() or c == "\t" else ascii(c)[1:-1] for c in text)


class Supervisor:
    """Runs children inside one event loop; `say` gets each line for the operator."""

    def __init__(self, say: Callable[[str], None], *, backoff: Backoff | None = None, grace: float = 8.0) -> None:
        self.say = say
        self.backoff = backoff or Backoff()
        self.grace = grace
        self.tether = TETHER
        self.stop_asked = asyncio.Event()
        self.deaths: Counter[str] = Counter()  # by the child's name, since the start
        self._keepers: list[tuple[Child, asyncio.Task[None]]] = []
        # Only this process holds the second end: it closes with our death, whatever the cause.
        self._lifeline, self._our_end = os.pipe()

    def start(self, child: Child) -> None:
        """Starts a child and keeps it running until `stop`."""
        self._keepers.append((child, asyncio.create_task(self._keep(child), name=child.name)))

    def listen_to_signals(self) -> None:
        """Lets Ctrl-C, SIGTERM and a closed terminal ask for the stop; a second Ctrl-C ends the patience."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._on_interrupt)
        loop.add_signal_handler(signal.SIGTERM, self.ask_to_stop)
        # Under nohup SIGHUP is ignored on purpose.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            loop.add_signal_handler(signal.SIGHUP, self.ask_to_stop)

    def ask_to_stop(self) -> None:
        self.stop_asked.set()

    def _on_interrupt(self) -> None:
        # Only a person sends this one twice; a closing terminal sends several signals at once.
        if self.stop_asked.is_set():
            self.grace = 0.0
        self.ask_to_stop()

    async def stop(self) -> None:
        """Ends every child: SIGTERM, then SIGKILL to its whole group after the grace."""
        for last in (False, True):
            keepers = [keeper for child, keeper in self._keepers if child.stops_last is last]
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
        self._keepers.clear()

    async def _keep(self, child: Child) -> None:
        clock = asyncio.get_running_loop().time
        pause: float | None = None
        while True:
            began = clock()
            end = await self._run(child)
            self.deaths[child.name] += 1
            pause = self.backoff.pause(pause, ran_for=clock() - began)
            self.say(f"{child.name} {end}; starting it again in {pause:g} s")
            await asyncio.sleep(pause)

    async def _run(self, child: Child) -> str:
        # A pipe of our own: asyncio's would make `wait` last until a grandchild closes its end, too.
        reading, writing = os.pipe()
        relay = asyncio.create_task(self._relay(child, reading))
        try:
            process = await self._spawn(child, writing)
        except OSError as error:
            return f"could not be started ({error.strerror})"
        finally:
            os.close(writing)
        try:
            return describe_exit(await process.wait())
        finally:
            await self._end(process)
            # What left the group may hold the pipe open for ever: do not wait for it.
            await asyncio.wait([relay], timeout=0.5)
            relay.cancel()

    async def _spawn(self, child: Child, output: int) -> asyncio.subprocess.Process:
        by_pipe = self.tether == "pipe"
        number = self._lifeline if by_pipe else os.getpid()
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(LEASH), self.tether, str(number), *child.argv),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **child.environ},
            pass_fds=(self._lifeline,) if by_pipe else (),
            # A group of its own: the terminal's Ctrl-C reaches us alone, and we end the children in order.
            start_new_session=True,
        )

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            signal_group(process.pid, signal.SIGTERM)
            await self._outlast(process)
        signal_group(process.pid, signal.SIGKILL)
        await process.wait()

    async def _outlast(self, process: asyncio.subprocess.Process) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        while process.returncode is None and clock() - began < self.grace:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await process.wait()

    async def _relay(self, child: Child, reading: int) -> None:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", buffering=0)
        )
        try:
            await self._show_lines(child, reader)
        finally:
            transport.close()

    async def _show_lines(self, child: Child, reader: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await reader.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > LONGEST_LINE:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._show(child, line)
        if rest:
            self._show(child, rest)

    def _show(self, child: Child, line: bytes) -> None:
        text = printable(line[:LONGEST_LINE])
        if text and child.shows(text):
            self.say(f"{child.name:<8} | {text}")


def signal_group(leader: int, number: signal.Signals) -> None:
    """Signals a process and whatever it started; one that is gone is no error."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
