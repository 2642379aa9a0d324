"""Chat, SMS and push, by apprise: each message in a process of its own that can do nothing but talk to where it may.

apprise resolves names and follows redirects by itself, reads files that an address names, and knows services of this very
machine. So addresses are looked at first, and the process that sends looks at every connection and every file again.
"""

import logging
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

import msgspec

from dashboard.receivers.answers import Answer, Outcome, again, delivered, mark_of, never
from dashboard.receivers.networks import Network
from dashboard.receivers.templates import Rendered

logger = logging.getLogger(__name__)

TIMEOUT_S = 20.0  # starting takes a second or two of it
_ROOT = Path(__file__).resolve().parents[2]
#: Those that ring, blink or write on this machine, or take a file of it for a key.
LOCAL = frozenset(
    {
        *("dbus", "kde", "qt", "gio", "glib", "gnome", "macosx", "windows", "blink1", "syslog", "rsyslog"),
        *("fcm", "vapid", "apprise", "apprises"),
    }
)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*")
_A_FILE = re.compile(r"^(?:[/~.]|file:|[a-zA-Z]:\\)|\.(?:pem|key|json|ya?ml|txt|env)$", re.IGNORECASE)
# Names that call everybody in a room, or somebody: a stream may be called so, and nobody meant it.
_CALLS = re.compile(r"(?<=@)(?=everyone|here|channel|all|room)|(?<=<)(?=[@!#])")


class Errand(msgspec.Struct):
    """What the process is told on its standard input, so that no secret is in an argument."""

    urls: list[str]
    title: str
    body: str
    severity: str
    allowed: list[str]
    reads_only: bool = False  # tells nobody, and says which addresses apprise cannot read


class Report(msgspec.Struct):
    """What it says of it, by place in the list of addresses: those that failed, with a status where there was one, why
    one was refused by us, and those that no service reads as its own."""

    failed: dict[int, int | None] = {}
    refused: dict[int, str] = {}
    unread: list[int] = []


def send(
    urls: Sequence[str],
    rendered: Rendered,
    severity: str,
    allowed: Sequence[Network],
    *,
    limit_s: float = TIMEOUT_S,
) -> Answer:
    """Tells every address; the answer says which of them need not be told again."""
    if problem := next(filter(None, map(problem_of, urls)), ""):
        return never(problem)
    title, body = (_CALLS.sub("\u200b", text) for text in (rendered.subject, rendered.body))
    errand = Errand(list(urls), title, body, severity, [str(network) for network in allowed])
    try:
        return _answer(_run(errand, limit_s), urls)
    except subprocess.TimeoutExpired:
        return again(f"{_names(urls)} did not answer within {limit_s:g} s.")
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError) as error:
        # Its text has no address in it, but what it printed may: so only how it ended is told.
        how = getattr(error, "returncode", type(error).__name__)
        logger.error("The process that sends to chats ended early (%s).", how)
        return again(f"The process that sends to chats ended early ({how}).")


def unread_problem(urls: Sequence[str]) -> str:
    """Which address apprise cannot read, in a sentence that doesn't repeat it; empty where it reads all of them."""
    try:
        report = _run(Errand(list(urls), "", "", "", [], reads_only=True))
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError):
        return ""  # a machine that is too busy to look is no reason to refuse an address
    return _unread(min(report.unread)) if report.unread else ""


def _unread(place: int) -> str:
    return f"apprise cannot read address {place + 1}: it knows no such service, or a part of the address is missing."


def problem_of(url: str) -> str:
    """What is wrong with an address, in a sentence that doesn't repeat it; empty where nothing is."""
    scheme = scheme_of(url)
    if not scheme:
        return "An address of apprise begins with its service, as in discord://… or tgram://…"
    if scheme in LOCAL:
        return f"{scheme}:// tells something on this machine, or needs a file of it: it cannot be a receiver here."
    if any(name.lower() == "attach" or _A_FILE.search(value) for name, value in parse_qsl(_split(url).query)):
        return "The address names a file: none may."
    return ""


def scheme_of(url: str) -> str:
    """The service's word, in small letters; "" where there is none."""
    scheme, colon, _ = url.strip().partition("://")
    return scheme.lower() if colon and _SCHEME.fullmatch(scheme) else ""


def _split(url: str) -> SplitResult:
    return urlsplit(url.strip())


def _run(errand: Errand, limit_s: float = TIMEOUT_S) -> Report:
    with tempfile.TemporaryDirectory(prefix="streamgauge-chat-") as empty:
        done = subprocess.run(
            [sys.executable, "-m", "dashboard.receivers.chat_process"],
            input=msgspec.json.encode(errand),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # libraries print addresses there
            cwd=empty,
            env=_environment(empty),
            timeout=limit_s,  # then it is killed
            check=True,
        )
    return msgspec.json.decode(done.stdout, type=Report)


def _environment(home: str) -> dict[str, str]:
    """What the process may know of ours: not one secret, and no proxy that would hide where it goes."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR") if name in os.environ}
    return kept | {"HOME": home, "PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "NO_PROXY": "*"}


def _answer(report: Report, urls: Sequence[str]) -> Answer:
    if not report.failed:
        return delivered(f"{_names(urls)} took the message.")
    answers = [_of_failed(report, urls, place) for place in report.failed]
    worst = next((answer for answer in answers if answer.outcome is Outcome.AGAIN), answers[0])
    told = tuple(mark_of(url) for place, url in enumerate(urls) if place not in report.failed)
    return msgspec.structs.replace(worst, told=told)


def _of_failed(report: Report, urls: Sequence[str], place: int) -> Answer:
    if place in report.unread:
        return never(_unread(place))
    if place in report.refused:
        return never(report.refused[place])
    status = report.failed[place]
    said = f"{_names([urls[place]])} did not take the message" + (f" ({status})." if status else ".")
    final = status is not None and 400 <= status < 500 and status not in (408, 425, 429)
    return never(said, status) if final else again(said, status)


def _names(urls: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(f"{scheme_of(url)}://" for url in urls))
