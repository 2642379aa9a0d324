"""The journal: samples as they come, a shelf of streams a row, until they are made into blocks.

To write each stream's points apart would be thousands of rows a second; to write a server's whole sample as one row
would make a page that shows one stream read all of them.
"""

import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from dashboard.core.names import from_slug
from dashboard.history.blocks import Block
from dashboard.history.metrics import (
    GROUP_METRICS,
    OWN_METRICS,
    SERVER_METRICS,
    STREAM_METRICS,
    Column,
    Key,
    Kind,
    Metric,
    Number,
    Subject,
    Track,
    samples,
)
from dashboard.history.provenance import to_codes

STREAMS_A_SHELF = 64
_VERSION = 2


class Sample(Protocol):
    """One tick of one server in columns; `live.events.SampleTaken` is one. `taken_at` is our clock."""

    @property
    def server(self) -> int: ...
    @property
    def taken_at(self) -> float: ...
    @property
    def interval(self) -> float: ...
    @property
    def streams(self) -> Any: ...
    @property
    def groups(self) -> Any: ...
    @property
    def health(self) -> Any: ...


class JournalRow(NamedTuple):
    """One row that waits to be written, or was read."""

    shelf: int
    server_id: int
    at_ms: int
    body: bytes


class _Body(msgspec.Struct, array_like=True):
    version: int
    interval_ms: int
    ids: list[int]
    every_ms: list[int | None]  # where a stream is sampled less often than its server
    groups: list[int]  # how many each stream has
    names: list[str]  # distinct names of groups, as slugs
    named: list[int]  # the name of each group, by its place in `names`
    own_numbers: bytes
    group_numbers: bytes
    own: list[msgspec.Raw]
    of_groups: list[msgspec.Raw]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Body)
_column = msgspec.msgpack.Decoder(Column)


def shelf_of(subject: Subject) -> int:
    """The shelf on which a subject's samples lie."""
    return -subject.pk if subject.kind is Kind.SERVER else subject.pk // STREAMS_A_SHELF


# Writing


def rows_of(sample: Sample) -> Iterator[JournalRow]:
    """The rows of one tick: one for the server itself, then one a shelf of streams. The ids must be in order."""
    at_ms, interval_ms = round(sample.taken_at * 1000), round(sample.interval * 1000)
    health = [[getattr(sample.health, metric.name, None)] for metric in SERVER_METRICS]
    yield JournalRow(-sample.server, sample.server, at_ms, _body(interval_ms, [sample.server], SERVER_METRICS, health))
    ids, owners = sample.streams.id, sample.groups.stream
    own = [_remembered(sample.streams, metric) for metric in STREAM_METRICS]
    of_groups = [_remembered(sample.groups, metric) for metric in GROUP_METRICS]
    start = first = 0
    while start < len(ids):
        shelf = ids[start] // STREAMS_A_SHELF
        end = bisect_left(ids, (shelf + 1) * STREAMS_A_SHELF, start)
        last = bisect_left(owners, (shelf + 1) * STREAMS_A_SHELF, first)
        body = _body(
            interval_ms,
            ids[start:end],
            STREAM_METRICS,
            [column[start:end] for column in own],
            every_s=sample.streams.every_s[start:end],
            owners=owners[first:last],
            slugs=sample.groups.slug[first:last],
            of_groups=[column[first:last] for column in of_groups],
        )
        yield JournalRow(shelf, sample.server, at_ms, body)
        start, first = end, last


def _remembered(columns: Any, metric: Metric) -> Column:
    column = getattr(columns, metric.name)
    return to_codes(metric, column, getattr(columns, metric.tells_of)) if metric.words else column


def _body(
    interval_ms: int,
    ids: list[int],
    metrics: Sequence[Metric],
    own: list[Column],
    *,
    every_s: Sequence[float | None] = (),
    owners: Sequence[int] = (),
    slugs: Sequence[str] = (),
    of_groups: Sequence[Column] = (),
) -> bytes:
    counted, places = Counter(owners), {slug: place for place, slug in enumerate(dict.fromkeys(slugs))}
    body = (
        _VERSION,
        interval_ms,
        ids,
        [None if every is None else round(every * 1000) for every in every_s] if any(every_s) else [],
        [counted[stream_id] for stream_id in ids] if owners else [],
        list(places),
        [places[slug] for slug in slugs],
        bytes(metric.number for metric in metrics),
        bytes(metric.number for metric in GROUP_METRICS),
        [_shortened(column) for column in own],
        [_shortened(column) for column in of_groups] if owners else [],
    )
    return zlib.compress(_encoder.encode(body), 1)


