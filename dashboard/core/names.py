"""Names are bytes. This module shows them to people and puts them into addresses, losslessly."""

import base64
import binascii
import hashlib
import re
import unicodedata

# Bidirectional controls and other invisible characters can make one name look like another.
_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
_ESCAPE = re.compile(r"\\\\|\\[nrt]|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U000[0-9a-f]{5}|\\U0010[0-9a-f]{4}")
_SHORT = {"\\\\": b"\\", "\\n": b"\n", "\\r": b"\r", "\\t": b"\t"}


def display(name: bytes) -> str:
    r"""The name as text, with bytes that are not UTF-8 and invisible characters as escapes (`\xff`, `\n`, `\u202e`).

    A backslash in the name is doubled wherever an escape could be mistaken for it, so two names never look the same.
    """
    text = name.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    if unicodedata.category(char) not in _HIDDEN and (char == " " or not char.isspace()):
        return char
    # U+0080 to U+00FF would come out as \xNN, which stands for a byte that is not UTF-8.
    return f"\\u{ord(char):04x}" if 0x80 <= ord(char) <= 0xFF else char.encode("unicode_escape").decode("ascii")


def from_display(text: str) -> bytes:
    """The name that `display` shows so. A backslash that begins none of its escapes stands for itself."""
    parts, end = [], 0
    for found in _ESCAPE.finditer(text):
        parts += [text[end : found.start()].encode(), _unescaped(found[0])]
        end = found.end()
    return b"".join([*parts, text[end:].encode()])


def _unescaped(escape: str) -> bytes:
    if escape in _SHORT:
        return _SHORT[escape]
    number = int(escape[2:], 16)
    return bytes([number]) if escape[1] == "x" else chr(number).encode("utf-8", "surrogatepass")


def to_slug(name: bytes) -> str:
    """The name as base64url without padding, for addresses and form fields."""
    return base64.urlsafe_b64encode(name).rstrip(b"=").decode("ascii")


def from_slug(slug: str) -> bytes:
    """The name that `to_slug` encoded; raises ValueError on anything else."""
    try:
        name = base64.b64decode(slug.encode("ascii") + b"=" * (-len(slug) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        name = b""
    if to_slug(name) != slug:  # also refuses + and /, and a second way of writing the same name
        raise ValueError(f"{slug[:40]!r} is not a base64url name")
    return name


def digest(name: bytes) -> str:
    """64 hexadecimal characters that stand for the name where its length or bytes would not fit."""
    return hashlib.sha256(name).hexdigest()
