"""Patterns of names as SCAN MATCH reads them: `*`, `?`, `[a-z]`, `[^a]` and `\\`, over bytes."""

import re
from collections.abc import Iterator
from functools import lru_cache

_NOTHING = b"(?!)"  # what no byte fits


def matches(pattern: bytes, name: bytes) -> bool:
    """True if the whole name fits the pattern, byte by byte, as Redis decides it. A pattern is never an error."""
    if not name:
        return pattern in (b"", b"*")  # a server's own oddity: ** does not match the empty name
    return _compiled(pattern).fullmatch(name) is not None


def problem(pattern: str) -> str:
    """Why a pattern cannot be meant as it stands, in a sentence that goes on; empty where it can."""
    plain = pattern.replace("\\\\", "").replace("\\[", "").replace("\\]", "")
    if plain.rfind("[") > plain.rfind("]"):
        return "the [ is never closed; write \\[ for the character itself."
    if plain.endswith("\\"):
        return "it ends with a backslash that escapes nothing; write \\\\ for the character itself."
    if _NOTHING in _tokens(pattern.encode()):
        return "the [] holds no character, so that nothing ever fits."
    return ""


@lru_cache(maxsize=1024)
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    """The pattern as a regular expression that never tries a star's length twice.

    The shortest fit for each star is as good as any other, so each is atomic: hostile names cannot make it slow.
    """
    pieces, rest = [b""], []
    for token in _tokens(pattern):
        if token == b"*":
            pieces.append(b"")
        else:
            pieces[-1] += token
    first, *rest = pieces
    if not rest:
        return re.compile(first, re.DOTALL)
    middle = b"".join(b"(?>.*?%s)" % piece for piece in rest[:-1] if piece)
    return re.compile(first + middle + b".*" + rest[-1], re.DOTALL)


def _tokens(pattern: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(pattern):
        char = pattern[at : at + 1]
        if char == b"*":
            yield b"*"
        elif char == b"?":
            yield b"."
        elif char == b"[":
            token, at = _one_of(pattern, at + 1)
            yield token
            continue
        else:
            if char == b"\\" and at + 1 < len(pattern):
                at += 1
            yield re.escape(pattern[at : at + 1])
        at += 1


def _one_of(pattern: bytes, at: int) -> tuple[bytes, int]:
    """The class that begins at `at`, and where the pattern goes on. A class that is never closed ends with the pattern."""
    inverted = pattern[at : at + 1] == b"^"
    at += inverted
    allowed: set[int] = set()
    while at < len(pattern) and pattern[at : at + 1] != b"]":
        if pattern[at : at + 1] == b"\\" and at + 1 < len(pattern):
            allowed.add(pattern[at + 1])
            at += 2
        elif at + 2 < len(pattern) and pattern[at + 1 : at + 2] == b"-":
            low, high = sorted((pattern[at], pattern[at + 2]))
            allowed.update(range(low, high + 1))
            at += 3
        else:
            allowed.add(pattern[at])
            at += 1
    return _class(set(range(256)) - allowed if inverted else allowed), at + 1


def _class(allowed: set[int]) -> bytes:
    if not allowed:
        return _NOTHING
    return b"[" + b"".join(b"\\x%02x" % byte for byte in sorted(allowed)) + b"]"
