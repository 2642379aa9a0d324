"""A catalogue as the script that a browser loads: small, and under a name with a hash it is cached for ever."""

import json
import re
from pathlib import Path

from tools.catalogue import Message, read

_PLURAL = re.compile(r"plural=([n0-9 ()?:!=<>&|%]+);")


def compiled(path: Path) -> str:
    """`globalThis.words = {plural, texts}`; texts: English → words, or a list of them by plural form."""
    messages = read(path.read_text())
    header, texts = messages[0], messages[1:]
    match = _PLURAL.search(header.said.get(0, ""))
    if match is None:
        raise ValueError(f"{path} has no Plural-Forms that are an expression of n")
    lines = [
        f"  {json.dumps(each.key[1], ensure_ascii=False)}: {_said(each)}" for each in texts if any(each.said.values())
    ]
    return (
        f"// Made by `make words` from {path.parent.parent.name}/…/{path.name}.\n"
        f"globalThis.words = {{ plural: (n) => Number({match[1].strip()}), texts: {{\n" + ",\n".join(lines) + "\n} };\n"
    )


def _said(message: Message) -> str:
    forms = [message.said[number] for number in sorted(message.said)]
    return json.dumps(forms if "msgid_plural" in message.words else forms[0], ensure_ascii=False)
