"""`python -m dashboard.receivers.chat_process`: sends one message through apprise, and can do next to nothing else.

An audit hook of Python's looks at each connection, each file and each program that anything in the process asks for.
"""

import logging
import re
import signal
import sys
import sysconfig
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import msgspec

from dashboard.receivers.chat import TIMEOUT_S, Errand, Report
from dashboard.receivers.networks import Network, Refused, check, parse_networks

_STATUS = re.compile(r"error=(\d{3})\b")
_READABLE = tuple(
    str(Path(folder).resolve())
    for folder in (sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), "/etc/ssl", "/usr/share", "/dev/null")
)
_NOT_HERE = (
    *("subprocess.", "os.exec", "os.posix_spawn", "os.system", "os.fork", "ctypes.dlopen", "os.startfile", "os.kill"),
    *("pty.spawn", "webbrowser.open", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink"),
    *("os.truncate", "os.chmod", "os.chown", "shutil.", "sqlite3.connect"),
)


class Fence:
    """What the process may not do; remembers the first thing that an address tried and was refused."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = allowed
        self.refused = ""

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """Python's audit hook: raises where the event may not be."""
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            self._connect(args[-1])
        elif event == "open":
            self._open(*args)
        elif event.startswith(_NOT_HERE):
            self._refuse("A message may start no program, and change no file.")

    def _connect(self, where: Any) -> None:
        if not isinstance(where, tuple) or len(where) < 2:
            if where is not None:  # an unconnected datagram's would be seen, a connected one's was
                self._refuse("A message may go to the internet alone.")
            return
        try:
            # Names have been resolved by now: whoever connects by name would resolve it once more, unseen.
            check(ip_address(str(where[0]).partition("%")[0]), self._allowed)
        except ValueError:
            self._refuse("A message may go to an address alone, not to a name.")
        except Refused as refusal:
            self._refuse(str(refusal))

    def _open(self, path: Any, mode: Any, flags: Any) -> None:
        if isinstance(path, int):
            return
        # 3: O_WRONLY | O_RDWR, and creating, truncating and appending need one of them.
        writes = (isinstance(flags, int) and flags & 3) or (isinstance(mode, str) and set(mode) & set("wax+"))
        if writes or not str(Path(_text(path)).resolve()).startswith(_READABLE):
            self._refuse("A message may read no file.")

    def _refuse(self, words: str) -> None:
        self.refused = self.refused or words
        raise PermissionError(words)


def _text(path: Any) -> str:
    return path.decode(errors="replace") if isinstance(path, bytes) else str(path)


class Statuses(logging.Handler):
    """Keeps the last HTTP status that apprise logged, and nothing else of what it says."""

    last: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Takes in one line of the log."""
        if found := _STATUS.search(record.getMessage()):
            self.last = int(found[1])


def main() -> None:
    """Reads an errand, does it, prints the report."""
    signal.alarm(2 * round(TIMEOUT_S))  # where whoever started us was killed, and cannot end us
    errand = msgspec.json.decode(sys.stdin.buffer.read(), type=Errand)
    report = deliver(errand)
    sys.stdout.buffer.write(msgspec.json.encode(report))


def deliver(errand: Errand) -> Report:
    """Tells each address in turn. For this process alone: the fence cannot be taken down again."""
    import apprise
    from apprise.manager_plugins import NotificationManager

    # What apprise itself brings is read before the fence stands; what an address says is read behind it.
    NotificationManager().schemas()  # type: ignore[no-untyped-call]
    asset = apprise.AppriseAsset(plugin_paths=[], async_mode=False, secure_logging=True)
    statuses, report = Statuses(), Report()
    logging.getLogger("apprise").addHandler(statuses)
    fence = Fence(parse_networks(errand.allowed))
    sys.addaudithook(fence)
    for place, url in enumerate(errand.urls):
        statuses.last, fence.refused = None, ""
        target = apprise.Apprise.instantiate(url, asset=asset)
        if target is None and not fence.refused:
            report.unread.append(place)
        if target is None or not (errand.reads_only or _told(target, errand)):
            report.failed[place] = statuses.last
            if fence.refused:
                report.refused[place] = fence.refused
    return report


def _told(target: Any, errand: Errand) -> bool:
    kind = {"critical": "failure", "warning": "warning", "": "success"}.get(errand.severity, "info")
    try:
        return bool(target.notify(body=errand.body, title=errand.title, notify_type=kind, body_format="text"))
    except Exception:
        # Whatever a service's own code comes upon: the message did not arrive.
        return False


if __name__ == "__main__":
    main()
