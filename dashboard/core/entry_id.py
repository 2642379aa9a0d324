"""Entry ids: two unsigned 64-bit numbers, compared as numbers."""

from typing import NamedTuple

_LARGEST = 2**64 - 1


class EntryId(NamedTuple):
    """`ms` is a clock in milliseconds wherever Redis generated the id; `seq` tells entries of one millisecond apart."""

    ms: int
    seq: int

    @classmethod
    def parse(cls, text: bytes | str) -> "EntryId":
        """Reads `b"1526919030474-55"`; a missing sequence is 0. Raises ValueError on anything else."""
        ms, _, seq = text.partition(b"-" if isinstance(text, bytes) else "-")  # type: ignore[arg-type]
        return cls(int(ms), int(seq) if seq else 0)

    def __str__(self) -> str:
        return f"{self.ms}-{self.seq}"

    def next(self) -> "EntryId":
        """The smallest id above this one."""
        return EntryId(self.ms, self.seq + 1) if self.seq < _LARGEST else EntryId(self.ms + 1, 0)


ZERO = EntryId(0, 0)
