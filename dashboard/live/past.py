"""A stream's past up to this moment: what history has stored, and the last seconds that it has not stored yet."""

from collections.abc import Iterator

from dashboard.core.names import from_slug
from dashboard.history import store
from dashboard.history.blocks import GROUP_COLUMNS, STREAM_COLUMNS, Block
from dashboard.history.series import Series
from dashboard.live.events import SampleTaken
from dashboard.live.latest import read_recent
from dashboard.models import Stream


def read_past(stream: Stream, *, since: float, until: float) -> Series:
    """What `history.store.read` returns, without a hole between it and the samples that come live."""
    tail = [block for sample in read_recent(stream.server_id) for block in _blocks(sample, stream.pk)]
    return store.read(stream.pk, since=since, until=until, tail=tail)


def _blocks(sample: SampleTaken, stream_id: int) -> Iterator[Block]:
    """The sample's one point of the stream, if it has one."""
    if stream_id not in sample.streams.id:
        return
    row = sample.streams.id.index(stream_id)
    groups = [at for at, owner in enumerate(sample.groups.stream) if owner == stream_id]
    columns = [[getattr(sample.streams, name)[row]] for name in STREAM_COLUMNS]
    columns += [[getattr(sample.groups, name)[at]] for at in groups for name in GROUP_COLUMNS]
    names = tuple(from_slug(sample.groups.slug[at]) for at in groups)
    yield Block(sample.interval, names, [round(sample.taken_at * 1000)], columns)
