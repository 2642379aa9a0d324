"""Columns: one metric's numbers as few small whole numbers, and back. Pure; `history.blocks` packs several together.

Whole numbers stay whole, fractions are kept to the parts that their metric says, None stays None. Above single samples a
point has a least, a most, a last and a mean, which is kept to a hundredth of the way from least to most.
"""

from collections.abc import Sequence
from itertools import accumulate
from operator import add, sub

from dashboard.history.metrics import Column, Metric, Number, Track, samples

#: What a mean is kept to: a hundredth of the way from least to most, which is less than a pixel of a chart's band.
_SHARES = 100

Whole = list[int | None]


def is_unknown(column: Column) -> bool:
    """Whether it is None all along."""
    return column[0] is None and column.count(None) == len(column)


def pack_column(track: Track, metric: Metric) -> list[Whole]:
    """One part for samples; for rolled-up points their least, and how far most, mean and last lie above it.

    Of how sure a number is, the least sure of each step is all that is kept.
    """
    if track.is_samples or metric.words:
        return [differences(_scaled(track.most, metric.parts))]
    least, most, last = (_scaled(part, metric.parts) for part in (track.least, track.most, track.last))
    spread = _above(most, least)
    shares: Whole = [
        round((mean * metric.parts - low) * _SHARES / width)
        if width and mean is not None and low is not None
        else width
        for mean, low, width in zip(track.mean, least, spread, strict=True)
    ]
    return [differences(least), _once(spread), _once(shares), _once(_above(last, least))]


def unpack_column(parts: list[Whole], count: int, metric: Metric) -> Track:
    """What `pack_column` packed, as `count` points."""
    if len(parts) == 1:
        return samples(_grown(summed(parts[0], count), metric.parts))
    least = summed(parts[0], count)
    spread, shares, rises = (part * count if len(part) == 1 else part for part in parts[1:])
    mean: Column = [
        None if low is None or width is None or share is None else (low + width * share / _SHARES) / metric.parts
        for low, width, share in zip(least, spread, shares, strict=True)
    ]
    most, last = _sums(least, spread), _sums(least, rises)
    return Track(_grown(least, metric.parts), mean, _grown(most, metric.parts), _grown(last, metric.parts))


def differences(column: Whole) -> Whole:
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


def summed(steps: Whole, count: int) -> Whole:
    """What `differences` shortened."""
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