def _shortened(column: Column) -> Column:
    if not column:
        return [None]  # a column that this sample lacks
    alike = column[0] == column[-1] and column.count(column[0]) == len(column)
    return column[:1] if alike else column


# Reading


class Tick:
    """One read row: what each of its streams, or its server, was."""

    def __init__(self, row: JournalRow, *, wanted: Collection[str] | None = None) -> None:
        """Raises ValueError where the body is none. `wanted` are names of metrics; None: all."""
        try:
            self._body = _decoder.decode(zlib.decompress(row.body))
        except (zlib.error, msgspec.DecodeError) as error:
            raise ValueError(f"This is no journal of history: {error}") from None
        if self._body.version != _VERSION:
            raise ValueError(f"A journal of version {self._body.version}; this Streamgauge reads {_VERSION}.")
        self.kind = Kind.SERVER if row.shelf < 0 else Kind.STREAM
        self.at_ms, self.ids = row.at_ms, self._body.ids
        self._names = [from_slug(slug) for slug in self._body.names]
        self._own = self._columns(OWN_METRICS[self.kind], self._body.own_numbers, self._body.own, len(self.ids), wanted)
        self._of_groups = self._columns(
            GROUP_METRICS, self._body.group_numbers, self._body.of_groups, len(self._body.named), wanted
        )

    @staticmethod
    def _columns(
        metrics: Sequence[Metric],
        numbers: bytes,
        columns: list[msgspec.Raw],
        count: int,
        wanted: Collection[str] | None,
    ) -> dict[str, Column]:
        names = {metric.number: metric.name for metric in metrics if wanted is None or metric.name in wanted}
        decoded = {names[n]: _column.decode(column) for n, column in zip(numbers, columns, strict=False) if n in names}
        return {name: column * count if len(column) == 1 else column for name, column in decoded.items()}

    def points(self) -> Iterator[tuple[int, "Point"]]:
        """The points of every subject of the row."""
        body = self._body
        own = list(zip(*self._own.values(), strict=True)) or [()] * len(self.ids)
        of_groups = list(zip(*self._of_groups.values(), strict=True)) or [()] * len(body.named)
        names = [self._names[place] for place in body.named]
        metrics, group_metrics = tuple(self._own), tuple(self._of_groups)
        start = 0
        for row, pk in enumerate(self.ids):
            end = start + (body.groups[row] if body.groups else 0)
            interval = (body.every_ms[row] if body.every_ms else None) or body.interval_ms
            layout = (interval, metrics, group_metrics, tuple(names[start:end]))
            yield pk, Point(self.at_ms, layout, own[row], of_groups[start:end])
            start = end


Layout = tuple[int, tuple[str, ...], tuple[str, ...], tuple[bytes, ...]]


class Point(NamedTuple):
    """One sample of one subject; points of the same layout make a block together."""

    at_ms: int
    layout: Layout
    own: tuple[Number, ...]
    of_groups: list[tuple[Number, ...]]


def blocks_of(points: Iterable[Point], kind: Kind, *, span_ms: int) -> Iterator[Block]:
    """The points of one subject as blocks of at most `span_ms`. Of a run in which nothing is known one point is enough."""
    run: list[Point] = []
    for point in sorted(points, key=lambda point: point.at_ms):
        if run and (point.layout != run[0].layout or point.at_ms - run[0].at_ms >= span_ms):
            yield from _block(run, kind)
            run = []
        run.append(point)
    yield from _block(run, kind)


def _block(run: list[Point], kind: Kind) -> Iterator[Block]:
    run = [
        point
        for before, point in zip([None, *run], run, strict=False)
        if before is None or not (_empty(before) and _empty(point))
    ]
    if all(_empty(point) for point in run):
        return  # a stream that is gone for long takes no room; that nothing was sampled is a gap by itself
    interval_ms, metrics, group_metrics, groups = run[0].layout
    columns: dict[Key, Track | msgspec.Raw] = {}
    for name, column in zip(metrics, zip(*[point.own for point in run], strict=True), strict=True):
        columns[None, name] = samples(list(column))
    for place, group in enumerate(groups):
        rows = zip(*[point.of_groups[place] for point in run], strict=True)
        for name, column in zip(group_metrics, rows, strict=True):
            columns[group, name] = samples(list(column))
    yield Block([point.at_ms for point in run], columns, kind=kind, interval_ms=interval_ms)


def _empty(point: Point) -> bool:
    return not point.of_groups and all(value is None for value in point.own)
