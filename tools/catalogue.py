"""What is wrong with a catalogue, by reading it: gettext's own programs know no placeholders in braces."""

import re
from dataclasses import dataclass, field
from pathlib import Path

HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""
_LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr)(?:\[(\d+)\])? )?"(.*)"$')
_PLACEHOLDER = re.compile(r"\{\w+\}|%\(\w+\)[sd]|%[sd]")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass
class Message:
    """One entry: its words, and those of the language (by number of the plural form)."""

    words: dict[str, str] = field(default_factory=dict)
    said: dict[int, str] = field(default_factory=dict)
    fuzzy: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.words.get("msgctxt", ""), self.words.get("msgid", "")


def read(text: str) -> list[Message]:
    """The entries of a catalogue, its header first; obsolete ones (#~) are left out."""
    found = []
    for block in re.split(r"\n\s*\n", text):
        message = _message(block)
        if "msgid" in message.words:
            found.append(message)
    return found


def _message(block: str) -> Message:
    message = Message()
    parts: dict[tuple[str, int], str] = {}
    place = ("", 0)
    for line in block.splitlines():
        if line.startswith("#,"):
            message.fuzzy |= "fuzzy" in line
        elif match := _LINE.match(line):
            place = (match[1], int(match[2] or 0)) if match[1] else place
            parts[place] = parts.get(place, "") + _unescaped(match[3])
    message.words = {name: text for (name, _), text in parts.items() if name != "msgstr"}
    message.said = {number: text for (name, number), text in parts.items() if name == "msgstr"}
    return message


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), text)


def complaints(path: Path, template: str) -> list[str]:
    """What is missing, fuzzy, stale or has other placeholders than the English words."""
    wanted = {message.key: message for message in read(template) if message.key[1]}
    held = {message.key: message for message in read(path.read_text()) if message.key[1]} if path.exists() else {}
    found = [f"missing: {words!r}" for context, words in sorted(wanted.keys() - held.keys())]
    found += [f"no longer said: {words!r}" for context, words in sorted(held.keys() - wanted.keys())]
    return found + [line for message in held.values() for line in _faults(message)]


def _faults(message: Message) -> list[str]:
    words = message.key[1]
    if message.fuzzy:
        return [f"fuzzy: {words!r}"]
    if not message.said or not all(message.said.values()):
        return [f"untranslated: {words!r}"]
    plural = message.words.get("msgid_plural", words)
    allowed = set(_PLACEHOLDER.findall(words + plural))
    least = set(_PLACEHOLDER.findall(plural))
    wrong = [said for said in message.said.values() if not set(_PLACEHOLDER.findall(said)) <= allowed]
    wrong += [said for number, said in message.said.items() if number and not least <= set(_PLACEHOLDER.findall(said))]
    if "msgid_plural" not in message.words and set(_PLACEHOLDER.findall(message.said[0])) != allowed:
        wrong.append(message.said[0])
    return [f"other placeholders: {words!r}: {said!r}" for said in wrong[:1]]
