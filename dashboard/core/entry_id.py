"""Entry ids: two unsigned 64-bit numbers, compared as numbers."""

import re
from typing import NamedTuple

LARGEST = 2**64 - 1
_ID = re.compile(r"([0-9]{1,20})(?:-([0-9]{1,20}))?", re.ASCII)


class EntryId(NamedTuple):
    """`ms` is a clock in milliseconds wherever Redis generated the id; `seq` tells entries of one millisecond apart."""

    ms: int
    seq: int

    @classmethod
    def parse(cls, text: bytes | str) -> "EntryId":
        """Reads `b"1526919030474-55"`; a missing sequence is 0. Raises ValueError on anything else."""
        found = _ID.fullmatch(text.decode("latin-1") if isinstance(text, bytes) else text)
        if not found:
            raise ValueError("An entry id is two numbers, for example 1526919030474-55.")
        ms, seq = int(found[1]), int(found[2] or 0)
        if ms > LARGEST or seq > LARGEST:
            raise ValueError(f"Each half of an entry id is at most {LARGEST}.")
        return cls(ms, seq)

    def __str__(self) -> str:
        return f"{self.ms}-{self.seq}"

    def next(self) -> "EntryId":
        """The smallest id above this one; raises OverflowError at the largest of all."""
        if self.seq < LARGEST:
            return EntryId(self.ms, self.seq + 1)
        if self.ms == LARGEST:
            raise OverflowError("This is the largest entry id; none is above it.")
        return EntryId(self.ms + 1, 0)

    def previous(self) -> "EntryId":
        """The largest id below this one; raises OverflowError at the smallest of all."""
        if self.seq:
            return EntryId(self.ms, self.seq - 1)
        if not self.ms:
            raise OverflowError("This is the smallest entry id; none is below it.")
        return EntryId(self.ms - 1, LARGEST)


ZERO = EntryId(0, 0)
