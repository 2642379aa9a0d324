"""Blocks: the points of one stream and its groups over a short span, packed column by column.

A row is flat: milliseconds since the epoch, then the stream's columns, then the columns of each group in turn. Numbers
that can be fractions are kept to a thousandth. None stays None.
"""

import zlib
from collections.abc import Sequence

import msgspec

#: The order of the numbers in a row; the fractions are those of FRACTIONS.
STREAM_COLUMNS = ("length", "added_per_s", "memory_bytes", "pending")
GROUP_COLUMNS = ("lag", "delivered_per_s", "acked_per_s", "time_lag_s", "pending")
_FRACTIONS = frozenset({"added_per_s", "delivered_per_s", "acked_per_s", "time_lag_s"})
_VERSION = 1

Number = int | float | None
Row = tuple[Number, ...]
Column = list[Number]


class Block(msgspec.Struct, frozen=True):
    """What one block holds. `columns` are the stream's, then each group's in the order of `groups`; all are as long as `at_ms`."""

    interval_s: float
    groups: tuple[bytes, ...]
    at_ms: list[int]
    columns: list[Column]


class _Packed(msgspec.Struct, array_like=True):
    version: int
    interval_s: float
    groups: tuple[bytes, ...]
    start_ms: int
    offsets_ms: list[int]
    columns: list[list[int | None]]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Packed)


def pack(rows: Sequence[Row], *, groups: tuple[bytes, ...], interval_s: float) -> bytes:
    """One or more rows of the same groups as bytes."""
    at, *columns = zip(*rows, strict=True)
    start = int(at[0] or 0)
    packed = [_shrink(column, name in _FRACTIONS) for name, column in zip(_names(len(groups)), columns, strict=True)]
    offsets = [int(ms or 0) - start for ms in at]
    return zlib.compress(_encoder.encode(_Packed(_VERSION, interval_s, groups, start, offsets, packed)), 1)


def unpack(points: bytes) -> Block:
    """What `pack` packed; raises ValueError on anything else."""
    try:
        packed = _decoder.decode(zlib.decompress(points))
    except (zlib.error, msgspec.DecodeError) as error:
        raise ValueError(f"This is no block of history: {error}") from None
    if packed.version != _VERSION:
        raise ValueError(f"A block of history of version {packed.version}; this Streamgauge reads {_VERSION}.")
    count = len(packed.offsets_ms)
    columns = [
        _grow(column, count, name in _FRACTIONS)
        for name, column in zip(_names(len(packed.groups)), packed.columns, strict=True)
    ]
    at = [packed.start_ms + offset for offset in packed.offsets_ms]
    return Block(packed.interval_s, packed.groups, at, columns)


def _names(groups: int) -> tuple[str, ...]:
    return STREAM_COLUMNS + GROUP_COLUMNS * groups


def _shrink(column: Sequence[Number], fraction: bool) -> list[int | None]:
    """Fractions as whole thousandths; a column of one value all along as that value alone."""
    first = column[0]
    if column.count(first) == len(column):
        column = (first,)
    if fraction:
        return [None if value is None else round(value * 1000) for value in column]
    return list(column)  # type: ignore[arg-type]  # whole numbers already


def _grow(column: list[int | None], count: int, fraction: bool) -> Column:
    grown: Column = [None if value is None else value / 1000 for value in column] if fraction else [*column]
    return grown * count if len(grown) == 1 else grown
