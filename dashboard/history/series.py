"""Series: what charts are filled from. Pure: blocks in, columns out, with gaps where nothing was sampled."""

from collections import defaultdict
from collections.abc import Collection, Sequence

import msgspec

from dashboard.history.blocks import Block
from dashboard.history.frames import Frame, Steps
from dashboard.history.metrics import Column, Track, samples

#: More than this many intervals without a sample is a gap.
GAP_INTERVALS = 2.5
#: Of steps every one that is missing is a gap.
_GAP_STEPS = 1.5
MOST_POINTS = 1000


class Series(msgspec.Struct):
    """Tracks in step with `at`, our clock in seconds since the epoch; a row of None alone is a gap.

    `step_s` is None where each point is one sample. Else a point stands for the step that begins at its time.
    """

    at: list[float]
    step_s: float | None
    own: dict[str, Track]
    groups: dict[bytes, dict[str, Track]]

    def column(self, name: str, group: bytes | None = None) -> Column:
        """One metric's samples, or the means of its steps; nothing but None where there is none of that name."""
        tracks = self.own if group is None else self.groups[group]
        return tracks[name].mean if name in tracks else [None] * len(self.at)


def join(
    blocks: Sequence[Block],
    *,
    since: float,
    until: float,
    metrics: Collection[str] | None = None,
    step_s: int = 0,
    most: int = MOST_POINTS,
) -> Series:
    """The points from `since` to `until`, at most `most` rows, with least, mean, most and last where steps are needed.

    `metrics` are the wanted ones, None: all. `step_s` is the resolution of the coarsest of the blocks, 0: samples.
    """
    frame = Frame(blocks, since_ms=round(since * 1000), until_ms=round(until * 1000) + 1)
    rows = _Rows(frame.at_ms, frame.interval_ms * GAP_INTERVALS)
    steps = None
    if step_s or len(rows.at) > most:
        step_ms = _step(round((until - since) * 1000), step_s * 1000 or frame.interval_ms or 1000, most)
        steps = Steps(frame, step_ms)
        rows = _Rows(steps.at_ms, max(step_ms * _GAP_STEPS, frame.interval_ms * GAP_INTERVALS))
    own: dict[str, Track] = {}
    groups: defaultdict[bytes, dict[str, Track]] = defaultdict(dict)
    for group, name in frame.keys:
        if metrics is None or name in metrics:
            track = frame.track((group, name))
            spread = rows.spread(steps.track(track) if steps else track)
            (own if group is None else groups[group])[name] = spread
    return Series(rows.at, step_ms / 1000 if steps else None, own, dict(groups))


def _step(range_ms: int, base_ms: int, most: int) -> int:
    """A multiple of `base_ms` of which at most `most` touch the range."""
    return max(1, -(-range_ms // (base_ms * (most - 1)))) * base_ms


class _Rows:
    """The rows of a series: the points, and a gap wherever more than `longest_ms` passed without one."""

    def __init__(self, at_ms: list[int], longest_ms: float) -> None:
        self._holes = [place for place in range(1, len(at_ms)) if at_ms[place] - at_ms[place - 1] > longest_ms]
        middles = [(at_ms[place - 1] + at_ms[place]) / 2000 for place in self._holes]
        self.at = self._with([moment / 1000 for moment in at_ms], middles)

    def spread(self, track: Track) -> Track:
        """The track with None in the gaps."""
        if not self._holes:
            return track
        nothing = [None] * len(self._holes)
        if track.is_samples:
            return samples(self._with(track.last, nothing))
        return Track(*(self._with(column, nothing) for column in track))

    def _with(self, column: list, more: Sequence) -> list:  # type: ignore[type-arg]  # of numbers, with or without None
        found, start = [], 0
        for place, value in zip(self._holes, more, strict=True):
            found += column[start:place]
            found.append(value)
            start = place
        return found + column[start:]
