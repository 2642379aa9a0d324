"""A catalogue as the script that a browser loads: small, and under a name with a hash it is cached for ever."""

import json
import re
from collections.abc import Collection
from pathlib import Path

from tools.catalogue import Message, read

_PLURAL = re.compile(r"plural=([n0-9 ()?:!=<>&|%]+);")


def compiled(path: Path, told: Path, *, heard: Collection[str] | None = None) -> str:
    """`globalThis.words = {plural, texts, told}`; texts: English → words, or a list of them by plural form.

    Of what is told, what a browser may hear (`heard`; None: all of it).
    """
    messages = read(path.read_text())
    header, texts = messages[0], messages[1:]
    match = _PLURAL.search(header.said.get(0, ""))
    if match is None:
        raise ValueError(f"{path} has no Plural-Forms that are an expression of n")
    sentences = [each for each in read(told.read_text())[1:] if heard is None or each.key[1] in heard]
    return (
        f"// Made by `make words` from the catalogues in locale/{path.parent.parent.name}.\n"
        f"globalThis.words = {{\nplural: (n) => Number({match[1].strip()}),\n"
        f"texts: {{\n{_lines(texts)}}},\ntold: {{\n{_lines(sentences)}}},\n}};\n"
    )


def _lines(messages: list[Message]) -> str:
    done = [each for each in messages if any(each.said.values())]
    return "".join(f"{json.dumps(each.key[1], ensure_ascii=False)}: {_said(each)},\n" for each in done)


def _said(message: Message) -> str:
    forms = [message.said[number] for number in sorted(message.said)]
    return json.dumps(forms if "msgid_plural" in message.words else forms[0], ensure_ascii=False)
