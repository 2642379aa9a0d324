"""One tick of a server as the event that travels: rows become columns, keys become the registry's ids."""

from collections.abc import Mapping
from functools import lru_cache
from math import floor

from dashboard.core.metrics import ServerTick, StreamMetrics
from dashboard.core.names import display, to_slug
from dashboard.live.events import GroupColumns, SampleTaken, StreamColumns
from dashboard.live.sampling.health import health_of

# So many streams at a time: as many as a processor's nearest memory holds while all their columns are read.
_ROWS = 128


def sample_taken(tick: ServerTick, ids: Mapping[bytes, int], *, server_id: int, taken_at: float) -> SampleTaken:
    """The event of a tick, with the streams that have an id. `taken_at` is our clock."""
    rows = [(stream_id, tick.streams[key]) for key, stream_id in ids.items() if key in tick.streams]
    streams, groups = StreamColumns(), GroupColumns()
    for start in range(0, len(rows), _ROWS):
        some = rows[start : start + _ROWS]
        _extend(streams, _streams(some))
        _extend(groups, _groups(some))
    return SampleTaken(
        server=server_id,
        at=tick.at,
        taken_at=taken_at,
        interval=tick.interval_s,
        streams=streams,
        groups=groups,
        health=health_of(tick),
    )


def _extend(columns: StreamColumns | GroupColumns, more: StreamColumns | GroupColumns) -> None:
    for name in columns.__struct_fields__:
        getattr(columns, name).extend(getattr(more, name))


def _streams(rows: list[tuple[int, StreamMetrics]]) -> StreamColumns:
    metrics = [row[1] for row in rows]
    return StreamColumns(
        id=[row[0] for row in rows],
        length=[m.length for m in metrics],
        added_per_s=_rounded([m.added_per_s for m in metrics]),
        memory_bytes=[m.memory_bytes for m in metrics],
        pending=[m.pending for m in metrics],
        added_at_least=[m.added_at_least for m in metrics],
        tail_deleted=[m.tail_deleted for m in metrics],
        every_s=[m.every_s for m in metrics],
        problem=[m.problem for m in metrics],
    )


def _groups(rows: list[tuple[int, StreamMetrics]]) -> GroupColumns:
    groups = [group for _, metrics in rows for group in metrics.groups]
    names = [g.name for g in groups]
    # Streams have groups of few names, and to look one up takes a third of asking a cache for it.
    shown = {name: _shown(name) for name in set(names)}
    lags = [g.lag for g in groups]
    return GroupColumns(
        stream=[stream_id for stream_id, metrics in rows for _ in metrics.groups],
        name=[shown[name][0] for name in names],
        slug=[shown[name][1] for name in names],
        lag=[lag.value for lag in lags],
        lag_quality=[lag.quality for lag in lags],
        lag_reason=[lag.reason for lag in lags],
        time_lag_s=_rounded([g.time_lag_s for g in groups]),
        pending=[g.pending for g in groups],
        delivered_per_s=_rounded([g.delivered_per_s for g in groups]),
        acked_per_s=_rounded([g.acked_per_s for g in groups]),
        consumers=[g.consumers for g in groups],
        state=[g.state for g in groups],
        state_reason=[g.state_reason for g in groups],
        time_lag_estimated=[g.time_lag_estimated for g in groups],
        oldest_pending_s=_rounded([g.oldest_pending_s for g in groups]),
        processing_s=_rounded([g.processing_s for g in groups]),
        drain_s=_rounded([g.drain_s for g in groups]),
        never_drains=[g.never_drains for g in groups],
        ghosts=[g.ghosts for g in groups],
        lost=[g.lost for g in groups],
        poison=[g.poison for g in groups],
        most_deliveries=[g.most_deliveries for g in groups],
        live_consumers=[g.live_consumers for g in groups],
        dead_consumers=[g.dead_consumers for g in groups],
        state_since=[g.state_since for g in groups],
    )


def _rounded(values: list[float | None]) -> list[float | None]:
    """A thousandth is more than anybody sees, and short numbers make short frames.

    None of the values is negative, and `round` with digits goes through decimal text, which takes several times as long.
    """
    return [floor(value * 1000 + 0.5) / 1000 if value else value for value in values]


@lru_cache(maxsize=2**15)
def _shown(name: bytes) -> tuple[str, str]:
    return display(name), to_slug(name)
