"""Paths into JSON and MessagePack: `$.order.items[0].id`, `$['a name'].*`, `$.items[*]`. A subset of JSONPath that costs little.

No filters, no recursion: what a stranger or an operator types can take no longer than the value is large.
"""

import re
from collections.abc import Iterator
from typing import Final

from dashboard.core.payload.decoding import Pairs, Tree
from dashboard.core.refusal import Refusal
from dashboard.core.refusal import say as _


class Anything:
    """The step `*` or `[*]`: every member, every item."""


ANY: Final = Anything()
Step = str | int | Anything
Path = tuple[Step, ...]

_MOST_STEPS = 50
_STEP = re.compile(
    r"""\.(?P<name>[^\s.\[\]'"=<>!]+) | \[(?P<index>\d{1,9}|\*)\] | \['(?P<quoted>[^']*)'\] | \["(?P<quoted2>[^"]*)"\]""",
    re.VERBOSE | re.ASCII,
)


def parse_path(text: str) -> Path:
    """Reads a path from end to end. Raises Refusal with a sentence that says what a path is."""
    path, rest = take_path(text)
    if rest:
        raise Refusal(
            _("“{rest}” does not go on a path: write $.order.id, $.items[0], $.items[*].id or $['a name']."),
            rest=rest[:20],
        )
    return path


def take_path(text: str) -> tuple[Path, str]:
    """The path that the text begins with, and what follows it. Raises Refusal where none begins."""
    if not text.startswith("$"):
        raise Refusal(_("A path begins with $, as in $.order.id."))
    steps: list[Step] = []
    at = 1
    while found := _STEP.match(text, at):
        steps.append(_step(found))
        at = found.end()
    if not steps:
        raise Refusal(_("A path names something after its $, as in $.order.id or $[0]."))
    if len(steps) > _MOST_STEPS:
        raise Refusal(_("A path has at most {most} steps."), most=_MOST_STEPS)
    return tuple(steps), text[at:]


def _step(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return ANY if found["index"] == "*" else int(found["index"])
    if found["name"] is not None:
        return ANY if found["name"] == "*" else found["name"]
    return next(name for name in (found["quoted"], found["quoted2"]) if name is not None)


def find(tree: Tree, path: Path) -> Iterator[Tree]:
    """Everything that the path leads to."""
    if not path:
        yield tree
        return
    for name, part in members(tree):
        if leads(path[0], name):
            yield from find(part, path[1:])


def members(tree: Tree) -> Iterator[tuple[object, Tree]]:
    """Names or positions, each with what is there; nothing of what holds nothing."""
    if isinstance(tree, Pairs):
        yield from tree
    elif isinstance(tree, list):
        yield from enumerate(tree)


def leads(step: Step, name: object) -> bool:
    """Whether a step takes the member of this name, or the item at this place."""
    return step is ANY or (step == as_name(name) if isinstance(step, str) else step == name)


def as_name(name: object) -> str:
    """A member's name as text: MessagePack has numbers and bytes there, too."""
    return name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else str(name)
