"""The desk: puts the streams of the fleet into the order of each view, and cuts from it what a screen shows.

Each tick of a server is worked out once, each view is put in order at most every three seconds, and each window of it is
written once, however many look. A desk is not for two threads at a time.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils import translation

from dashboard.core.arranging import Arranged, arrange
from dashboard.core.board import Board
from dashboard.core.fleet import Fleet
from dashboard.core.listing import Entry, Unknown, View, parse, picked, query_of
from dashboard.live.events import SampleTaken
from dashboard.live.serving.catalogue import Catalogue
from dashboard.live.serving.listed import ListingTaken, ServerTotals
from dashboard.live.serving.missing import in_words, missing
from dashboard.live.serving.window import columns_of, totals_of

logger = logging.getLogger(__name__)

#: Rows change places at most this often.
CALM_S = 3.0
#: More rows than this are on no screen.
MOST_ROWS = 300


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
            rows=columns_of(rows[first : first + count], self._fleets[wish.alerts]),
        )

    def _totals_of(self, alerts: bool) -> ServerTotals:
        if alerts not in self._totals:
            assert self._catalogue is not None  # noqa: S101 - lay_out comes first
            self._totals[alerts] = totals_of(self._catalogue, self._boards, self._fleets[alerts])
        return self._totals[alerts]
