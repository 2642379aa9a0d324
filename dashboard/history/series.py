"""Series: what charts are filled from. Pure: rows in, columns out, with gaps where nothing was sampled."""

from collections.abc import Sequence

import msgspec

from dashboard.history.blocks import GROUP_COLUMNS, STREAM_COLUMNS, Block, Column, Number

#: More than this many intervals without a point is a gap.
GAP_INTERVALS = 2.5
MOST_POINTS = 1000


class GroupSeries(msgspec.Struct):
    """The columns of one group, in step with its Series."""

    lag: Column
    delivered_per_s: Column
    acked_per_s: Column
    time_lag_s: Column
    pending: Column


class Series(msgspec.Struct):
    """Columns in step with each other. `at` is our clock in seconds since the epoch; a row of None alone is a gap."""

    at: list[float]
    length: Column
    added_per_s: Column
    memory_bytes: Column
    pending: Column
    groups: dict[bytes, GroupSeries]


def join(blocks: Sequence[Block], *, since: float, until: float) -> Series:
    """The blocks' points from `since` to `until` as one series of at most MOST_POINTS rows."""
    ordered = sorted(blocks, key=lambda block: block.at_ms[0])
    names = list(dict.fromkeys(name for block in ordered for name in block.groups))
    at: list[float] = []
    columns: list[Column] = [[] for _ in range(len(STREAM_COLUMNS) + len(GROUP_COLUMNS) * len(names))]
    for block in ordered:
        _extend(at, columns, _spread(block, names), block)
    return _series(*thin(*_between(at, columns, since, until)), names)


def _spread(block: Block, names: Sequence[bytes]) -> list[Column]:
    """The block's columns in the order of `names`, with None for groups that it does not have."""
    width, count = len(GROUP_COLUMNS), len(block.at_ms)
    spread = block.columns[: len(STREAM_COLUMNS)]
    places = {name: len(STREAM_COLUMNS) + width * place for place, name in enumerate(block.groups)}
    for name in names:
        start = places.get(name)
        spread += [[None] * count] * width if start is None else block.columns[start : start + width]
    return spread


def _extend(at: list[float], columns: list[Column], more: list[Column], block: Block) -> None:
    """Appends a block's rows; a row of None goes in wherever a sample is missing."""
    longest = block.interval_s * GAP_INTERVALS
    for row, ms in enumerate(block.at_ms):
        moment = ms / 1000
        if at and moment - at[-1] > longest:
            at.append(at[-1] + block.interval_s)
            for column in columns:
                column.append(None)
        at.append(moment)
        for column, source in zip(columns, more, strict=True):
            column.append(source[row])


def _between(at: list[float], columns: list[Column], since: float, until: float) -> tuple[list[float], list[Column]]:
    """The rows of that time, in order: blocks overlap where a clock was set back."""
    rows = sorted((row for row, moment in enumerate(at) if since <= moment <= until), key=at.__getitem__)
    return [at[row] for row in rows], [[column[row] for row in rows] for column in columns]


def thin(at: list[float], columns: list[Column], *, most: int = MOST_POINTS) -> tuple[list[float], list[Column]]:
    """At most `most` rows (3 or more). No smallest or largest value of any column is lost.

    Rows that are too many are taken together by equal numbers. Each handful becomes two rows, at the times of its first
    and last one, which hold every column's smallest and largest value in the order in which they came; a handful with a
    gap in it gets a third row, the gap. So a value's time is exact to a handful, its size is exact.
    """
    if len(at) <= most:
        return at, columns
    size = -(-len(at) // (most // 3))
    spans = [slice(start, start + size) for start in range(0, len(at), size)]
    gaps = [_has_gap(columns, span) for span in spans]
    thinned = [[value for span, gap in zip(spans, gaps, strict=True) for value in _ends(c[span], gap)] for c in columns]
    times = [moment for span, gap in zip(spans, gaps, strict=True) for moment in _times(at[span], gap)]
    return times, thinned


def _has_gap(columns: list[Column], span: slice) -> bool:
    return any(all(value is None for value in row) for row in zip(*(column[span] for column in columns), strict=True))


def _ends(values: Column, gap: bool) -> list[Number]:
    known = [value for value in values if value is not None]
    least, most = (min(known), max(known)) if known else (None, None)
    in_order = [least, most] if not known or known.index(least) <= known.index(most) else [most, least]  # type: ignore[arg-type]
    return [*in_order, None] if gap else in_order


def _times(span: list[float], gap: bool) -> list[float]:
    if not gap:
        return [span[0], span[-1]]
    return [span[0], (span[0] + span[-1]) / 2, span[-1]]


def _series(at: list[float], columns: list[Column], names: Sequence[bytes]) -> Series:
    own, width = len(STREAM_COLUMNS), len(GROUP_COLUMNS)
    groups = {
        name: GroupSeries(*columns[own + width * place : own + width * (place + 1)]) for place, name in enumerate(names)
    }
    length, added_per_s, memory_bytes, pending = columns[:own]
    return Series(at, length, added_per_s, memory_bytes, pending, groups)
