"""How well a name answers what somebody types: every word must occur, and names that begin with it come first."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

import msgspec

#: More of what was typed is looked at by nobody.
LONGEST = 200


class Entry(msgspec.Struct, frozen=True):
    """One thing that can be found: its name, what else it is known by, and where it is."""

    kind: str  # "stream", "group", "server", "page", "action"
    name: str
    detail: str
    url: str
    slug: str  # both in lower case, parted by a line break
    weight: int = 0  # among equals, lighter ones come first


T = TypeVar("T", bound=Entry)


def entry(kind: str, name: str, *, detail: str = "", url: str, also: Iterable[str] = (), weight: int = 0) -> Entry:
    """An entry that is found by its name, its detail and whatever else it is `also` known by."""
    known = " ".join([detail, *also])
    return Entry(kind=kind, name=name, detail=detail, url=url, slug=f"{name}\n{known}".lower(), weight=weight)


def words_of(query: str) -> list[str]:
    """What was typed, word by word, in lower case."""
    return query[:LONGEST].lower().split()


def find(entries: Iterable[T], words: list[str], *, most: int) -> tuple[list[T], int]:
    """The best `most` entries in which every word occurs, and how many there are in all."""
    found = [each for each in entries if all(word in each.slug for word in words)]
    found.sort(key=lambda each: (_standing(each, words), each.weight, len(each.name), each.name))
    return list(islice(found, most)), len(found)


def _standing(each: Entry, words: list[str]) -> int:
    """0 for the very name, then: begins with it, a part begins with it, is in the name, is elsewhere."""
    name, whole = each.name.lower(), " ".join(words)
    if name == whole:
        return 0
    if not words or name.startswith(whole):
        return 1
    if all(word in name for word in words):
        return 2 if re.search(rf"(?:^|[^a-z0-9]){re.escape(words[0])}", name) else 3
    return 4
