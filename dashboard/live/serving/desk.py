"""The desk: puts the streams of the fleet into the order of each view, and cuts from it what a screen shows.

Each tick of a server is worked out once, each view is put in order at most every three seconds, and each window of it is
written once, however many look. A desk is not for two threads at a time.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils import translation

from dashboard.core.arranging import Arranged, Fleet, Row, arrange
from dashboard.core.folding import fold, odd_one_out, skew
from dashboard.core.listing import Entry, Unknown, View, parse, picked, query_of
from dashboard.core.standing import Board
from dashboard.live.events import SampleTaken
from dashboard.live.serving.catalogue import Catalogue
from dashboard.live.serving.listed import ListedRows, ListingTaken, ServerTotals
from dashboard.live.serving.missing import in_words, missing
from dashboard.told import told

logger = logging.getLogger(__name__)

#: Rows change places at most this often.
CALM_S = 3.0
#: More rows than this are on no screen.
MOST_ROWS = 300
_MOST_TITLES = 10


@dataclass(frozen=True)
class Wish:
    """What one browser wants to see: a view by its text, and which of its rows, in its language. `alerts`: it may see them."""

    text: str = ""
    first: int = 0
    rows: int = 0
    hold: bool = False
    alerts: bool = False
    language: str = "en"


@dataclass(frozen=True, eq=False)
class Order:
    """The rows of one view as they were put in order, at `made_at` by a monotonic clock, and what they were made of."""

    arranged: Arranged
    unknown: tuple[Unknown, ...]
    made_at: float
    version: int  # of the catalogue
    servers: frozenset[int]  # of which a sample was known


@dataclass
class _Asked:
    """A view, and the entries that it picks from one version of the catalogue."""

    view: View
    unknown: tuple[Unknown, ...]
    query: str
    version: int = 0
    picked: list[Entry] = field(default_factory=list)


class Desk:
    """Works out what browsers want to see, from the catalogue and the latest sample of each server."""

    def __init__(self) -> None:
        self._samples: dict[int, SampleTaken] = {}
        self._boards: dict[int, Board] = {}
        self._catalogue: Catalogue | None = None
        self._fleets: dict[bool, Fleet] = {}
        self._totals: dict[bool, ServerTotals] = {}
        self._asked: dict[str, _Asked] = {}
        self._orders: dict[tuple[str, bool], Order] = {}

    def lay_out(self, catalogue: Catalogue, samples: Mapping[int, SampleTaken]) -> None:
        """Takes what is known now."""
        self._catalogue = catalogue
        found = {server: self._board(samples[server]) for server in catalogue.servers if server in samples}
        boards = {server: board for server, board in found.items() if board is not None}
        self._boards, self._samples = boards, {server: samples[server] for server in boards}
        self._fleets = {True: Fleet(boards, catalogue.alarms), False: Fleet(boards, {})}
        self._totals.clear()

    def _board(self, sample: SampleTaken) -> Board | None:
        before = self._boards.get(sample.server)
        if before is not None and self._samples[sample.server] is sample:
            return before
        try:
            return Board(
                sample.streams, sample.groups, taken_at=sample.taken_at, interval=sample.interval, before=before
            )
        except ValueError as error:
            # A sampler of another version leaves columns out: that server is listed without numbers, the others with.
            logger.warning("a sample of server %d cannot be listed: %s", sample.server, error)
            return None

    def forget_all_but(self, wishes: Iterable[Wish]) -> None:
        """Drops the orders of views that nobody wants to see any more."""
        texts = {wish.text for wish in wishes}
        self._asked = {text: asked for text, asked in self._asked.items() if text in texts}
        queries = {asked.query for asked in self._asked.values()}
        self._orders = {key: order for key, order in self._orders.items() if key[0] in queries}

    # The order of a view

    def order(self, wish: Wish, now: float, *, held: Order | None = None) -> Order:
        """The order of the wish's view: the one that is held or young, else a new one.

        The first numbers of a server put its rows in order at once, whoever holds them: before, there was none.
        """
        servers = frozenset(self._boards)
        if held and wish.hold and held.servers == servers:
            return held
        assert self._catalogue is not None  # noqa: S101 - lay_out comes first
        asked = self._asked_for(wish.text, self._catalogue)
        key = (asked.query, wish.alerts)
        found = self._orders.get(key)
        if found is None or (found.version, found.servers) != (asked.version, servers) or now - found.made_at >= CALM_S:
            arranged = arrange(asked.view, asked.picked, self._fleets[wish.alerts])
            unknown = (*asked.unknown, *missing(asked.view, self._catalogue))
            found = self._orders[key] = Order(arranged, unknown, now, asked.version, servers)
        return found

    def _asked_for(self, text: str, catalogue: Catalogue) -> _Asked:
        asked = self._asked.get(text)
        if asked is None:
            view, unknown = parse(text)
            asked = self._asked[text] = _Asked(view, tuple(unknown), query_of(view))
        if asked.version != catalogue.version:
            asked.picked = picked(asked.view, catalogue.entries)
            asked.version = catalogue.version
        return asked

    # What a screen shows

    def listing(self, wish: Wish, order: Order) -> ListingTaken:
        """The window of the order that the wish asks for, with the numbers of now."""
        catalogue = self._catalogue
        assert catalogue is not None  # noqa: S101 - lay_out comes first
        with translation.override(wish.language):
            return self._window(wish, order, catalogue)

    def _window(self, wish: Wish, order: Order, catalogue: Catalogue) -> ListingTaken:
        rows = order.arranged.rows
        count = min(max(wish.rows, 0), MOST_ROWS)
        first = max(0, min(wish.first, len(rows) - count))
        return ListingTaken(
            at=round(time.time(), 3),
            view=wish.text,
            first=first,
            total=len(rows),
            streams=order.arranged.streams,
            all=catalogue.known["all"],
            states=dict(order.arranged.states),
            known=dict(catalogue.known),
            unknown=in_words(order.unknown),
            servers=self._totals_of(wish.alerts),
            rows=_columns(rows[first : first + count], self._fleets[wish.alerts]),
        )

    def _totals_of(self, alerts: bool) -> ServerTotals:
        if alerts not in self._totals:
            assert self._catalogue is not None  # noqa: S101 - lay_out comes first
            self._totals[alerts] = _totals(self._catalogue, self._boards, self._fleets[alerts])
        return self._totals[alerts]


def _totals(catalogue: Catalogue, boards: Mapping[int, Board], fleet: Fleet) -> ServerTotals:
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


def _columns(rows: Iterable[Row], fleet: Fleet) -> ListedRows:
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
        _because(odd.group, odd.reason) if odd else "",
        alarm.severity if alarm else "",
        alarm.titles[:_MOST_TITLES] if alarm else (),
        standing.taken_at,
        standing.every_s,
        standing.partial,
    )


def _because(whose: str, reason: str) -> str:
    return f"{whose}: {told(reason)}" if whose and reason else whose or told(reason)


def _common(words: list[str]) -> str:
    """The word that all of them are, or nothing."""
    return words[0] if len(set(words)) == 1 else ""
