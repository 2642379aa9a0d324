"""Ticks for tests, with only what a threshold looks at spelled out."""

from datetime import UTC, datetime, timedelta

from dashboard.core.entry_id import ZERO
from dashboard.core.metrics import GroupMetrics, GroupState, Lag, LagQuality, ServerTick, StreamMetrics
from dashboard.core.sample import ProblemKind, ServerInfo

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Noon and so many seconds."""
    return NOON + timedelta(seconds=seconds)


def a_group(name: bytes, lag: int | None = 0, pending: int = 0, quality: LagQuality = LagQuality.EXACT) -> GroupMetrics:
    """A group with a lag; None is unknown."""
    known = Lag(lag, quality if lag is not None else LagQuality.UNKNOWN, "")
    return GroupMetrics(
        name=name,
        lag=known,
        time_lag_s=None,
        pending=pending,
        delivered_per_s=None,
        acked_per_s=None,
        consumers=1,
        last_delivered_id=ZERO,
        state=GroupState.OK,
        state_reason="",
    )


def a_stream(key: bytes, *groups: GroupMetrics, length: int | None = 0, added: float | None = None) -> StreamMetrics:
    """A stream that was read."""
    return StreamMetrics(key=key, length=length, added_per_s=added, pending=0, memory_bytes=None, groups=groups)


def a_problem(key: bytes, kind: ProblemKind) -> StreamMetrics:
    """A stream that could not be read."""
    return StreamMetrics(
        key=key, length=None, added_per_s=None, pending=None, memory_bytes=None, problem=kind, detail=f"{kind}."
    )


def a_tick(*streams: StreamMetrics, used_memory: int | None = None) -> ServerTick:
    """One tick, a second after the one before."""
    info = ServerInfo(run_id="r", product="valkey", version="9.1.2", role="master", used_memory_bytes=used_memory)
    return ServerTick(at=0.0, interval_s=1.0, streams={stream.key: stream for stream in streams}, info=info)
