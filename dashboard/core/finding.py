"""How well a name answers what somebody types: every word must occur, and names that begin with it come first."""

from collections.abc import Iterable
from heapq import nsmallest
from itertools import islice
from typing import TypeVar

import msgspec

#: More of what was typed is looked at by nobody.
LONGEST = 200
#: How many of those that fit are compared with each other.
RANKED = 2000


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
    """The best `most` entries in which every word occurs, and how many there are in all.

    Where thousands fit, the first of them are ranked: who typed so little has not said yet what they look for.
    """
    found = list(entries)
    for word in words:
        found = [each for each in found if word in each.slug]
    whole = " ".join(words)
    exact = f"{whole}\n"
    first = [each for each in found if each.slug.startswith(whole)]
    best = [each for each in first if each.slug.startswith(exact)][:most]
    others = islice((each for each in first if not each.slug.startswith(exact)), RANKED)
    best += nsmallest(most - len(best), others, key=_order)
    if len(best) < most:
        rest = islice((each for each in found if not each.slug.startswith(whole)), RANKED)
        best += nsmallest(most - len(best), rest, key=lambda each: (_standing(each, words), *_order(each)))
    return best, len(found)


def _order(each: Entry) -> tuple[int, int, str]:
    return each.weight, len(each.name), each.name


def _standing(each: Entry, words: list[str]) -> int:
    """0 where a part of the name begins with the first word, 1 where all are in the name, 2 where they are elsewhere."""
    name = each.slug.partition("\n")[0]
    if not all(word in name for word in words):
        return 2
    at = name.find(words[0])
    return 0 if at > 0 and not name[at - 1].isalnum() else 1
