"""Filters that people type: `status = paid`, `$.order.id > 17 and region contains eu`, or just a word to be found anywhere.

A condition sees what its reader sees: whatever is masked fits no condition, not even a negated one, so none can guess it.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum

import msgspec

from dashboard.core.payload.decoding import Extension, Pairs, Tree
from dashboard.core.payload.masks import MASKED, Masks
from dashboard.core.payload.opened import OpenedField
from dashboard.core.payload.paths import Path, as_name, find, members, take_path
from dashboard.core.refusal import Refusal
from dashboard.core.refusal import say as _

LONGEST = 500
MOST_CONDITIONS = 8


class Operator(StrEnum):
    """How a condition compares."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    CONTAINS = "contains"


_LEFT_OF = {
    Operator.LESS: (-1,),
    Operator.AT_MOST: (-1, 0),
    Operator.MORE: (1,),
    Operator.AT_LEAST: (0, 1),
}


class Condition(msgspec.Struct, frozen=True):
    """What one field, or a path in one or any field, must be. With neither, the text may be in any name or value."""

    operator: Operator
    wanted: str
    quoted: bool = False  # compared as text, even where it is a number
    field: str = ""  # "": any
    path: Path = ()


_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_OPERATOR = re.compile(r"\s*(!=|<=|>=|==|=|<|>)\s*|\s+(contains)\s+", re.IGNORECASE)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FIELD = re.compile(r"[^\s\"=<>!$]+")


def parse_filter(text: str, masks: Masks | None) -> tuple[Condition, ...]:
    """The conditions, which must all hold. Raises Refusal with a sentence that says what is wrong and what would be right."""
    if len(text) > LONGEST:
        raise Refusal(_("A filter has at most {most} characters."), most=LONGEST)
    conditions: list[Condition] = []
    rest = text.strip()
    while rest:
        if len(conditions) == MOST_CONDITIONS:
            raise Refusal(_("A filter has at most {most} conditions."), most=MOST_CONDITIONS)
        condition, rest = _take_condition(rest)
        conditions.append(condition)
    if masks is not None:
        _refuse_masked(conditions, masks)
    return tuple(conditions)


def _refuse_masked(conditions: Sequence[Condition], masks: Masks) -> None:
    for condition in conditions:
        for name in (condition.field, *condition.path):
            if isinstance(name, str) and name and masks.covers(name):
                raise Refusal(_("“{name}” is masked for you, so you cannot filter on it."), name=name)


def _take_condition(text: str) -> tuple[Condition, str]:
    field, path, rest = _take_subject(text)
    found = _OPERATOR.match(rest) if field or path else None
    if found is None:
        if path:
            raise Refusal(_("After a path comes =, !=, <, <=, >, >= or contains, as in $.order.id > 17."))
        wanted, quoted, after = _take_wanted(text)
        return Condition(Operator.CONTAINS, wanted, quoted), after
    sign = (found[1] or found[2]).lower().replace("==", "=")
    wanted, quoted, after = _take_wanted(rest[found.end() :])
    return Condition(Operator(sign), wanted, quoted, field, path), after


def _take_subject(text: str) -> tuple[str, Path, str]:
    """A field's name, a path, or both, and what follows."""
    field = ""
    if found := _QUOTED.match(text):
        field, text = _unescaped(found[1]), text[found.end() :]
    elif found := _FIELD.match(text):
        field, text = found[0], text[found.end() :]
    start = text.lstrip()
    if not start.startswith("$"):
        return field, (), text
    path, rest = take_path(start)
    return field, path, rest


def _take_wanted(text: str) -> tuple[str, bool, str]:
    """What is compared with: quoted, or everything up to the next “and”."""
    if found := _QUOTED.match(text):
        after = text[found.end() :]
        joint = _AND.match(after)
        if after.strip() and not joint:
            raise Refusal(_("After what is quoted comes “and” or the end, not “{rest}”."), rest=after.strip()[:20])
        return _unescaped(found[1]), True, after[joint.end() :] if joint else ""
    wanted, rest = _split(text)
    if not wanted:
        raise Refusal(_("Something to compare with is missing, as in status = paid."))
    return wanted, False, rest


def _split(text: str) -> tuple[str, str]:
    found = _AND.search(text + " ")
    if not found:
        return text.strip(), ""
    rest = text[found.end() :]
    if not rest.strip():
        raise Refusal(_("After “and” comes another condition, as in status = paid and $.total > 100."))
    return text[: found.start()].strip(), rest


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def matches(fields: Sequence[OpenedField], conditions: Sequence[Condition]) -> bool:
    """Whether an entry with these fields fulfils every condition."""
    return all(any(_fits(value, condition) for value in _subjects(fields, condition)) for condition in conditions)


def _subjects(fields: Sequence[OpenedField], condition: Condition) -> Iterator[Tree]:
    """Everything that a condition may compare with, as its reader sees it."""
    for field in fields:
        if condition.field and condition.field != field.text_name:
            continue
        if condition.path:
            if field.tree is not None:
                yield from find(field.tree, condition.path)
        else:
            if not condition.field:
                yield field.text_name
            yield from _whole(field)


def _whole(field: OpenedField) -> Iterator[Tree]:
    """A field's value as a whole; where a part of it is masked, what is left."""
    if field.hidden:
        return
    if field.text is not None:
        yield field.text
    elif field.tree is not None:
        yield from _left(field.tree)
    elif field.data is not None:
        yield field.data


def _left(tree: Tree) -> Iterator[Tree]:
    """Names and values in a tree."""
    if not isinstance(tree, list):
        yield tree
    for name, part in members(tree):
        if isinstance(tree, Pairs):
            yield as_name(name)
        yield from _left(part)


def _fits(value: Tree, condition: Condition) -> bool:
    if value is MASKED or isinstance(value, list):
        return False
    if condition.operator is Operator.CONTAINS:
        return _contains(value, condition.wanted)
    order = _order(value, condition)
    if condition.operator is Operator.EQUAL:
        return order == 0
    if condition.operator is Operator.UNEQUAL:
        return order != 0
    return order in _LEFT_OF[condition.operator]


def _contains(value: Tree, wanted: str) -> bool:
    if isinstance(value, Extension):
        value = value.data
    if isinstance(value, bytes):
        return wanted.encode() in value
    return wanted.casefold() in _text(value).casefold()


def _order(value: Tree, condition: Condition) -> int | None:
    """Below, equal or above as -1, 0, 1; None where the two cannot be compared."""
    text, wanted = _text(value), condition.wanted
    if not condition.quoted and (number := _number(wanted)) is not None:
        other = _number(text)
        if other is not None:
            return (other > number) - (other < number)
        return 0 if text == wanted else None
    return (text > wanted) - (text < wanted)


def _number(text: str) -> Decimal | None:
    if len(text) > 100:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _text(value: Tree) -> str:
    """A leaf as it is written."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Extension):
        value = value.data
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str.__str__(value)
