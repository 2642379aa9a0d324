"""A board: how all streams of one server stand after one tick.

What every row is asked (its state) is worked out at once, by columns; the rest row by row, when it is asked for: of 10,000
rows a screen shows eighty.
"""

from collections.abc import Sequence
from typing import Protocol

from dashboard.core.gravity import FINE, GRAVITY, GRAVITY_OF, UNKNOWN, gravity
from dashboard.core.standing import GroupStanding, Standing, all_done_in, is_partial, lag_weight, largest

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


class Board:
    """The streams of one server after one tick, taken at `taken_at` by our clock, `interval` seconds after the last.

    Raises ValueError on columns that are not in step.
    """

    def __init__(
        self, streams: Streams, groups: Groups, *, taken_at: float, interval: float, before: "Board | None" = None
    ) -> None:
        _check(streams, Streams, len(streams.id))
        _check(groups, Groups, len(groups.stream))
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

    def number(self, stream: int, column: str) -> float | None:
        """One of the stream's own numbers, by its column; None also where this tick does not have the stream."""
        at = self._at.get(stream)
        found: float | None = None if at is None else getattr(self._streams, column)[at]
        return found

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
        streams = self._streams
        first, end = self._spans[at]
        state = GRAVITY[self._gravity[at]]
        pending, memory = streams.pending[at], streams.memory_bytes[at]
        every_s = streams.every_s[at] or self._interval
        if first == end:
            return Standing(
                state,
                *self._reason(at),
                "",
                streams.length[at],
                streams.added_per_s[at],
                streams.added_at_least[at],
                pending=pending,
                memory_bytes=memory,
                taken_at=self.taken_at,
                every_s=every_s,
            )
        groups = self._groups
        worst = self._lags_most(first, end)
        time_lags, oldest = groups.time_lag_s[first:end], groups.oldest_pending_s[first:end]
        time_lag = largest(time_lags)
        never = True in groups.never_drains[first:end]
        return Standing(
            state,
            *self._reason(at),
            groups.name[worst],
            streams.length[at],
            streams.added_per_s[at],
            streams.added_at_least[at],
            groups.delivered_per_s[worst],
            groups.lag[worst],
            groups.lag_quality[worst],
            groups.lag_reason[worst],
            time_lag,
            time_lag is not None and groups.time_lag_estimated[first + time_lags.index(time_lag)],
            largest(oldest),
            pending,
            None if never else all_done_in(groups.drain_s[first:end]),
            never,
            memory,
            self.taken_at,
            every_s,
            _partial_of(time_lags, oldest),
        )

    def _lags_most(self, first: int, end: int) -> int:
        lags = self._groups.lag
        return first if end - first == 1 else max(range(first, end), key=lambda row: lag_weight(lags[row]))

    def groups(self, stream: int) -> tuple[GroupStanding, ...]:
        """The groups of the stream, as far as the sums of a family need them."""
        if (at := self._at.get(stream)) is None:
            return ()
        groups = self._groups
        part = slice(*self._spans[at])
        return tuple(
            map(
                GroupStanding,
                groups.name[part],
                groups.lag[part],
                groups.lag_quality[part],
                groups.lag_reason[part],
                groups.delivered_per_s[part],
            )
        )

    def _reason(self, at: int) -> tuple[str, str]:
        """Why the state is what it is, and which group's it is."""
        if (problem := self._streams.problem[at]) is not None:
            return _PROBLEMS.get(problem, problem), ""
        if self._gravity[at] >= FINE:
            return "", ""
        groups = self._groups
        row = max(
            (row for row in range(*self._spans[at]) if gravity(groups.state[row]) == self._gravity[at]),
            key=lambda row: (lag_weight(groups.lag[row]), -row),
        )
        return groups.state_reason[row], groups.name[row]


def _check(columns: object, kind: type, rows: int) -> None:
    # A sampler of another version may leave a column out; of states none would read as well.
    if short := [name for name in kind.__annotations__ if len(getattr(columns, name)) != rows]:
        raise ValueError(f"columns are not in step: {', '.join(short)}")


def _spans(ids: list[int], of_groups: list[int]) -> list[tuple[int, int]]:
    """Where the groups of each stream begin and end."""
    first: dict[int, int] = {}
    end: dict[int, int] = {}
    for row, stream in enumerate(of_groups):
        first.setdefault(stream, row)
        end[stream] = row + 1
    return [(first.get(stream, 0), end.get(stream, 0)) for stream in ids]


def _partial_of(time_lags: Sequence[float | None], oldest: Sequence[float | None]) -> tuple[str, ...]:
    if None not in time_lags and None not in oldest:
        return ()
    named = (("time_lag_s", time_lags), ("oldest_pending_s", oldest))
    return tuple(name for name, values in named if is_partial(values))
