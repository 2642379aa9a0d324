"""Resolutions: how finely the past is remembered and for how long, from one setting."""

import re
from typing import NamedTuple

#: Points of a rolled-up block, where its finer blocks are kept long enough.
POINTS = 360
#: Seconds that samples lie in the journal before they become blocks.
JOURNAL_S = 120
SHORTEST_KEPT_S = 900
DEFAULT = "samples:2h,10s:24h,1m:14d,15m:1y"

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
_EXAMPLE = f"as in HISTORY={DEFAULT}"


class Level(NamedTuple):
    """One resolution: `step_s` between its points (0: every sample), `span_s` in a block. All in seconds."""

    step_s: int
    kept_s: int
    span_s: int


def longest_s(step_s: int) -> int:
    """Seconds that a block of this resolution spans at most, whatever the setting was when it was made."""
    return max(POINTS * step_s, 2 * JOURNAL_S)


def parse_levels(text: str) -> tuple[Level, ...]:
    """The levels, finest first; raises ValueError with a sentence that says what is wrong."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not parts[0].startswith("samples:"):
        raise ValueError(f"The first resolution must be “samples”, {_EXAMPLE}.")
    levels = [Level(0, _kept(parts[0]), JOURNAL_S)]
    for part in parts[1:]:
        levels.append(_coarser(part, levels[-1]))
    return tuple(levels)


def _coarser(part: str, finer: Level) -> Level:
    step, kept = _seconds(part.partition(":")[0], part), _kept(part)
    if step <= finer.step_s or step % max(finer.step_s, 1):
        raise ValueError(f"“{part}”: each resolution must be a multiple of the one before it, {_EXAMPLE}.")
    if kept < finer.kept_s:
        raise ValueError(f"“{part}”: a coarser resolution must be kept at least as long as a finer one, {_EXAMPLE}.")
    # Half, so that a roll-up that is late still finds what it is made from.
    span = min(POINTS, finer.kept_s // 2 // step) * step
    if span == 0:
        raise ValueError(
            f"“{part}”: its points are made from the finer ones, which must be kept twice as long as a step."
        )
    return Level(step, kept, span)


def _kept(part: str) -> int:
    kept = _seconds(part.partition(":")[2], part)
    if kept < SHORTEST_KEPT_S:
        raise ValueError(f"“{part}”: everything is kept for at least 15 minutes (15m).")
    return kept


def _seconds(text: str, part: str) -> int:
    found = re.fullmatch(r"([1-9]\d{0,8})([smhdwy])", text.strip())
    if not found:
        raise ValueError(f"“{part}” is no resolution with how long it is kept, {_EXAMPLE}; units are s, m, h, d, w, y.")
    return int(found[1]) * _UNITS[found[2]]
