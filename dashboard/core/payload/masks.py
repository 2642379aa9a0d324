"""What is hidden from those who may see payloads and not what is masked in them. In doubt it is hidden.

A mask is a glob on names (`*token*`), of fields and of members at any depth of what fields hold; or a path (`$.card.number`,
`payload $.card.number` for one field alone). Everything here works on the decoded value, so that no layer hides a name from it.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

from dashboard.core import glob
from dashboard.core.payload.compression import inflate
from dashboard.core.payload.decoding import Decoded, Extension, Kind, Number, Pairs, Tree, json_tree
from dashboard.core.payload.paths import Path, as_name, leads, parse_path


class Masked:
    """Stands where something is hidden."""

    def __repr__(self) -> str:
        return "MASKED"


MASKED: Final = Masked()

#: Names that stand for secrets wherever they are; MASKED_FIELDS puts others in their place.
DEFAULT = (
    "*passw*,*pwd*,*passphrase*,*secret*,*token*,*api*key*,*access*key*,*private*key*,*credential*,*authorization*,"
    "cookie,set-cookie,*session*id*,*card*number*,cvv,cvc,ssn,iban"
)
#: A name that a value follows: password=…, "card number": …, \\"password\\": …, <password>…; each place is looked at once.
_TOLD = re.compile(
    r"""(?<![\w.-])([\w.-]++)\\*+["']?\s*+(?:[:=]|%3[Dd]) | ["']([^"'\\\n]{1,100})\\*+["']\s*+[:=] | <([\w:.-]++)[\s>/]""",
    re.VERBOSE,
)
_MAY_TELL = re.compile(r"[:=<]|%3[Dd]|\\")  # what every text that tells has, so that most are done with at once
_WORD = re.compile(r"[\w.-]{3,}", re.ASCII)
_LONGEST_NAME = 100
_UNICODE_ESCAPE = re.compile(r"\\+u([0-9A-Fa-f]{4})")
#: Members whose value is another one's name: {"name": "password", "value": …}.
_NAMING = {"name", "key", "field", "header", "k"}


class _PathMask(NamedTuple):
    field: str  # a glob
    path: Path


def parse_mask(text: str) -> str | _PathMask:
    """A glob, or a path with the fields that it is for. Raises Refusal with what is wrong in a sentence."""
    field, dollar, path = text.partition("$")
    if not dollar:
        return text.strip()
    return _PathMask(field.strip() or "*", parse_path((dollar + path).strip()))


class Masks:
    """Masks to hide with. Whoever may see everything has no masks at all (None) instead."""

    def __init__(self, patterns: Iterable[str]) -> None:
        masks = [parse_mask(pattern) for pattern in patterns]
        self._globs = [_plain(mask).encode() for mask in masks if isinstance(mask, str) and mask]
        self._paths = [mask for mask in masks if isinstance(mask, _PathMask)]
        self._known: dict[str, bool] = {}

    def covers(self, name: str) -> bool:
        """Whether everything under this name is hidden. What is longer than a hundred characters is no name."""
        known = self._known.get(name) if len(name) <= _LONGEST_NAME else False
        if known is None:
            if len(self._known) > 10_000:  # names come from strangers
                self._known.clear()
            plain = _plain(name).encode("utf-8", "replace")
            known = self._known[name] = any(glob.matches(pattern, plain) for pattern in self._globs)
        return known

    def hide(self, field: str, decoded: Decoded) -> Tree:
        """What is left of a field's tree, or text or bytes: MASKED stands for what is hidden, the whole value perhaps."""
        paths = [mask.path for mask in self._paths if glob.matches(_plain(mask.field).encode(), _plain(field).encode())]
        if decoded.tree is None:
            return MASKED if self._tells(decoded, bool(paths)) else None
        tree = decoded.tree
        for path in paths:
            tree = _without(tree, path)
        return self._hidden(tree)

    def _tells(self, decoded: Decoded, by_path: bool) -> bool:
        """Whether something that is not taken apart may hold what is masked."""
        data = decoded.data
        unread = not decoded.whole and (data[:64].lstrip()[:1] in (b"{", b"[") or data[:1] >= b"\x80")
        if (unread and (by_path or decoded.kind is Kind.BYTES)) or inflate(data, 1):  # more layers than are undone
            return True
        if decoded.kind is Kind.TEXT:
            return self._text_tells(data.decode("utf-8", "replace"))
        return self._bytes_tell(data)

    def _text_tells(self, text: str) -> bool:
        """A name with a value after it: password=…, "password": …, <password>…"""
        if not _MAY_TELL.search(text):
            return False
        plain = _UNICODE_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "\\" in text else text
        return any(self.covers(found[found.lastindex or 0]) for found in _TOLD.finditer(plain))

    def _bytes_tell(self, data: bytes) -> bool:
        return any(self.covers(found[0]) for found in _WORD.finditer(data.decode("latin-1")))

    def _hidden(self, tree: Tree) -> Tree:
        if isinstance(tree, Pairs):
            named = any(isinstance(part, str) and self._is_name(part) and _names(name) for name, part in tree)
            return Pairs((name, self._member(as_name(name), part, named)) for name, part in tree)
        if isinstance(tree, list):
            if len(tree) == 2 and self._is_name(tree[0]):
                return [tree[0], MASKED]
            return [self._hidden(item) for item in tree]
        return MASKED if self._leaf_tells(tree) else tree

    def _member(self, name: str, part: Tree, named: bool) -> Tree:
        if self.covers(name) or (named and not _names(name)):
            return MASKED
        return self._hidden(part)

    def _is_name(self, part: Tree) -> bool:
        return isinstance(part, str) and len(part) <= 100 and self.covers(part)

    def _leaf_tells(self, leaf: Tree) -> bool:
        """Whether a string or bytes inside a tree hold JSON, or other text, that tells what is masked."""
        if isinstance(leaf, Extension):
            return self._leaf_tells(leaf.data)
        if isinstance(leaf, bytes):
            # Not decompressed: a tree may hold very many of them.
            return inflate(leaf, 1) is not None or self._bytes_tell(leaf) or self._leaf_tells(leaf.decode("latin-1"))
        if not isinstance(leaf, str) or isinstance(leaf, Number):
            return False
        inner = json_tree(leaf) if "{" in leaf or "[" in leaf else None
        return self._text_tells(leaf) if inner is None else holds_masked(self._hidden(inner))


def _names(name: object) -> bool:
    """Whether a member of this name says what another one is."""
    return as_name(name).lower() in _NAMING


def _plain(text: str) -> str:
    """Letters that look alike are alike, in any case."""
    return unicodedata.normalize("NFKC", text).casefold()


def _without(tree: Tree, path: Path) -> Tree:
    if not path:
        return MASKED
    if isinstance(tree, Pairs):
        return Pairs((name, _without(part, path[1:]) if leads(path[0], name) else part) for name, part in tree)
    if isinstance(tree, list):
        return [_without(part, path[1:]) if leads(path[0], at) else part for at, part in enumerate(tree)]
    if isinstance(tree, str) and not isinstance(tree, Number):
        inner = json_tree(tree)
        return tree if inner is None or not holds_masked(_without(inner, path)) else MASKED
    return MASKED if isinstance(tree, bytes | Extension) else tree


def holds_masked(tree: Tree) -> bool:
    """Whether anything in the tree is hidden."""
    if isinstance(tree, Pairs):
        return any(holds_masked(part) for _, part in tree)
    if isinstance(tree, list):
        return any(map(holds_masked, tree))
    return tree is MASKED
