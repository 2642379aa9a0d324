"""A field of an entry as its reader may see it. Pages and filters get nothing else, so neither can show or guess more."""

from functools import cached_property

from dashboard.core.payload.decoding import MOST_BYTES, Decoded, Kind, Tree, decode
from dashboard.core.payload.masks import MASKED, Masks, holds_masked


class OpenedField:
    """One field. It is decoded when that is asked for; `masks` None: the reader may see what is masked."""

    def __init__(self, name: bytes, value: bytes, masks: Masks | None, *, most: int = MOST_BYTES) -> None:
        self.name = name
        self.size = len(value)
        self._value = value
        self._masks = masks
        self._most = most  # bytes that are looked into

    @cached_property
    def hidden(self) -> bool:
        """Whether the whole value is masked."""
        if self._masks is None:
            return False
        return self._masks.covers(self.text_name) or self._tree is MASKED

    @property
    def text_name(self) -> str:
        """The name as text, for masks and filters."""
        return self.name.decode("utf-8", "backslashreplace")

    @cached_property
    def decoded(self) -> Decoded:
        """The value's kind, data and layers. Its data and tree are not for the reader: see `data`, `text` and `tree`."""
        return decode(self._value, self._most)

    @cached_property
    def _tree(self) -> Tree:
        return self.decoded.tree if self._masks is None else self._masks.hide(self.text_name, self.decoded)

    @cached_property
    def touched(self) -> bool:
        """Whether any part of the value is masked."""
        return self.hidden or (self._masks is not None and holds_masked(self._tree))

    @property
    def tree(self) -> Tree:
        """What the value holds, masked; None where it is text or bytes, or hidden."""
        return None if self.hidden else self._tree

    @property
    def data(self) -> bytes | None:
        """The value, decompressed and in part where it is large; None where any part of it is masked."""
        return None if self.touched else self.decoded.data

    @property
    def raw(self) -> bytes | None:
        """The value as it is stored; None where any part of it is masked."""
        return None if self.touched else self._value

    @property
    def text(self) -> str | None:
        """The value as text; None where it is none, or any part of it is masked."""
        if self.touched or self.decoded.kind is Kind.BYTES or self.decoded.kind is Kind.MSGPACK:
            return None
        return self.decoded.data.decode("utf-8", "replace")
