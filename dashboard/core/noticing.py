"""Noticing: what happened to a server and its streams between two readings, as marks for the time axis.

Compares each sweep with the former one. Only those streams are looked at to which more happened than entries that were
added, read and acknowledged (`ServerTick.unusual`). The rules of streams are in `core/stream_events.py`.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from dashboard.core.marks import Mark, MarkKind
from dashboard.core.metrics import ServerTick, StreamMetrics
from dashboard.core.sample import ProblemKind, ServerInfo, StreamSample, Sweep
from dashboard.core.stream_events import Occurrence, Quiet, happened, overtaken, uneventful
from dashboard.core.wording import duration

#: So many marks a tick; what happened beyond them is counted in one more.
MOST_MARKS = 20
GAP_INTERVALS = 3
LEAST_GAP_S = 2.0  # a machine that is busy for a second is no gap, however short the interval


class Noticer:
    """Looks at the readings of one server in order. `now` is our monotonic clock; marks bear the server's time."""

    def __init__(self) -> None:
        self._known: dict[bytes, StreamSample] = {}
        self._vanished: set[bytes] = set()  # since they were last sampled
        self._metrics: Mapping[bytes, StreamMetrics] = {}
        self._quiet = Quiet()
        self._info: ServerInfo | None = None
        self._at: float | None = None  # the server's time at the last reading, and ours
        self._now = self._interval_s = 0.0
        self._why = ""  # nothing was read since then

    def failed(self, why: str) -> None:
        """Says in a sentence why this round could not read the server."""
        self._why = self._why or why

    def notice(
        self, sweep: Sweep, info: ServerInfo | None, tick: ServerTick, *, keys: Collection[bytes], now: float
    ) -> tuple[Mark, ...]:
        """The marks of this reading, of which `tick` was derived. `keys` are all that are watched; `info` may be the former
        one where none was read."""
        interval_s = tick.interval_s
        of_server = list(self._of_server(sweep.at, info, now, interval_s))
        if any(mark.kind in (MarkKind.RESTART, MarkKind.FAILOVER) for mark in of_server):
            # Another process, or the same with other data: what it has now says nothing of what happened to its streams.
            self._known.clear()
            self._vanished.clear()
            self._metrics = {}
        of_streams = list(self._of_streams(sweep, tick))
        if info is not None and info.link_up is False:
            of_streams = []  # a replica is about to take its master's data, or is taking it
        self._forget(sweep, keys)
        self._info, self._at, self._now, self._why = info or self._info, sweep.at, now, ""
        self._interval_s, self._metrics = interval_s, tick.streams
        return (*of_server, *_at_most(MOST_MARKS, _told(of_streams, sweep.at), sweep.at))

    def _of_server(self, at: float, info: ServerInfo | None, now: float, interval_s: float) -> Iterator[Mark]:
        away_s = now - self._now if self._at is not None else 0.0
        # An interval that has just been stretched or shortened: the longer one counts.
        gone = away_s > max(GAP_INTERVALS * max(interval_s, self._interval_s), LEAST_GAP_S)
        away = f" Nothing was sampled for {duration(round(away_s))}." if gone else ""
        change = _change(self._info, info, away_s + 1)
        if change:
            yield Mark(kind=change[0], at=at, text=change[1] + away)
        elif gone and self._at is not None:
            why = f": {self._why}" if self._why else "."
            text = f"Nothing was sampled for {duration(round(away_s))}{why}"
            yield Mark(kind=MarkKind.GAP, at=min(self._at, at), text=text)

    def _of_streams(self, sweep: Sweep, tick: ServerTick) -> Iterator[Occurrence]:
        known, former, metrics = self._known, self._metrics, tick.streams
        for key in tick.unusual:
            sample, before = sweep.streams[key], known.get(key)
            if before is None:
                continue
            if before is not sample and (key in self._vanished or not uneventful(before, sample)):
                yield from happened(before, sample, self._quiet, sweep.at, returned=key in self._vanished)
                self._vanished.discard(key)
            # Also where the sample is the very same: what was lost may be proved later, by counting what is left.
            for group in metrics[key].groups:
                if group.lost and key in former:  # as nearly never
                    yield from overtaken(former[key], metrics[key], self._quiet, sweep.at)
                    break
        # What was not read whole tells nothing yet: its next whole sample does.
        known.update(_whole(sweep.streams) if sweep.thin else sweep.streams)

    def _forget(self, sweep: Sweep, keys: Collection[bytes]) -> None:
        """Drops keys that hold something else now or are watched no more; what vanished may come back and is kept."""
        for key, problem in sweep.problems.items():
            if problem.kind is ProblemKind.WRONG_TYPE:
                self._known.pop(key, None)
            elif problem.kind is ProblemKind.VANISHED and key in self._known:
                self._vanished.add(key)
        if len(self._known) > len(keys):
            watched = set(keys)
            self._known = {key: sample for key, sample in self._known.items() if key in watched}
            self._vanished &= watched
            self._quiet.keep(watched)


def _whole(streams: Mapping[bytes, StreamSample]) -> dict[bytes, StreamSample]:
    return {key: sample for key, sample in streams.items() if sample.whole_at is None}


def _change(before: ServerInfo | None, after: ServerInfo | None, elapsed_s: float) -> tuple[MarkKind, str] | None:
    """A restart, or another server or role in its place."""
    if before is None or after is None or before is after:
        return None
    if before.run_id and after.run_id and before.run_id != after.run_id:
        # One that has run for longer than we have not looked did not start meanwhile: a name or an address moved to it.
        if before.uptime_s is not None and after.uptime_s is not None and after.uptime_s > elapsed_s + _INFO_AGE_S:
            return MarkKind.FAILOVER, f"Another server answers at this address, a {_role(after)}."
        return MarkKind.RESTART, f"The server was started anew ({after.product} {after.version})."
    if before.role and after.role and before.role != after.role:
        return MarkKind.FAILOVER, f"The server became a {_role(after)}; it was a {_role(before)}."
    return None


_INFO_AGE_S = 10.0  # INFO is read every few seconds, and counts whole ones


def _role(info: ServerInfo) -> str:
    return "replica" if info.role == "slave" else info.role


def _told(occurrences: Iterable[Occurrence], at: float) -> list[Mark]:
    return [Mark(kind=one.kind, at=at, text=one.text, key=one.key, group=one.group) for one in occurrences]


def _at_most(most: int, marks: list[Mark], at: float) -> list[Mark]:
    """The first of the marks, and one of the server that counts the others by kind."""
    if len(marks) <= most:
        return marks
    left = Counter(mark.kind for mark in marks[most:])
    kinds = ", ".join(f"{count} × {kind.value.replace('_', ' ')}" for kind, count in left.most_common())
    [(commonest, _)] = left.most_common(1)
    text = f"{len(marks) - most} more things happened to streams in this second: {kinds}."
    return [*marks[:most], Mark(kind=commonest, at=at, text=text)]
