"""Judging: the verdicts on each tick of a server become alerts that open, change and resolve exactly once."""

import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import Error as DatabaseError
from django.db import IntegrityError, close_old_connections, connection, transaction

from dashboard.core.gauge import Gauge
from dashboard.core.metrics import ServerTick
from dashboard.core.sample import ServerProblem
from dashboard.core.subjects import Layout, Subject
from dashboard.core.threshold_metrics import CONSUMER_METRICS
from dashboard.core.thresholds import GAP
from dashboard.core.views import ProblemView, TickView, View
from dashboard.core.windows import Window, Windows
from dashboard.services.episodes import Episode
from dashboard.services.fencing import Guard
from dashboard.services.memories import remember
from dashboard.services.rulebook import Rulebook
from dashboard.services.rules import Judged, Rule
from dashboard.services.settling import AlertChange, Settled, recognise, settle, unmake, write_values
from dashboard.services.window_memories import recall_windows, remember_windows

__all__ = ["AlertChange", "Judge"]

logger = logging.getLogger(__name__)

REFRESH = timedelta(seconds=2)
VALUES_EVERY = timedelta(seconds=10)
#: A server that is down is tried less often than one that answers is swept.
PROBLEM_GAP = timedelta(seconds=90)
#: So many alerts wait at most for a database that does not answer. Beyond it judging begins anew from what stands there.
MOST_WAITING = 50_000


