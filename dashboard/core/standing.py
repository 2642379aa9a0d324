"""How streams stand, each in one row: what the overview shows, filters and sorts by.

A board holds one tick of a server as columns. What all of its rows are asked (their state) is worked out at once, by
columns; the rest row by row, when it is asked for: of 10,000 rows a screen shows eighty.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from dashboard.core.gravity import FINE, GRAVITY, GRAVITY_OF, UNKNOWN, gravity
from dashboard.core.lag import LagQuality

_PROBLEMS = {
    "vanished": "The key is gone.",
    "wrong_type": "The key is no stream any more.",
    "denied": "The server refuses us this key.",
    "error": "The server answered with an error.",
}


class Streams(Protocol):
    """Columns in step, a row a stream."""

    id: list[int]
    length: list[int | None]
    added_per_s: list[float | None]
    memory_bytes: list[int | None]
    pending: list[int | None]
    added_at_least: list[bool]
    every_s: list[float | None]
    problem: list[str | None]


class Groups(Protocol):
    """Columns in step, a row a group; the groups of a stream follow each other."""

    stream: list[int]
    name: list[str]
    lag: list[int | None]
    lag_quality: list[str]
    lag_reason: list[str]
    time_lag_s: list[float | None]
    delivered_per_s: list[float | None]
    state: list[str]
    state_reason: list[str]
    time_lag_estimated: list[bool]
    oldest_pending_s: list[float | None]
    drain_s: list[float | None]
    never_drains: list[bool]


class GroupStanding(msgspec.Struct, frozen=True, gc=False):
    """What the sums of a family need of one group. Filled by position."""

    name: str
    lag: int | None
    quality: str
    reason: str
    delivered_per_s: float | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How one stream stands, or a family of them. Unknown is None; `group` and the lag are of the group that lags most.

    `partial` names what is a lower bound because a part of it is not known.
    """

    state: str
    reason: str = ""
    group: str = ""
    length: int | None = None
    added_per_s: float | None = None
    added_at_least: bool = False
    delivered_per_s: float | None = None
    lag: int | None = None
    lag_quality: str = ""  # "": there is no group
    lag_reason: str = ""
    time_lag_s: float | None = None
    time_lag_estimated: bool = False
    oldest_pending_s: float | None = None
    pending: int | None = None
    drain_s: float | None = None
    never_drains: bool = False
    memory_bytes: int | None = None
    taken_at: float | None = None
    every_s: float | None = None
    partial: tuple[str, ...] = ()
    groups: tuple[GroupStanding, ...] = ()


#: A stream of which no sample is known.
UNSEEN = {state: Standing(state=state) for state in ("waiting", "vanished", "unwatched")}


def lag_weight(lag: int | None) -> float:
    """An unknown lag is worse than none and better than any that is known to be there."""
    return 0.5 if lag is None else lag


