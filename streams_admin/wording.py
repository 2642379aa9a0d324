"""What plans and actions say to people. Names are shown escaped, commands as redis-cli takes them."""

import re
from collections.abc import Iterable

from dashboard.core.names import digest, display
from streams_admin.facts import AcknowledgeFacts, ClaimFacts, Count, Facts, GroupFact, Outcome, TrimFacts, TrimMode

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
    "no-consumer": "The consumer is gone, and the plan was not to create it.",
}

#: Why an entry was left as it was.
SKIPPED = {
    "moved": "Owned by {} now",
    "redelivered": "Delivered again since the preview",
    "busy": "Touched again by its consumer since the preview",
    "ghost": "Ghost: the entry itself was deleted, there is nothing to process",
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


def title(facts: Facts) -> str:
    """What was asked, in one line; also the words on the button."""
    match facts:
        case ClaimFacts():
            return f"Claim {entries(len(facts.entries))} for {_short(facts.consumer)}"
        case AcknowledgeFacts():
            return f"Acknowledge {entries(len(facts.entries))} of {_short(facts.group)}"
        case TrimFacts():
            return f"Trim {entries(facts.removed)}"


def _short(name: bytes, limit: int = 60) -> str:
    text = display(name)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def commands(facts: Facts) -> list[str]:
    """The Redis commands that the script issues once its checks have passed; long lists end in a line that says so."""
    match facts:
        case ClaimFacts():
            lines = (
                command("XCLAIM", facts.key, facts.group, facts.consumer, "0", entry.id, "JUSTID")
                for entry in facts.entries
            )
            return _cut(lines, len(facts.entries))
        case AcknowledgeFacts():
            lines = (command("XACK", facts.key, facts.group, entry.id) for entry in facts.entries)
            return _cut(lines, len(facts.entries))
        case TrimFacts():
            return [
                command("XTRIM", facts.key, "MINID", "~", facts.cutoff, "LIMIT", "10000")
                + "   (until it removes none)",
                command("XTRIM", facts.key, "MINID", "=", facts.cutoff),
            ]


def _cut(lines: Iterable[str], total: int) -> list[str]:
    shown = [line for line, _ in zip(lines, range(_SHOWN_COMMANDS), strict=False)]
    if total > len(shown):
        shown.append(f"… and {number(total - len(shown))} more, one an entry")
    return shown


def asked(facts: TrimFacts) -> str:
    """How the trim was asked for."""
    match facts.mode:
        case TrimMode.SAFE:
            return "everything that every group has acknowledged"
        case TrimMode.LENGTH:
            return f"to the newest {entries(facts.asked or 0)}"
        case TrimMode.AGE:
            return f"entries older than {duration(facts.asked or 0)}"


def duration(seconds: int) -> str:
    """`1 d 2 h`, the two largest units."""
    parts = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            parts.append(f"{seconds // size} {unit}")
            seconds %= size
    return " ".join(parts[:2]) or "0 s"


def risks(facts: Facts) -> list[str]:
    """What cannot be undone, a sentence each."""
    match facts:
        case ClaimFacts():
            return _claim_risks(facts)
        case AcknowledgeFacts():
            lines = [
                f"The group {_short(facts.group)} will not be given these entries again; acknowledging cannot be undone."
            ]
            if facts.ghosts:
                lines.append(f"{entries(facts.ghosts)} of them are ghosts: deleted, with nothing left to process.")
            return lines
        case TrimFacts():
            lines = [f"{entries(facts.removed).capitalize()} will be destroyed with their payloads."]
            return lines + [line for group in facts.groups for line in _group_risks(group)]


def _claim_risks(facts: ClaimFacts) -> list[str]:
    lines = []
    if facts.creates_consumer:
        lines.append(f"The consumer {_short(facts.consumer)} does not exist yet and will be created.")
    owners = owners_of(facts)
    if owners:
        lines.append(
            f"If {', '.join(_short(owner) for owner, _ in owners[:5])} {'is' if len(owners) == 1 else 'are'} still "
            "working on these entries, they will be processed twice."
        )
    return lines


def _group_risks(group: GroupFact) -> list[str]:
    name, undelivered, pending = group.name, group.loses_undelivered, group.loses_pending
    lines = []
    if undelivered.value or not undelivered.exact:
        lines.append(f"{_short(name)} will never be given {entries(undelivered)} that it has not read.")
    if pending.value or not pending.exact:
        lines.append(f"{_short(name)} has not acknowledged {counted(pending)} of these; they become ghosts.")
    return lines


def owners_of(facts: ClaimFacts | AcknowledgeFacts) -> list[tuple[bytes, int]]:
    """Consumers that own the entries now, with how many, most first."""
    counts: dict[bytes, int] = {}
    for entry in facts.entries:
        counts[entry.owner] = counts.get(entry.owner, 0) + 1
    return sorted(counts.items(), key=lambda item: -item[1])


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
