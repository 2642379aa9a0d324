"""Addresses as they are typed on a command line: several in one text, and with the names of files for TLS."""

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from dashboard.core import address as syntax
from dashboard.core import certificates
from dashboard.core.target import Target, Tls, target_of

# A comma inside an address stands between two hosts; one between addresses is followed by the next one's scheme.
_BETWEEN = re.compile(r",\s*(?=[a-z+]+://)", re.IGNORECASE)
_FILES = ("ca", "certificate", "key")


def split_addresses(text: str) -> tuple[str, ...]:
    """The addresses of a comma-separated text. In a password, a comma is written as %2C."""
    return tuple(part.strip(" ,") for part in _BETWEEN.split(text) if part.strip(" ,"))


def read_address(text: str) -> Target:
    """Reads an address whose `?ca=…&certificate=…&key=…` name files with PEM texts.

    Raises ValueError with a sentence that names what is wrong and what would be right; it never quotes a password.
    """
    parts = syntax.split(text)
    options = {name: value for name, value in parts.options.items() if name not in _FILES}
    target = target_of(msgspec.structs.replace(parts, options=options))
    texts = {name: _content(name, parts.options[name]) for name in _FILES if parts.options.get(name)}
    if not texts:
        return target
    tls = Tls(**texts)
    for name, problem in certificates.problems(tls, secure=target.secure, now=datetime.now(UTC)).items():
        raise ValueError(f"{name}=: {problem}")
    return msgspec.structs.replace(target, tls=tls)


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no text"
        raise ValueError(f"The file of {name}= cannot be read ({reason}): {path}") from None
