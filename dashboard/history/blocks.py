"""Blocks: the points of one stream with its groups, or of one server, over a span, packed column by column.

Every column is packed by itself (`history.columns`), so that one metric is read without the others.
"""

import sys
import zlib
from collections.abc import Iterable
from itertools import accumulate, pairwise

import msgspec

from dashboard.history.columns import Whole, differences, is_unknown, pack_column, summed, unpack_column
from dashboard.history.metrics import GROUP_METRICS, OWN_METRICS, Column, Key, Kind, Metric, Track

_VERSION = 2
_EFFORT = 6


class Block:
    """What one block holds: `keys`, and a track for each, as long as `at_ms`.

    `step_ms` is 0 where each point is a sample; else a point stands for the step that begins at its time, and `counts`
    says how many samples are in it. `interval_ms` was the time from one sample to the next.
    """

    def __init__(
        self,
        at_ms: list[int],
        columns: "dict[Key, Track | msgspec.Raw]",
        *,
        kind: Kind,
        interval_ms: int,
        step_ms: int = 0,
        counts: Column | None = None,
    ) -> None:
        self.at_ms, self.kind, self.interval_ms, self.step_ms, self.counts = at_ms, kind, interval_ms, step_ms, counts
        self._columns = columns
        #: Points before this moment are left out, because a coarser block has them; from that on, because a finer one has.
        self.not_before_ms, self.not_from_ms = 0, sys.maxsize

    @property
    def keys(self) -> Iterable[Key]:
        """Every group and metric that the block has."""
        return self._columns.keys()

    def track(self, key: Key) -> Track | None:
        """The numbers of one metric; None where the block does not have it."""
        column = self._columns.get(key)
        if column is None or isinstance(column, Track):
            return column
        return unpack_column(_column_decoder.decode(column), len(self.at_ms), _metric(self.kind, key))


class _Packed(msgspec.Struct, array_like=True):
    version: int
    kind: int
    interval_ms: int
    step_ms: int
    start_ms: int
    count: int
    late: list[int]
    counts: Whole
    groups: tuple[bytes, ...]
    # For each column: the place of its group (0 is the stream or server itself), its metric's number.
    owners: tuple[int, ...]
    numbers: bytes
    columns: list[msgspec.Raw]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Packed)
_column_decoder = msgspec.msgpack.Decoder(list[Whole])


def pack(block: Block) -> bytes:
    """A block of one or more points as bytes. Metrics of which nothing is known are left out."""
    groups: dict[bytes | None, int] = {None: 0}
    owners, numbers, columns = [], bytearray(), []
    for key in block.keys:
        track = block.track(key)
        if track is not None and not is_unknown(track.last):
            metric = _metric(block.kind, key)
            owners.append(groups.setdefault(key[0], len(groups)))
            numbers.append(metric.number)
            columns.append(msgspec.Raw(_encoder.encode(pack_column(track, metric))))
    packed = _Packed(
        version=_VERSION,
        kind=block.kind,
        interval_ms=block.interval_ms,
        step_ms=block.step_ms,
        start_ms=block.at_ms[0],
        count=len(block.at_ms),
        late=_late(block.at_ms, block.step_ms or block.interval_ms),
        counts=differences([*block.counts] if block.counts else [1]),  # type: ignore[list-item]  # whole, and each known
        groups=tuple(name for name in groups if name is not None),
        owners=tuple(owners),
        numbers=bytes(numbers),
        columns=columns,
    )
    return zlib.compress(_encoder.encode(packed), _EFFORT)


def unpack(points: bytes) -> Block:
    """What `pack` packed; raises ValueError on anything else."""
    try:
        packed = _decoder.decode(zlib.decompress(points))
    except (zlib.error, msgspec.DecodeError) as error:
        raise ValueError(f"This is no block of history: {error}") from None
    if packed.version != _VERSION:
        raise ValueError(f"A block of history of version {packed.version}; this Streamgauge reads {_VERSION}.")
    kind = Kind(packed.kind)
    names: tuple[bytes | None, ...] = (None, *packed.groups)
    columns: dict[Key, Track | msgspec.Raw] = {
        (names[owner], name): column
        for owner, number, column in zip(packed.owners, packed.numbers, packed.columns, strict=True)
        if (name := _name(kind, owner, number))
    }
    counts = summed(packed.counts, packed.count)
    return Block(
        _moments(packed),
        columns,
        kind=kind,
        interval_ms=packed.interval_ms,
        step_ms=packed.step_ms,
        counts=None if packed.step_ms == 0 else [*counts],
    )


# Metrics

_BY_NAME = {
    (kind, owned): {metric.name: metric for metric in metrics}
    for kind in Kind
    for owned, metrics in ((False, OWN_METRICS[kind]), (True, GROUP_METRICS))
}
_BY_NUMBER = {table: {metric.number: metric.name for metric in metrics.values()} for table, metrics in _BY_NAME.items()}


def _metric(kind: Kind, key: Key) -> Metric:
    return _BY_NAME[kind, key[0] is not None][key[1]]


def _name(kind: Kind, owner: int, number: int) -> str | None:
    """None: a metric of a later Streamgauge."""
    return _BY_NUMBER[kind, owner > 0].get(number)


# Times


def _late(at_ms: list[int], pace_ms: int) -> list[int]:
    """How much later than `pace_ms` after the one before it each point comes; [] of a steady pace."""
    late = [after - before - pace_ms for before, after in pairwise(at_ms)]
    return late if any(late) else []


def _moments(packed: _Packed) -> list[int]:
    pace = packed.step_ms or packed.interval_ms
    if not packed.late:
        return [packed.start_ms + pace * number for number in range(packed.count)]
    return list(accumulate((pace + late for late in packed.late), initial=packed.start_ms))