class Judge:
    """Judges the enabled thresholds of one server at each of its ticks.

    Reads its thresholds every two seconds and, between two reads, asks the database nothing while nothing changes. What
    changes is noted first and written in one transaction a tick: a database that fails delays it, and judging goes on.
    One thread at a time may use it; any number of judges may judge the same server, and of those with a `guard` only the
    one that it lets write does: to the others it raises what says so.
    """

    def __init__(self, server_id: int, *, guard: Guard = transaction.atomic) -> None:
        self.judged_at: datetime | None = None  # the last tick of which all is written
        self._guard, self._alone = guard, guard is not transaction.atomic
        self._book = Rulebook(server_id, guard)
        self._waiting: dict[int, Episode] = {}
        self._layout: Layout | None = None
        self._windows = Windows()
        self._read_at: datetime | None = None  # the last tick with numbers
        self._refreshed: datetime | None = None
        self._values_written: datetime | None = None
        self._failing = False

    def judge(
        self, tick: ServerTick | ServerProblem, *, stream_ids: Mapping[bytes, int], now: datetime
    ) -> list[AlertChange]:
        """The changes of alerts that were written at this tick.

        Never raises for the database: what it could not write is logged once and tried again at the next tick.
        """
        is_fresh = self._is_fresh(now)
        self.look(tick, stream_ids=stream_ids, now=now)
        if not is_fresh:
            return []
        try:
            changes = self._write(now)
        except DatabaseError as error:
            self._failed(error)
            return []
        self.judged_at = now
        self._recovered()
        return changes

    # What is judged

    def look(self, tick: ServerTick | ServerProblem, *, stream_ids: Mapping[bytes, int], now: datetime) -> None:
        """Takes the tick's readings; asks no database. The same tick at the same time changes nothing when it is judged."""
        view = self._view(tick, stream_ids, now)
        server = Judged(self._book.server.pk, self._book.server.name, self._layout.ids if self._layout else {})
        for rule in self._book.rules.values():
            for episode in rule.judge(view, _gap(tick), server):
                self._waiting[id(episode)] = episode
        if len(self._waiting) > MOST_WAITING:
            logger.error("Alerts of server %s begin anew, too many wait for the database.", server.pk)
            self._book, self._waiting, self._refreshed = Rulebook(server.pk, self._guard), {}, None

    def _view(self, tick: ServerTick | ServerProblem, stream_ids: Mapping[bytes, int], now: datetime) -> View:
        if isinstance(tick, ServerProblem):
            return ProblemView(tick, now, self._read_at)
        self._read_at = now
        rules, tags, layout = self._book.rules.values(), self._book.tags, self._layout
        if layout is None or layout.tags is not tags or not layout.fits(tick, stream_ids):
            layout = self._layout = Layout(tick, stream_ids, tags)
        if any(rule.metric in CONSUMER_METRICS for rule in rules):
            layout.see_consumers(tick)
        for rule in rules:
            rule.fit(layout)
        return self._looking_back(TickView(tick, layout, now), now)

    def _looking_back(self, view: TickView, now: datetime) -> TickView:
        """The view with the columns of the windows that rules ask for."""
        asked: dict[Gauge, set[Subject]] = {}
        for rule in self._book.rules.values():
            if rule.gauge.at_once is not rule.gauge:
                asked.setdefault(rule.gauge, set()).update(rule.rows.values())
        if not asked:
            return view
        at_once = {gauge.at_once: view.column(gauge.at_once) for gauge in asked}
        gap = _gap(view.tick).total_seconds()
        windows = self._windows.take(now.timestamp(), asked, view.layout, at_once, gap)
        return TickView(view.tick, view.layout, now, {**at_once, **windows})

    # What is written

    def _write(self, now: datetime) -> list[AlertChange]:
        rules, waiting = list(self._book.rules.values()), list(self._waiting.values())
        valued = self._new_values() if _due(self._values_written, VALUES_EVERY, now) else []
        seen = [window for window in self._windows if window.unkept(now.timestamp())]
        if waiting or valued or seen or any(rule.is_stale or rule.runs for rule in rules):
            settled = self._settle(rules, waiting, valued, seen, now)
        else:
            settled = Settled()
        if _due(self._values_written, VALUES_EVERY, now):
            self._values_written = now
        for episode in valued:
            episode.values_written()
        for window in seen:
            window.kept()
        changes = settled.changes
        self._take(settled, rules)
        return changes

    def _settle(
        self,
        rules: Collection[Rule],
        waiting: Collection[Episode],
        valued: Collection[Episode],
        seen: Collection[Window],
        now: datetime,
    ) -> Settled:
        try:
            return self._try(rules, waiting, valued, seen, now)
        except IntegrityError:
            # Another sampler opened the same, or a stream was deleted, between look and write: the second look sees it.
            return self._try(rules, waiting, valued, seen, now)

    def _try(
        self,
        rules: Collection[Rule],
        waiting: Collection[Episode],
        valued: Collection[Episode],
        seen: Collection[Window],
        now: datetime,
    ) -> Settled:
        try:
            with self._guard():
                settled = settle(waiting, server=self._book.server, now=now, alone=self._alone)
                write_values(valued)
                remember(rules, self._book.server.pk, now)
                if seen:
                    remember_windows(seen, self._book.server.pk, now)
        except Exception:
            unmake(waiting)
            raise
        return settled

    def _new_values(self) -> list[Episode]:
        episodes = [episode for rule in self._book.rules.values() for episode in rule.episodes.values()]
        return [one for one in episodes if one.stored and one.has_new_values and id(one) not in self._waiting]

    def _take(self, settled: Settled, rules: Collection[Rule]) -> None:
        """Notes what the database knows now."""
        self._waiting = {}
        for rule in rules:
            rule.is_stale = False
        for episode in settled.written:
            episode.written()
        for episode, row in settled.otherwise:
            self._book.distrust()
            if holder := self._book.holder_of(episode):
                holder.take_over(episode, row)
        for episode in settled.void:
            if holder := self._book.holder_of(episode):
                holder.forget(episode.subject)

    # What is read

    def _is_fresh(self, now: datetime) -> bool:
        """Reads anew what the registry says, where that is due; False where the database failed."""
        if not _due(self._refreshed, REFRESH, now):
            return True
        try:
            if self._failing:
                recognise(self._waiting.values())
            orphans = self._book.read(now, waiting=self._waiting.values())
            self._recall_windows(now)
        except DatabaseError as error:
            self._failed(error)
            return False
        self._waiting |= {id(one): one for one in orphans}
        self._refreshed = now
        return True

    def _recall_windows(self, now: datetime) -> None:
        gauges = [rule.gauge for rule in self._book.rules.values() if rule.gauge.at_once is not rule.gauge]
        if unknown := self._windows.unknown(gauges):
            self._windows.resume(recall_windows(unknown, self._book.server.pk, now))

    def _failed(self, error: DatabaseError) -> None:
        if not self._failing:
            logger.warning("Alerts of server %s are late, the database failed: %s", self._book.server.pk, error)
        self._failing = True
        self._refreshed = None  # what was written before the failure is read again
        self._book.distrust()
        if not connection.in_atomic_block:
            close_old_connections()

    def _recovered(self) -> None:
        if self._failing:
            logger.warning("Alerts of server %s are judged again.", self._book.server.pk)
        self._failing = False


def _due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    return last is None or abs(now - last) >= every  # abs: the clock may have been set back


def _gap(tick: ServerTick | ServerProblem) -> timedelta:
    if isinstance(tick, ServerProblem):
        return PROBLEM_GAP
    return max(GAP, timedelta(seconds=3 * tick.interval_s))
