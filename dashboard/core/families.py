"""Families: streams of one server whose keys differ in one number alone, as the partitions of one thing do."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import groupby

import msgspec

from dashboard.core.names import display
from dashboard.core.wording import shortened

#: Longer numbers are no partitions, and a machine's integers end soon after.
_DIGITS = rb"[0-9]{1,18}"
# The last number within the first braces that hold one: what a cluster hashes comes first.
_BRACED = re.compile(
    rb"\A([^{]*(?:\{[^{}0-9]*\}[^{]*)*\{(?:[^{}]*[^{}0-9])?)(" + _DIGITS + rb")([^{}0-9]*\}.*)\Z", re.DOTALL
)
_TRAILING = re.compile(rb"\A(.*[:.\-])(" + _DIGITS + rb")()\Z", re.DOTALL)
_LONGEST_KEY = 1024  # bytes; beyond that nobody numbers partitions


class Place(msgspec.Struct, frozen=True):
    """Where a key stands in its family: what comes before its number, the number as it is written, what comes after."""

    before: bytes
    number: bytes
    after: bytes


def place_of(key: bytes) -> Place | None:
    """The key's place in the family that it would belong to; None where it holds no such number."""
    return _place_of(key) if len(key) <= _LONGEST_KEY else None


@lru_cache(maxsize=2**15)
def _place_of(key: bytes) -> Place | None:
    found = _BRACED.match(key) or _TRAILING.match(key)
    return Place(found[1], found[2], found[3]) if found else None


def families(keys: Iterable[tuple[int, bytes]]) -> Mapping[tuple[int, bytes], str]:
    """The family's name for each (server, key) that has a sibling on its server: `orders:{0…3}`."""
    placed = [(server, key, place) for server, key in keys if (place := place_of(key)) is not None]
    placed.sort(key=lambda row: (row[0], row[2].before, row[2].after))
    found: dict[tuple[int, bytes], str] = {}
    for _, rows in groupby(placed, key=lambda row: (row[0], row[2].before, row[2].after)):
        members = list(rows)
        if len(members) > 1:
            name = _name([place for _, _, place in members])
            found.update({(server, key): name for server, key, _ in members})
    return found


def _name(places: list[Place]) -> str:
    first = min(places, key=_order)
    last = max(places, key=_order)
    before, after = display(first.before), display(first.after)
    return f"{shortened(before)}{first.number.decode()}…{last.number.decode()}{shortened(after)}"


def _order(place: Place) -> tuple[int, bytes]:
    return int(place.number), place.number
