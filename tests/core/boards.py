"""Boards for the tests of standing, folding and arranging: ticks written down as rows."""

from collections.abc import Mapping
from typing import Any

from dashboard.core.board import Board
from dashboard.core.listing import Entry
from dashboard.live.events import GroupColumns, StreamColumns

STREAM: dict[str, Any] = {
    "length": 10,
    "added_per_s": 1.0,
    "memory_bytes": 100,
    "pending": 2,
    "added_at_least": False,
    "tail_deleted": False,
    "every_s": None,
    "problem": None,
}
GROUP: dict[str, Any] = {
    "lag": 0,
    "lag_quality": "exact",
    "lag_reason": "",
    "time_lag_s": 0.0,
    "pending": 1,
    "delivered_per_s": 1.0,
    "state": "ok",
    "state_reason": "",
    "time_lag_estimated": False,
    "oldest_pending_s": 0.5,
    "drain_s": 0.0,
    "never_drains": False,
}
#: A group whose lag nobody knows.
NOT_KNOWN: dict[str, Any] = {"lag": None, "lag_quality": "unknown", "lag_reason": "Nobody knows.", "drain_s": None}

Tick = Mapping[int, tuple[Mapping[str, Any], Mapping[str, Mapping[str, Any]]]]


def board(tick: Tick, *, before: Board | None = None) -> Board:
    """A board of streams by id: what each has unlike STREAM, and its groups by name, each with what is unlike GROUP."""
    streams = {name: [{**STREAM, **own}[name] for own, _ in tick.values()] for name in STREAM}
    rows = [(pk, name, {**GROUP, **own}) for pk, (_, groups) in tick.items() for name, own in groups.items()]
    columns = {name: [own[name] for _, _, own in rows] for name in GROUP}
    return Board(
        StreamColumns(id=list(tick), **streams),
        GroupColumns(stream=[pk for pk, _, _ in rows], name=[name for _, name, _ in rows], **columns),
        taken_at=1000.0,
        interval=1.0,
        before=before,
    )


def entry(pk: int, name: str, **facts: Any) -> Entry:
    """What the registry knows of a stream, which stands by its id."""
    return Entry(**{"id": pk, "server": 1, "name": name, "place": pk, "text": name.lower(), **facts})
