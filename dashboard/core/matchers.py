"""Matchers: which alerts a route, a silence or an inhibition is about. All matchers of one must fit an alert's labels.

Texts are compared whole, or as globs (`core.glob`), never as regular expressions: an operator's pattern costs the same
whatever it says, and globs are what keys are matched by everywhere else.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from dashboard.core.glob import matches

#: A label of several values, comma-joined, of which a matcher looks at each.
TAGS = "tags"
MOST = 50


class Op(StrEnum):
    """How a label is compared with a value."""

    IS = "="
    IS_NOT = "!="
    LIKE = "~"
    UNLIKE = "!~"


_WORDS = {Op.IS: "is", Op.IS_NOT: "is not", Op.LIKE: "is like", Op.UNLIKE: "is not like"}


class Matcher(msgspec.Struct, frozen=True):
    """One comparison. A label that an alert lacks is the empty text."""

    name: str
    op: Op
    value: str

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Whether the label of this name fits; of tags, whether one does, and with a negative whether none does."""
        text = labels.get(self.name, "")
        texts = [tag.strip() for tag in text.split(",")] if self.name == TAGS else [text]
        if self.op in (Op.IS, Op.IS_NOT):
            found = self.value in texts
        else:
            pattern = self.value.encode()
            found = any(matches(pattern, each.encode()) for each in texts)
        return found is (self.op in (Op.IS, Op.LIKE))


def fits(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether all of them fit; none at all fit everything."""
    return all(matcher.fits(labels) for matcher in matchers)


def parse(rows: object) -> tuple[Matcher, ...]:
    """Matchers of what was stored or typed: a list of {name, op, value}. Raises ValueError, in words."""
    if not isinstance(rows, Sequence) or isinstance(rows, str | bytes):
        raise ValueError("Matchers are a list of {name, op, value}.")
    if len(rows) > MOST:
        raise ValueError(f"More than {MOST} matchers: take globs instead.")
    return tuple(_parsed(row, number) for number, row in enumerate(rows, 1))


def plain(matchers: Iterable[Matcher]) -> list[dict[str, str]]:
    """As they are stored."""
    return [{"name": matcher.name, "op": str(matcher.op), "value": matcher.value} for matcher in matchers]


def in_words(matcher: Matcher, words: Mapping[Op, object] = _WORDS, empty: str = "(empty)") -> str:
    """For example `server is shop`, or `stream is like orders:*`; in another language with its words."""
    return f"{matcher.name} {words[matcher.op]} {matcher.value or empty}"


def _parsed(row: Any, number: int) -> Matcher:
    if not isinstance(row, Mapping) or not all(isinstance(row.get(key), str) for key in ("name", "op", "value")):
        raise ValueError(f"Matcher {number} needs a name, an op and a value, each a text.")
    if not row["name"].strip():
        raise ValueError(f"Matcher {number} has no label: give its name, for example server.")
    if row["op"] not in set(Op):
        raise ValueError(f"Matcher {number} compares by “{row['op']}”; it can be one of {', '.join(Op)}.")
    return Matcher(row["name"].strip(), Op(row["op"]), row["value"])
