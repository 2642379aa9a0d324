"""Frames: the points of several blocks in one order, and taken together by steps. Pure."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import chain, pairwise
from operator import lt, mul

from dashboard.history.blocks import Block
from dashboard.history.metrics import Column, Key, Track, samples


class Frame:
    """The points of `blocks` from `since_ms` until before `until_ms`, each moment once, in order."""

    def __init__(self, blocks: Sequence[Block], *, since_ms: int, until_ms: int) -> None:
        ordered = sorted((block for block in blocks if block.at_ms), key=lambda block: block.at_ms[0])
        self._parts = [(block, _between(block, since_ms, until_ms)) for block in ordered]
        self._parts = [(block, part) for block, part in self._parts if part.start < part.stop]
        moments = [moment for block, part in self._parts for moment in block.at_ms[part]]
        # Blocks overlap where a clock was set back, and where a sample is found both in the journal and in a block.
        self._order = None if _ascending(moments) else _once_each(moments)
        self.at_ms = moments if self._order is None else [moments[place] for place in self._order]

    @property
    def keys(self) -> list[Key]:
        """Every group and metric of any block, in the order of their first appearance."""
        return list(dict.fromkeys(key for block, _ in self._parts for key in block.keys))

    @property
    def interval_ms(self) -> int:
        """The longest time between samples of a block in the newer half; 0 where there is no block."""
        return max((block.interval_ms for block, _ in self._parts[len(self._parts) // 2 :]), default=0)

    def counts(self) -> Column | None:
        """How many samples each point stands for; None where it is one."""
        if all(block.counts is None for block, _ in self._parts):
            return None
        lists = [(block.counts or [1] * len(block.at_ms))[part] for block, part in self._parts]
        return self._in_order(lists)

    def track(self, key: Key) -> Track:
        """One metric over all points."""
        found = [(block.track(key), part) for block, part in self._parts]
        if all(track is None or track.is_samples for track, _ in found):
            return samples(self._in_order([_cut(track.last if track else None, part) for track, part in found]))
        four = [[_cut(track[place] if track else None, part) for track, part in found] for place in range(4)]
        return Track(*(self._in_order(lists) for lists in four))

    def _in_order(self, lists: list[Column]) -> Column:
        values = list(chain.from_iterable(lists))
        return values if self._order is None else [values[place] for place in self._order]


class Steps:
    """Which points of a frame belong to the same step of `step_ms`."""

    def __init__(self, frame: Frame, step_ms: int) -> None:
        steps = [moment // step_ms for moment in frame.at_ms]
        starts = [0, *(place for place, (one, next_) in enumerate(pairwise(steps), 1) if one != next_)] if steps else []
        self._slices = [slice(start, end) for start, end in pairwise([*starts, len(steps)])]
        self.at_ms = [steps[part.start] * step_ms for part in self._slices]
        self._counts = frame.counts()
        counts = self._counts or [1] * len(steps)
        self.counts: Column = [sum(counts[part]) for part in self._slices]  # type: ignore[arg-type]

    def track(self, track: Track) -> Track:
        """One metric, step by step; what a step has not seen is None."""
        if _same(track):
            count = len(self._slices)
            return Track(*([part[0]] * count for part in track))
        whole = None not in track.last
        least = [_least(part, whole) for part in self._cut(track.least)]
        most = [_most(part, whole) for part in self._cut(track.most)]
        last = [_last(part) for part in self._cut(track.last)]
        return Track(least, self._means(track.mean, whole), most, last)

    def _cut(self, column: Column) -> list[Column]:
        return [column[part] for part in self._slices]

    def _means(self, column: Column, whole: bool) -> Column:
        counts = self._counts
        if whole and counts is None:
            return [sum(column[part]) / (part.stop - part.start) for part in self._slices]  # type: ignore[arg-type]
        weights = counts or [1] * len(column)
        if whole:
            sums = list(map(mul, column, weights))
            return [sum(sums[part]) / (count or 1) for part, count in zip(self._slices, self.counts, strict=True)]
        return [_mean(column[part], weights[part]) for part in self._slices]


def _between(block: Block, since_ms: int, until_ms: int) -> slice:
    return slice(
        bisect_left(block.at_ms, max(since_ms, block.not_before_ms)),
        bisect_left(block.at_ms, min(until_ms, block.not_from_ms)),
    )


def _ascending(moments: list[int]) -> bool:
    return all(map(lt, moments, moments[1:]))


def _once_each(moments: list[int]) -> list[int]:
    places = {moment: place for place, moment in enumerate(moments)}
    return [places[moment] for moment in sorted(places)]


def _cut(column: Column | None, part: slice) -> Column:
    return [None] * (part.stop - part.start) if column is None else column[part]


def _same(track: Track) -> bool:
    return bool(track.last) and all(
        part.count(part[0]) == len(part) for part in (track[:1] if track.is_samples else track)
    )


def _known(values: Column) -> list[int | float]:
    return [value for value in values if value is not None]


def _least(values: Column, whole: bool) -> int | float | None:
    return min(values if whole else _known(values), default=None)  # type: ignore[type-var]


def _most(values: Column, whole: bool) -> int | float | None:
    return max(values if whole else _known(values), default=None)  # type: ignore[type-var]


def _last(values: Column) -> int | float | None:
    return (
        values[-1] if values[-1] is not None else next((value for value in reversed(values) if value is not None), None)
    )


def _mean(values: Column, weights: Column) -> float | None:
    pairs = [(value, weight) for value, weight in zip(values, weights, strict=True) if value is not None]
    if not pairs:
        return None
    return sum(value * (weight or 1) for value, weight in pairs) / sum(weight or 1 for _, weight in pairs)
