"""Blocks: the points of one stream with its groups, or of one server, over a span, packed column by column.

Every column is packed by itself, so that one metric is read without the others. Whole numbers stay whole, fractions are
kept to the parts that their metric says, None stays None. Above single samples a point has a least, a most, a last and a mean, which is
kept to a hundredth of the way from least to most.
"""

import zlib
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from operator import add, sub

import msgspec

from dashboard.history.metrics import GROUP_METRICS, OWN_METRICS, Column, Key, Kind, Metric, Number, Track, samples

_VERSION = 2
_EFFORT = 6
#: What a mean is kept to: a hundredth of the way from least to most, which is less than a pixel of a chart's band.
_SHARES = 100

Whole = list[int | None]


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
        #: Points before this moment are left out, because a coarser block has them.
        self.not_before_ms = 0

    @property
    def keys(self) -> Iterable[Key]:
        """Every group and metric that the block has."""
        return self._columns.keys()

    def track(self, key: Key) -> Track | None:
        """The numbers of one metric; None where the block does not have it."""
        column = self._columns.get(key)
        if column is None or isinstance(column, Track):
            return column
        parts = _column_decoder.decode(column)
        scale = _parts(self.kind, key)
        if len(parts) == 1:
            return samples(_grown(_moved(parts[0], len(self.at_ms)), scale))
        return _joined(parts, len(self.at_ms), scale)


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
        if track is not None and not _is_unknown(track.last):
            owners.append(groups.setdefault(key[0], len(groups)))
            numbers.append(_metric(block.kind, key).number)
            columns.append(msgspec.Raw(_encoder.encode(_packed(track, _parts(block.kind, key)))))
    packed = _Packed(
        version=_VERSION,
        kind=block.kind,
        interval_ms=block.interval_ms,
        step_ms=block.step_ms,
        start_ms=block.at_ms[0],
        count=len(block.at_ms),
        late=_late(block.at_ms, block.step_ms or block.interval_ms),
        counts=_steps(_scaled(block.counts or [1], 1)),
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
    counts = _moved(packed.counts, packed.count)
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


def _parts(kind: Kind, key: Key) -> int:
    return _metric(kind, key).parts


def _name(kind: Kind, owner: int, number: int) -> str | None:
    """None: a metric of a later Streamgauge."""
    return _BY_NUMBER[kind, owner > 0].get(number)


# Columns


def _is_unknown(column: Column) -> bool:
    return column[0] is None and column.count(None) == len(column)


def _packed(track: Track, scale: int) -> list[Whole]:
    """One part for samples; for rolled-up points their least, and how far most, mean and last lie above it."""
    if track.is_samples:
        return [_steps(_scaled(track.last, scale))]
    least, most, last = (_scaled(part, scale) for part in (track.least, track.most, track.last))
    spread = _above(most, least)
    shares: Whole = [
        round((mean * scale - low) * _SHARES / width) if width and mean is not None and low is not None else width
        for mean, low, width in zip(track.mean, least, spread, strict=True)
    ]
    return [_steps(least), _once(spread), _once(shares), _once(_above(last, least))]


def _joined(parts: list[Whole], count: int, scale: int) -> Track:
    least = _moved(parts[0], count)
    spread, shares, rises = (part * count if len(part) == 1 else part for part in parts[1:])
    mean: Column = [
        None if low is None or width is None or share is None else (low + width * share / _SHARES) / scale
        for low, width, share in zip(least, spread, shares, strict=True)
    ]
    most, last = _sums(least, spread), _sums(least, rises)
    return Track(_grown(least, scale), mean, _grown(most, scale), _grown(last, scale))


def _scaled(column: Sequence[Number], scale: int) -> Whole:
    if scale == 1 and float not in set(map(type, column)):
        return list(column)  # type: ignore[arg-type]  # whole already
    if None in column:
        return [None if value is None else round(value * scale) for value in column]
    return [round(value * scale) for value in column]  # type: ignore[operator]  # none is None


def _grown(column: Whole, scale: int) -> Column:
    if scale == 1:
        return [*column]
    if None in column:
        return [None if value is None else value / scale for value in column]
    return [value / scale for value in column]  # type: ignore[operator]  # none is None


def _above(column: Whole, base: Whole) -> Whole:
    return [None if one is None or low is None else one - low for one, low in zip(column, base, strict=True)]


def _sums(base: Whole, rises: Whole) -> Whole:
    if None not in base and None not in rises:
        return list(map(add, base, rises))
    return [None if low is None or rise is None else low + rise for low, rise in zip(base, rises, strict=True)]


def _once(column: Whole) -> Whole:
    """A column of one value all along as that value alone."""
    return column[:1] if column.count(column[0]) == len(column) else column


def _steps(column: Whole) -> Whole:
    """The first value, then how far each is from the last known one before it; one value all along as that alone."""
    if column.count(column[0]) == len(column):
        return column[:1]
    if None not in column:
        return [column[0], *map(sub, column[1:], column)]
    found: Whole = []
    before = 0
    for value in column:
        found.append(None if value is None else value - before)
        before = before if value is None else value
    return found


def _moved(steps: Whole, count: int) -> Whole:
    """What `_steps` shortened."""
    if len(steps) == 1:
        return steps * count
    if None not in steps:
        return list(accumulate(steps))
    found: Whole = []
    value = 0
    for step in steps:
        value += step or 0
        found.append(None if step is None else value)
    return found


def _late(at_ms: list[int], pace_ms: int) -> list[int]:
    """How much later than `pace_ms` after the one before it each point comes; [] of a steady pace."""
    late = [after - before - pace_ms for before, after in pairwise(at_ms)]
    return late if any(late) else []


def _moments(packed: _Packed) -> list[int]:
    pace = packed.step_ms or packed.interval_ms
    if not packed.late:
        return [packed.start_ms + pace * number for number in range(packed.count)]
    return list(accumulate((pace + late for late in packed.late), initial=packed.start_ms))
