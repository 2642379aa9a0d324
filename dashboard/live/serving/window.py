"""A window: the rows that are on a screen, written down as they travel, and the totals beside them."""

from collections.abc import Iterable, Mapping

from django.urls import reverse

from dashboard.core.board import Board
from dashboard.core.fleet import Fleet, Row
from dashboard.core.folding import Member, Oddity, fold, odd_one_out, skew
from dashboard.live.serving.catalogue import Catalogue
from dashboard.live.serving.listed import ListedRows, ServerTotals
from dashboard.told import told

_MOST_TITLES = 10


def totals_of(catalogue: Catalogue, boards: Mapping[int, Board], fleet: Fleet) -> ServerTotals:
    """What stands beside each server, over its watched streams."""
    streams, attention = dict.fromkeys(catalogue.servers, 0), dict.fromkeys(catalogue.servers, 0)
    for entry in catalogue.entries:
        if entry.watched:
            streams[entry.server] += 1
            attention[entry.server] += fleet.needs_attention(entry)
    rates = [boards[server].added_per_s() if server in boards else (None, False) for server in catalogue.servers]
    return ServerTotals(
        id=list(catalogue.servers),
        name=list(catalogue.servers.values()),
        streams=list(streams.values()),
        attention=list(attention.values()),
        added_per_s=[rate for rate, _ in rates],
        complete=[complete for _, complete in rates],
    )


def columns_of(rows: Iterable[Row], fleet: Fleet) -> ListedRows:
    """The rows with the numbers of now, in the language that is active."""
    listed = [_listed(row, fleet) for row in rows]
    return ListedRows(*map(list, zip(*listed, strict=True))) if listed else ListedRows()


def _listed(row: Row, fleet: Fleet) -> tuple[object, ...]:
    """The row as ListedRows has its columns."""
    entry, is_family = row.entries[0], row.kind == "family"
    members = fleet.members(row) if is_family else []
    standing = fold(members) if is_family else fleet.standing(entry)
    odd = odd_one_out(members) if is_family else None
    alarm = fleet.row_alarm(row)
    return (
        row.kind,
        None if is_family else entry.id,
        "" if row.kind == "stream" else entry.family,
        entry.family if is_family else entry.name,
        "" if is_family else entry.title,
        "" if is_family else reverse("stream", args=[entry.id]),
        entry.server,
        _common([each.owner for each in row.entries]),
        tuple(dict.fromkeys(tag for each in row.entries for tag in each.tags)),
        _common([each.known for each in row.entries]) or "watched",
        len(row.entries),
        standing.state,
        _because(standing.whose, standing.reason),
        standing.group,
        standing.length,
        standing.added_per_s,
        standing.added_at_least,
        standing.delivered_per_s,
        standing.lag,
        standing.lag_quality,
        told(standing.lag_reason),
        standing.time_lag_s,
        standing.time_lag_estimated,
        standing.oldest_pending_s,
        standing.pending,
        standing.drain_s,
        standing.never_drains,
        standing.memory_bytes,
        skew([member.standing for member in members]) if is_family else None,
        odd.id if odd else None,
        _odd_words(odd, members) if odd else "",
        alarm.severity if alarm else "",
        alarm.titles[:_MOST_TITLES] if alarm else (),
        standing.taken_at,
        standing.every_s,
        standing.partial,
    )


def _odd_words(odd: Oddity, members: Iterable[Member]) -> str:
    name = next(member.name for member in members if member.id == odd.id)
    return _because(" · ".join(filter(None, (name, odd.group))), odd.reason)


def _because(whose: str, reason: str) -> str:
    return f"{whose}: {told(reason)}" if whose and reason else whose or told(reason)


def _common(words: list[str]) -> str:
    """The word that all of them are, or nothing."""
    return words[0] if len(set(words)) == 1 else ""
