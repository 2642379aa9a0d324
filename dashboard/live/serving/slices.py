"""Slices: the rows of an event that a socket watches, encoded once for every socket that watches the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from dashboard.live.events import Event, GroupColumns, SampleTaken, StreamColumns, StreamsTaken
from dashboard.live.serving.listed import ListingTaken

#: The streams of one server that somebody watches; None: every stream, also those that are yet to come.
Rows = frozenset[int] | None
NO_ROWS: frozenset[int] = frozenset()

_encoder = msgspec.json.Encoder()
_Columns = TypeVar("_Columns", StreamColumns, GroupColumns)


@dataclass(frozen=True)
class View:
    """What one socket watches: whole servers, the health of servers alone, and streams by their server."""

    servers: frozenset[int] = frozenset()
    health: frozenset[int] = frozenset()
    streams: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def rows_of(self, server: int) -> Rows:
        """The watched streams of a server; empty where it is not watched at all."""
        if server in self.servers:
            return None
        return self.streams.get(server, NO_ROWS)

    def wants_health(self, server: int) -> bool:
        """Whether a server's health is shown: a page of single streams has no place for a kilobyte of it a tick."""
        return self.rows_of(server) is None or server in self.health

    def watches(self, server: int) -> bool:
        """Whether a server has anything to tell to this view, its health at least."""
        return server in self.servers or server in self.health or server in self.streams

    def hears_of(self, server: int, stream: int | None) -> bool:
        """Whether what happens to a stream concerns this view; None: to the server as a whole."""
        if stream is None or server in self.health:
            return self.watches(server)
        rows = self.rows_of(server)
        return rows is None or stream in rows

    @property
    def all_servers(self) -> frozenset[int]:
        """The servers that have something to tell to this view."""
        return self.servers.union(self.health, self.streams)


@dataclass(frozen=True, slots=True)
class Frame:
    """An event as JSON text, but for the number that each socket gives it."""

    head: str
    tail: str

    def numbered(self, seq: int) -> str:
        """The text with `seq` as its second member."""
        return f'{self.head},"seq":{seq}{self.tail}'


def encode(event: Event | StreamsTaken | ListingTaken) -> Frame:
    """The event as a frame. msgspec writes the type first, and every event has members after it."""
    text = _encoder.encode(event).decode()
    end = len('{"type":""') + len(type(event).__struct_config__.tag)  # type: ignore[arg-type]
    return Frame(text[:end], text[end:])


def cut(sample: SampleTaken, rows: Rows, *, with_health: bool) -> StreamsTaken:
    """The sample with the streams in `rows` (None: all of it) and their groups, with the server's health where it is wanted."""
    if rows is None:
        return sample
    streams = _picked(sample.streams, _places(sample.streams.id, rows))
    groups = _picked(sample.groups, _places(sample.groups.stream, rows))
    if with_health:
        return msgspec.structs.replace(sample, streams=streams, groups=groups)
    return StreamsTaken(
        server=sample.server,
        at=sample.at,
        taken_at=sample.taken_at,
        interval=sample.interval,
        streams=streams,
        groups=groups,
    )


def _places(ids: list[int], wanted: frozenset[int]) -> list[int]:
    return [at for at, stream in enumerate(ids) if stream in wanted] if wanted else []


def _picked(columns: _Columns, positions: list[int]) -> _Columns:
    names = columns.__struct_fields__
    return type(columns)(**{name: [getattr(columns, name)[at] for at in positions] for name in names})
