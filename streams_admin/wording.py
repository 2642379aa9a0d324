"""What plans and actions say to people. Names are shown escaped, commands as redis-cli takes them."""

import re
from collections.abc import Iterable

from dashboard.core.names import digest, display
from streams_admin.facts import Count, Outcome

#: Why a script did nothing, and what to do.
ABORTED = {
    "server-replaced": "Another server answers at this address than the one that was previewed (restart or failover).",
    "no-stream": "The key is gone.",
    "not-a-stream": "The key holds something else than a stream now.",
    "stream-replaced": "The stream was deleted and made again since the preview.",
    "no-group": "The group is gone.",
    "no-groups": "All groups are gone, so nothing tells what has been processed.",
    "groups-changed": "The groups are not those of the preview.",
    "moved-back": "A group was set back since the preview, so it needs entries that the plan removes.",
    "group-exists": "There is a group of this name already.",
    "group-moved": "The group has read or acknowledged entries since the preview.",
    "stream-changed": "Entries were added or removed since the preview.",
    "consumer-pending": "Entries are pending with the consumer still, so it was not deleted.",
    "consumer-alive": "The consumer has asked for entries since the preview: it is alive.",
    "target-not-a-stream": "The other key holds something else than a stream.",
    "marker-gone": (
        "The marker that said how far this got is gone: it lasts for a day, and a server that is out of memory may evict it."
        " Nothing more was added, for it might be added twice: make a new plan for what is missing."
    ),
    "marker-moved": "Another run of this action has got further meanwhile.",
    "key-there": "Something is at this key already: a stream is put back only where nothing is.",
    "rebuilt-changed": "What was rebuilt is not there as it was left. Plan again.",
    "too-busy": "More was added meanwhile than can be taken along at one stroke. Try again in a quieter minute.",
    "too-many-pending": "The groups have more pending entries and consumers than can be taken along at one stroke (1,000).",
    "no-consumer": "The consumer is gone, and the plan was not to create it.",
}

#: Why an entry was left as it was.
SKIPPED = {
    "moved": "Owned by {} now",
    "redelivered": "Delivered again since the preview",
    "busy": "Touched again by its consumer since the preview",
    "ghost": "Ghost: the entry itself was deleted, there is nothing to process",
    "unread": "Not read yet by {}",
    "unacknowledged": "Not acknowledged yet by {}",
    "there": "Its entry is there",
    "held": "Already with the consumer asked for",
}

_PLAIN = re.compile(rb"[A-Za-z0-9_.:/@%+=,~()*-]+")
_SHOWN_COMMANDS = 20


def quoted(word: bytes) -> str:
    r"""The word as redis-cli takes it: plain where it is, otherwise in double quotes with `\xNN`."""
    if _PLAIN.fullmatch(word):
        return word.decode("ascii")
    return '"' + "".join(_in_quotes(byte) for byte in word) + '"'


def _in_quotes(byte: int) -> str:
    if byte in b'"\\':
        return "\\" + chr(byte)
    return chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}"


def command(*words: bytes | str) -> str:
    """One command line."""
    return " ".join(quoted(word if isinstance(word, bytes) else word.encode()) for word in words)


def number(value: int) -> str:
    """Thousands apart by thin spaces."""
    return f"{value:,}".replace(",", "\u2009")


def counted(count: Count) -> str:
    """`1 200`, or `at least 1 200`."""
    return number(count.value) if count.exact else f"at least {number(count.value)}"


def entries(count: Count | int) -> str:
    """`1 entry`, `2 entries`, `at least 10 000 entries`."""
    count = Count(count) if isinstance(count, int) else count
    return f"{counted(count)} {'entry' if count == Count(1) else 'entries'}"


def short(name: bytes, limit: int = 60) -> str:
    """The name as it is shown, cut where it is long."""
    text = display(name)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def cut(lines: Iterable[str], total: int) -> list[str]:
    """The first of them, and a line that says how many more there are."""
    shown = [line for line, _ in zip(lines, range(_SHOWN_COMMANDS), strict=False)]
    if total > len(shown):
        shown.append(f"… and {number(total - len(shown))} more, one an entry")
    return shown


def duration(seconds: int) -> str:
    """`1 d 2 h`, the two largest units."""
    parts = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            parts.append(f"{seconds // size} {unit}")
            seconds %= size
    return " ".join(parts[:2]) or "0 s"


def confirmation(key: bytes) -> str:
    """What must be typed before a trim: the key as it is shown, or the start of its digest where that is too long."""
    shown = display(key)
    return shown if len(shown) <= 80 else digest(key)[:12]


def skipped_lines(outcome: Outcome) -> list[tuple[str, int]]:
    """Why entries were left as they were, with how many, most first."""
    lines: dict[str, int] = {}
    for item in outcome.not_done:
        line = SKIPPED.get(item.why, item.why).format(item.detail)
        lines[line] = lines.get(line, 0) + 1
    return sorted(lines.items(), key=lambda item: -item[1])
