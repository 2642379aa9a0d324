"""An entry as a page gets it: bounded in every direction, and only what its reader may see."""

from collections.abc import Sequence
from typing import Any

import msgspec

from dashboard.core import names
from dashboard.core.payload.decoding import Decoded, Extension, Kind, Number, Pairs, Tree
from dashboard.core.payload.masks import MASKED
from dashboard.core.payload.opened import OpenedField
from dashboard.core.payload.paths import as_name

#: Of a name that a page gets.
_MOST_NAME = 500


class Room(msgspec.Struct):
    """How much of an entry a page gets: characters of text, parts of trees, bytes in hexadecimal digits; and of a field."""

    text: int
    parts: int
    hex: int
    fields: int
    field_text: int
    field_hex: int


def glance() -> Room:
    """Room for one entry of a list."""
    return Room(text=2_000, parts=150, hex=256, fields=50, field_text=500, field_hex=64)


def in_full() -> Room:
    """Room for an entry that has a page to itself."""
    return Room(text=2**20, parts=20_000, hex=2**16, fields=5_000, field_text=2**20, field_hex=2**14)


def view_entry(fields: Sequence[OpenedField], room: Room) -> dict[str, Any]:
    """`fields` in their order; `cut`: something was left out for want of room. `bytes`: of names and values, where it was.

    Nothing tells how long a masked value is.
    """
    shown: list[dict[str, Any]] = []
    for field in fields[: room.fields]:
        if room.text <= 0 or room.parts <= 0:
            break
        shown.append(_field(field, room))
    cut = len(shown) < len(fields) or any(field["cut"] for field in shown)
    told = cut and not any(field.touched for field in fields[: len(shown)])
    size = sum(len(field.name) + field.size for field in fields) if told else None
    return {"fields": shown, "left": len(fields) - len(shown), "cut": cut, "bytes": size}


def _field(field: OpenedField, room: Room) -> dict[str, Any]:
    name = names.display(field.name[: _MOST_NAME + 1])
    room.text -= len(name)
    view: dict[str, Any] = {"name": name[:_MOST_NAME], "kind": "masked", "cut": len(field.name) > _MOST_NAME}
    if field.hidden:
        return view
    decoded = field.decoded
    view |= {"kind": decoded.kind, "through": decoded.through, "note": decoded.note, "masked": field.touched}
    if decoded.through and not field.touched:
        view["stored_bytes"] = field.size
    cut, content = _content(field, decoded, room)
    if cut or not decoded.whole:
        view |= {"cut": True}
        if not field.touched and (decoded.whole or not decoded.through):
            view["bytes"] = len(decoded.data) if decoded.through else field.size
    return view | content


def _content(field: OpenedField, decoded: Decoded, room: Room) -> tuple[bool, dict[str, Any]]:
    if field.tree is not None:
        before = room.parts
        left: list[bool] = []
        tree = _node(field.tree, room, left)
        return bool(left), {"tree": tree, "parts": before - room.parts}
    if decoded.kind is Kind.TEXT:
        most = max(1, min(room.text, room.field_text))
        start = decoded.data[: 4 * most]  # no character takes more bytes
        text = start.decode("utf-8", "ignore")[:most]
        room.text -= len(text)
        return len(text.encode()) < len(decoded.data), {"text": text}
    data = decoded.data[: max(1, min(room.hex, room.field_hex))]
    room.hex -= len(data)
    return len(data) < len(decoded.data), {"hex": data.hex()}


def _node(tree: Tree, room: Room, left: list[bool]) -> list[Any]:
    """A tree for a page: [kind, content, how much of it was left out]. What there is no room for is noted in `left`."""
    room.parts -= 1
    if isinstance(tree, list):
        return _container(tree, room, left)
    if tree is MASKED:
        return ["masked"]
    if isinstance(tree, bytes | Extension):
        data = tree.data if isinstance(tree, Extension) else tree
        part = data[: max(0, min(room.hex, room.field_hex))]
        room.hex -= len(part)
        if len(part) < len(data):
            left.append(True)
        kind = f"ext {tree.code}" if isinstance(tree, Extension) else "bytes"
        return [kind, part.hex(), len(data) - len(part)]
    if isinstance(tree, str):
        part_text = sendable(tree[: max(0, min(room.text, room.field_text))])
        room.text -= len(part_text)
        if len(part_text) < len(tree):
            left.append(True)
        return ["number" if isinstance(tree, Number) else "string", part_text, max(0, len(tree) - len(part_text))]
    return ["word", {None: "null", True: "true", False: "false"}[tree]]


def _container(tree: list[Any], room: Room, left: list[bool]) -> list[Any]:
    parts: list[Any] = []
    for item in tree:
        if room.parts <= 0 or room.text <= 0:
            left.append(True)
            break
        if isinstance(tree, Pairs):
            name = sendable(as_name(item[0])[:_MOST_NAME])
            room.text -= len(name)
            parts.append([name, _node(item[1], room, left)])
        else:
            parts.append(_node(item, room, left))
    return ["object" if isinstance(tree, Pairs) else "array", parts, len(tree) - len(parts)]


def sendable(text: str) -> str:
    """The text, with halves of characters, which JSON can hold and UTF-8 cannot, as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()