class Board:
    """The streams of one server after one tick, taken at `taken_at` by our clock, `interval` seconds after the last."""

    def __init__(
        self, streams: Streams, groups: Groups, *, taken_at: float, interval: float, before: "Board | None" = None
    ) -> None:
        self._streams, self._groups = streams, groups
        self.taken_at, self._interval = taken_at, interval
        self._at: dict[int, int]
        self._spans: list[tuple[int, int]]
        if before and before._streams.id == streams.id and before._groups.stream == groups.stream:
            self._at, self._spans = before._at, before._spans
        else:
            self._at = {stream: at for at, stream in enumerate(streams.id)}
            self._spans = _spans(streams.id, groups.stream)
        self._gravity = self._judge()
        self._standings: dict[int, Standing] = {}

    def _judge(self) -> list[int]:
        states = self._groups.state
        if states.count("ok") == len(states):
            found = [FINE] * len(self._spans)
        else:
            of = [GRAVITY_OF.get(state, UNKNOWN) for state in states]
            found = [min(of[first:end]) if first < end else FINE for first, end in self._spans]
        for at, problem in enumerate(self._streams.problem):
            if problem is not None:
                found[at] = gravity(problem)
        return found

    def gravity(self, stream: int) -> int | None:
        """How grave the stream's state is; None where this tick does not have it."""
        at = self._at.get(stream)
        return None if at is None else self._gravity[at]

    def added_per_s(self) -> tuple[float | None, bool]:
        """What is added to all streams but vanished ones, and whether all of it is known; None where nothing is."""
        streams = self._streams
        rates = [
            rate
            for rate, problem in zip(streams.added_per_s, streams.problem, strict=True)
            if problem is None or problem != "vanished"
        ]
        known = [rate for rate in rates if rate is not None]
        complete = len(known) == len(rates) and not any(streams.added_at_least)
        return (round(sum(known), 3) if known else None), complete

    def standing(self, stream: int) -> Standing | None:
        """How the stream stands; None where this tick does not have it."""
        if (found := self._standings.get(stream)) is not None:
            return found
        if (at := self._at.get(stream)) is None:
            return None
        found = self._standings[stream] = self._stand(at)
        return found

    def _stand(self, at: int) -> Standing:
        streams, groups = self._streams, self._groups
        rows = range(*self._spans[at])
        worst = max(rows, key=lambda row: (lag_weight(groups.lag[row]), -row), default=None)
        never = any(groups.never_drains[row] for row in rows)
        time_lag, at_time_lag = _largest(groups.time_lag_s, rows)
        oldest, _ = _largest(groups.oldest_pending_s, rows)
        return Standing(
            state=GRAVITY[self._gravity[at]],
            reason=self._reason(at),
            group="" if worst is None else groups.name[worst],
            length=streams.length[at],
            added_per_s=streams.added_per_s[at],
            added_at_least=streams.added_at_least[at],
            delivered_per_s=None if worst is None else groups.delivered_per_s[worst],
            lag=None if worst is None else groups.lag[worst],
            lag_quality="" if worst is None else groups.lag_quality[worst],
            lag_reason="" if worst is None else groups.lag_reason[worst],
            time_lag_s=time_lag,
            time_lag_estimated=at_time_lag is not None and groups.time_lag_estimated[at_time_lag],
            oldest_pending_s=oldest,
            pending=streams.pending[at],
            drain_s=None if never else all_done_in([groups.drain_s[row] for row in rows]),
            never_drains=never,
            memory_bytes=streams.memory_bytes[at],
            taken_at=self.taken_at,
            every_s=streams.every_s[at] or self._interval,
            partial=self._partial(rows),
            groups=tuple(
                GroupStanding(
                    groups.name[row],
                    groups.lag[row],
                    groups.lag_quality[row],
                    groups.lag_reason[row],
                    groups.delivered_per_s[row],
                )
                for row in rows
            ),
        )

    def _reason(self, at: int) -> str:
        if (problem := self._streams.problem[at]) is not None:
            return _PROBLEMS.get(problem, problem)
        if self._gravity[at] >= FINE:
            return ""
        groups = self._groups
        row = max(
            (row for row in range(*self._spans[at]) if gravity(groups.state[row]) == self._gravity[at]),
            key=lambda row: (lag_weight(groups.lag[row]), -row),
        )
        return f"{groups.name[row]}: {groups.state_reason[row]}" if groups.state_reason[row] else groups.name[row]

    def _partial(self, rows: range) -> tuple[str, ...]:
        columns = {"time_lag_s": self._groups.time_lag_s, "oldest_pending_s": self._groups.oldest_pending_s}
        return tuple(name for name, column in columns.items() if is_partial([column[row] for row in rows]))


def _spans(ids: list[int], of_groups: list[int]) -> list[tuple[int, int]]:
    """Where the groups of each stream begin and end."""
    first: dict[int, int] = {}
    end: dict[int, int] = {}
    for row, stream in enumerate(of_groups):
        first.setdefault(stream, row)
        end[stream] = row + 1
    return [(first.get(stream, 0), end.get(stream, 0)) for stream in ids]


def _largest(column: Sequence[float | None], rows: range) -> tuple[float | None, int | None]:
    """The largest known value and its row; None and None where none is known."""
    found: float | None = None
    at: int | None = None
    for row in rows:
        value = column[row]
        if value is not None and (found is None or value > found):
            found, at = value, row
    return found, at


def is_partial(values: Sequence[float | None]) -> bool:
    """Whether some of the values are known and others not."""
    unknown = sum(value is None for value in values)
    return 0 < unknown < len(values)


def all_done_in(seconds: Sequence[float | None]) -> float | None:
    """When the last of them is done; None where one is not known, or there is none."""
    known = [value for value in seconds if value is not None]
    return max(known) if known and len(known) == len(seconds) else None


def weakest(qualities: Sequence[str]) -> str:
    """The quality of a sum of lags of these qualities; one that is not known makes it a lower bound."""
    order = (LagQuality.EXACT, LagQuality.MEASURED, LagQuality.APPROXIMATE, LagQuality.AT_LEAST, LagQuality.UNKNOWN)
    worst = max((order.index(LagQuality(quality)) for quality in qualities), default=0)
    if order[worst] is not LagQuality.UNKNOWN:
        return order[worst].value
    return (LagQuality.UNKNOWN if all(quality == "unknown" for quality in qualities) else LagQuality.AT_LEAST).value
