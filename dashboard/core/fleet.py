"""The fleet: what is known of all streams at one moment, of each and of rows of them."""

from collections.abc import Mapping

import msgspec

from dashboard.core.board import Board
from dashboard.core.folding import Member, fold
from dashboard.core.gravity import CALM, GRAVITY_OF, severity_rank
from dashboard.core.listing import Entry
from dashboard.core.standing import UNSEEN, Standing


class Alarm(msgspec.Struct, frozen=True):
    """The alerts that are open on a stream: the gravest severity, and their titles."""

    severity: str
    titles: tuple[str, ...]


class Row(msgspec.Struct, frozen=True, gc=False):
    """A stream, a family, or a member of an open family; `entries` is one but for a family."""

    kind: str
    entries: tuple[Entry, ...]

    @property
    def place(self) -> int:
        """Where it stands by its name."""
        return self.entries[0].place


class Fleet:
    """What is known of all streams at one moment: the boards of the servers, and the open alerts by stream."""

    def __init__(self, boards: Mapping[int, Board], alarms: Mapping[int, Alarm]) -> None:
        self._boards = boards
        self.alarms = alarms

    def gravity(self, entry: Entry) -> int:
        """How grave the stream's state is."""
        board = self._boards.get(entry.server) if entry.watched else None
        found = board.gravity(entry.id) if board else None
        return GRAVITY_OF[_unseen(entry)] if found is None else found

    def number(self, entry: Entry, column: str) -> float | None:
        """One of the stream's own numbers, by its column, without working out the rest of its row."""
        board = self._boards.get(entry.server) if entry.watched else None
        return board.number(entry.id, column) if board else None

    def standing(self, entry: Entry) -> Standing:
        """How the stream stands."""
        board = self._boards.get(entry.server) if entry.watched else None
        found = board.standing(entry.id) if board else None
        return UNSEEN[_unseen(entry)] if found is None else found

    def needs_attention(self, entry: Entry) -> bool:
        """Whether it is in trouble, or an alert is open on it."""
        return self.gravity(entry) < CALM or entry.id in self.alarms

    def row(self, row: Row) -> Standing:
        """How the row stands."""
        if row.kind != "family":
            return self.standing(row.entries[0])
        return fold(self.members(row))

    def members(self, row: Row) -> list[Member]:
        """The streams of a row."""
        board = self._boards.get(row.entries[0].server)
        return [
            Member(
                entry.id, entry.name, self.standing(entry), board.groups(entry.id) if board and entry.watched else ()
            )
            for entry in row.entries
        ]

    def row_gravity(self, row: Row) -> int:
        """How grave the state of the row is."""
        return min(map(self.gravity, row.entries))

    def row_alarm(self, row: Row) -> Alarm | None:
        """The alerts that are open on the row's streams."""
        found = [self.alarms[entry.id] for entry in row.entries if entry.id in self.alarms]
        if len(found) < 2:
            return found[0] if found else None
        gravest = min(found, key=lambda alarm: severity_rank(alarm.severity))
        return Alarm(gravest.severity, tuple(title for alarm in found for title in alarm.titles))


def _unseen(entry: Entry) -> str:
    if not entry.watched:
        return "unwatched"
    return "vanished" if entry.vanished else "waiting"
