"""Ticks of one server, as the sampler hands them to history."""

from collections.abc import Mapping, Sequence

from dashboard.core.names import to_slug
from dashboard.history import store
from dashboard.history.journal import rows_of
from dashboard.live.events import GroupColumns, SampleTaken, ServerHealth, StreamColumns
from dashboard.models import Stream

#: A moment at which no span of any resolution begins.
NOON = 1_763_985_600.0
SERVER = 7


def tick(
    second: float,
    streams: Mapping[int, int | None],
    *,
    groups: Sequence[bytes] = (b"billing",),
    lag: int | None = 40,
    interval: float = 1.0,
    server: int = SERVER,
    clients: int | None = None,
    quality: str = "exact",
) -> SampleTaken:
    """A sample `second` seconds after NOON: the length of each stream by its id; None, it could not be read."""
    ids = sorted(streams)
    owners = [pk for pk in ids if streams[pk] is not None for _ in groups]
    slugs = [to_slug(name) for pk in ids if streams[pk] is not None for name in groups]
    count = len(owners)
    known = [None if streams[pk] is None else 41.5 for pk in ids]
    return SampleTaken(
        server=server,
        at=NOON + second,
        taken_at=NOON + second,
        interval=interval,
        streams=StreamColumns(
            id=ids,
            length=[streams[pk] for pk in ids],
            added_per_s=list(known),
            memory_bytes=[None] * len(ids),
            pending=[None if streams[pk] is None else 12 for pk in ids],
            added_at_least=[False] * len(ids),
            every_s=[None] * len(ids),
        ),
        groups=GroupColumns(
            stream=owners,
            slug=slugs,
            lag=[lag] * count,
            lag_quality=[quality if lag is not None else "unknown"] * count,
            delivered_per_s=[40.0] * count,
            acked_per_s=[None] * count,
            time_lag_s=[0.25] * count,
            time_lag_estimated=[False] * count,
            pending=[12] * count,
        ),
        health=ServerHealth(clients=clients, round_trip_ms=0.25),
    )


def remember(
    stream: Stream, at: float, *, added: float | None = 41.5, length: int = 5, groups: Sequence[bytes] = ()
) -> None:
    """Stores one sample of a registered stream, as a sampler would have."""
    sample = tick(at - NOON, {stream.pk: length}, groups=groups, lag=7, server=stream.server_id)
    sample.streams.added_per_s = [added]
    store.write(list(rows_of(sample)))
