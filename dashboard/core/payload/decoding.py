"""What the bytes of a value hold: text, JSON, MessagePack or neither, behind up to three layers of compression."""

import json
from enum import StrEnum
from typing import Any, NamedTuple

import msgpack
import msgspec

from dashboard.core.payload.compression import inflate

#: Of a value that is looked into, compressed and not. What is larger is shown in part and as it is.
MOST_BYTES = 2**20
#: The same where many values are shown at once: a second's work for a list of large ones would slow everybody's pages.
MOST_IN_LIST = 2**17
MOST_DEPTH = 100
_MOST_LAYERS = 3
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\r"))


class Kind(StrEnum):
    """What a value is."""

    TEXT = "text"
    JSON = "json"
    MSGPACK = "msgpack"
    BYTES = "bytes"


class Pairs(list[tuple[Any, Any]]):
    """An object's members, in order: a name may come twice."""


class Number(str):
    """A number as it was written: 1.0 is not 1, and no digit is lost."""

    __slots__ = ()


class Extension(NamedTuple):
    """What MessagePack leaves to its users."""

    code: int
    data: bytes


#: Pairs, list, str, Number, bytes, Extension, bool or None.
Tree = Any


class Decoded(msgspec.Struct, frozen=True):
    """A value, decompressed (`through`: outermost first). `tree` is of JSON and MessagePack alone."""

    kind: Kind
    data: bytes
    tree: Tree = None
    through: tuple[str, ...] = ()
    whole: bool = True  # False: `data` ends before the value does
    note: str = ""  # what went wrong, in a sentence


def decode(value: bytes, most: int = MOST_BYTES) -> Decoded:
    """Looks into a value, at a bounded cost; never raises."""
    data, whole, note = value[:most], len(value) <= most, ""
    through: list[str] = []
    while len(through) < _MOST_LAYERS and (found := inflate(data, most)):
        through.append(found.name)
        data, broken = found.data, found.broken and whole
        whole = whole and found.whole
        note = _trouble(found.name, broken, most) if not whole else ""
        if not whole:
            break
    kind, tree = _structure(data) if whole else (None, None)
    return Decoded(kind or _plain(data, whole), data, tree, tuple(through), whole, note)


def _trouble(name: str, broken: bool, most: int) -> str:
    if broken:
        return f"The {name} data breaks off: only what comes before that is shown."
    size = f"{most // 2**20} MiB" if most >= 2**20 else f"{most // 2**10} KiB"
    return f"It is larger than {size} when decompressed: only its first part was decompressed."


def _structure(data: bytes) -> tuple[Kind | None, Tree]:
    tree = json_tree(data)
    if tree is not None:
        return Kind.JSON, tree
    tree = _msgpack_tree(data)
    return (None, None) if tree is None else (Kind.MSGPACK, tree)


def json_tree(text: bytes | str) -> Tree:
    """The object or array that the text is, from end to end; None where it is none, or nested too deeply."""
    start = text[:64].lstrip()[:1]
    if start not in (b"{", b"[", "{", "["):
        return None
    try:
        whole = text.decode() if isinstance(text, bytes) else text
        tree = json.loads(whole, object_pairs_hook=Pairs, parse_int=Number, parse_float=Number, parse_constant=Number)
    except (ValueError, RecursionError):
        return None
    return tree if _is_shallow(tree) else None


def _msgpack_tree(data: bytes) -> Tree:
    # Any byte is a number in MessagePack: only a map or an array from end to end is taken for it.
    if not data or not (0x80 <= data[0] <= 0x9F or 0xDC <= data[0] <= 0xDF):
        return None
    try:
        tree = msgpack.unpackb(
            data,
            strict_map_key=False,
            object_pairs_hook=Pairs,
            ext_hook=Extension,
            unicode_errors="surrogateescape",
        )
    except (ValueError, RecursionError):
        return None
    return _as_tree(tree) if _is_shallow(tree) else None


def _is_shallow(tree: Tree) -> bool:
    """Walked without recursion: what is nested too deeply for us is not to be walked with it."""
    level = [tree]
    for _ in range(MOST_DEPTH):
        level = [part for node in level if isinstance(node, list) for part in _parts(node)]
        if not level:
            return True
    return False


def _parts(node: list[Any]) -> list[Any]:
    if not isinstance(node, Pairs):
        return node
    return [part for pair in node for part in pair if isinstance(part, list)]


def _as_tree(node: Any) -> Tree:
    if isinstance(node, Pairs):
        return Pairs((_as_tree(name), _as_tree(value)) for name, value in node)
    if isinstance(node, list):
        return [_as_tree(item) for item in node]
    if isinstance(node, msgpack.Timestamp):
        return Extension(-1, node.to_bytes())
    if isinstance(node, int | float) and not isinstance(node, bool):
        return Number(repr(node))
    return node


def _plain(data: bytes, whole: bool) -> Kind:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        # A cut may go through the middle of a character.
        return Kind.TEXT if not whole and error.end == len(data) and error.start >= len(data) - 3 else Kind.BYTES
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return Kind.TEXT if controls * 10 <= len(data) else Kind.BYTES
