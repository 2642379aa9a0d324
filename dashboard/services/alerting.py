"""Judging: the verdicts on each tick of a server become alerts that open, change and resolve exactly once."""

import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import Error as DatabaseError
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.db.models import Count, Sum

from dashboard.core.gauge import Gauge
from dashboard.core.metrics import ServerTick
from dashboard.core.sample import ServerProblem
from dashboard.core.subjects import Layout, Subject
from dashboard.core.threshold_metrics import CONSUMER_METRICS
from dashboard.core.thresholds import GAP
from dashboard.core.views import ProblemView, TickView, View
from dashboard.core.windows import Windows
from dashboard.models import Alert, Server, Stream, Threshold
from dashboard.services.episodes import Episode, subject_of
from dashboard.services.fencing import Guard
from dashboard.services.memories import forget_others, recall, remember
from dashboard.services.rules import Judged, Rule
from dashboard.services.settling import UNWATCHED, AlertChange, Settled, recognise, settle, unmake, write_values

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
        self._server = Server(pk=server_id)
        self._rules: dict[int, Rule] = {}
        self._waiting: dict[int, Episode] = {}
        self._layout: Layout | None = None
        self._windows = Windows()
        self._tags: Mapping[int, frozenset[str]] = {}
        self._read_at: datetime | None = None  # the last tick with numbers
        self._refreshed: datetime | None = None
        self._knows_alerts = False
        self._values_written: datetime | None = None
        self._failing = False
        self._refused: set[str] = set()

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
        server = Judged(self._server.pk, self._server.name, self._layout.ids if self._layout else {})
        for rule in self._rules.values():
            for episode in rule.judge(view, _gap(tick), server):
                self._waiting[id(episode)] = episode
        if len(self._waiting) > MOST_WAITING:
            logger.error("Alerts of server %s begin anew, too many wait for the database.", server.pk)
            self._rules, self._waiting, self._refreshed = {}, {}, None

    def _view(self, tick: ServerTick | ServerProblem, stream_ids: Mapping[bytes, int], now: datetime) -> View:
        if isinstance(tick, ServerProblem):
            return ProblemView(tick, now, self._read_at)
        self._read_at = now
        consumers = any(rule.metric in CONSUMER_METRICS for rule in self._rules.values())
        if self._layout is None or not self._layout.fits(tick, stream_ids, consumers=consumers):
            self._layout = Layout(tick, stream_ids, self._tags, consumers=consumers)
            for rule in self._rules.values():
                rule.fit(self._layout)
        return self._looking_back(TickView(tick, self._layout, now), now)

    def _looking_back(self, view: TickView, now: datetime) -> TickView:
        """The view with the columns of the windows that rules ask for."""
        asked: dict[Gauge, set[Subject]] = {}
        for rule in self._rules.values():
            if rule.gauge.at_once is not rule.gauge:
                asked.setdefault(rule.gauge, set()).update(rule.rows.values())
        if not asked:
            return view
        at_once = {gauge.at_once: view.column(gauge.at_once) for gauge in asked}
        windows = self._windows.take(now.timestamp(), asked, view.layout, at_once)
        return TickView(view.tick, view.layout, now, {**at_once, **windows})

    # What is written

    def _write(self, now: datetime) -> list[AlertChange]:
        rules, waiting = list(self._rules.values()), list(self._waiting.values())
        valued = self._new_values() if _due(self._values_written, VALUES_EVERY, now) else []
        if waiting or valued or any(rule.is_stale or rule.runs for rule in rules):
            settled = self._settle(rules, waiting, valued, now)
        else:
            settled = Settled()
        if _due(self._values_written, VALUES_EVERY, now):
            self._values_written = now
        for episode in valued:
            episode.values_written()
        changes = settled.changes
        self._take(settled, rules)
        return changes

    def _settle(
        self, rules: Collection[Rule], waiting: Collection[Episode], valued: Collection[Episode], now: datetime
    ) -> Settled:
        try:
            return self._try(rules, waiting, valued, now)
        except IntegrityError:
            # Another sampler opened the same, or a stream was deleted, between look and write: the second look sees it.
            return self._try(rules, waiting, valued, now)

    def _try(
        self, rules: Collection[Rule], waiting: Collection[Episode], valued: Collection[Episode], now: datetime
    ) -> Settled:
        try:
            with self._guard():
                settled = settle(waiting, server=self._server, now=now, alone=self._alone)
                write_values(valued)
                remember(rules, self._server.pk, now)
        except Exception:
            unmake(waiting)
            raise
        return settled

    def _new_values(self) -> list[Episode]:
        episodes = [episode for rule in self._rules.values() for episode in rule.episodes.values()]
        return [one for one in episodes if one.stored and one.has_new_values and id(one) not in self._waiting]

    def _take(self, settled: Settled, rules: Collection[Rule]) -> None:
        """Notes what the database knows now."""
        self._waiting = {}
        for rule in rules:
            rule.is_stale = False
        for episode in settled.written:
            episode.written()
        for episode, row in settled.otherwise:
            self._knows_alerts = False
            if holder := self._rule_of(episode):
                holder.take_over(episode, row)
        for episode in settled.void:
            if holder := self._rule_of(episode):
                holder.forget(episode.subject)

    def _rule_of(self, episode: Episode) -> Rule | None:
        """The rule that holds the episode as open."""
        rule = self._rules.get(episode.alert.threshold_id or 0)
        return rule if rule and rule.episodes.get(episode.subject) is episode else None

    # What is read

    def _is_fresh(self, now: datetime) -> bool:
        """Reads anew what the registry says, where that is due; False where the database failed."""
        if not _due(self._refreshed, REFRESH, now):
            return True
        try:
            self._refresh(now)
        except DatabaseError as error:
            self._failed(error)
            return False
        return True

    def _refresh(self, now: datetime) -> None:
        server = Server.objects.only("name", "environment").enabled().filter(pk=self._server.pk).first()
        self._server = server or Server(pk=self._server.pk)
        thresholds = Threshold.objects.enabled().for_server(self._server.pk) if server else []
        rules = {threshold.pk: rule for threshold in thresholds if (rule := self._rule(threshold))}
        if new := [rule for pk, rule in rules.items() if rule is not self._rules.get(pk)]:
            recall(new, self._server.pk)
        if rules.keys() != self._rules.keys():
            forget_others(rules, self._server.pk, self._guard)
        if new or rules.keys() != self._rules.keys():
            self._knows_alerts = False
        if self._failing:
            recognise(self._waiting.values())
        self._read_tags(rules)
        self._adopt(rules, now, is_watched=server is not None)
        self._rules, self._refreshed = rules, now

    def _read_tags(self, rules: Mapping[int, Rule]) -> None:
        """The tags of the server's streams, where a threshold asks for one."""
        tags: Mapping[int, frozenset[str]] = {}
        if any(rule.scope.tag for rule in rules.values()):
            tagged = Stream.objects.filter(server_id=self._server.pk).exclude(tags="").only("pk", "tags")
            tags = {stream.pk: frozenset(stream.tag_list) for stream in tagged}
        if tags != self._tags:
            self._tags, self._layout = tags, None

    def _rule(self, threshold: Threshold) -> Rule | None:
        known = self._rules.get(threshold.pk)
        if known and known.digest == threshold.definition_digest:
            known.threshold = threshold
            return known
        try:
            rule = Rule(threshold)
        except (ValueError, OverflowError, KeyError) as error:
            # Written past the form's checks. The others are judged all the same.
            if threshold.definition_digest not in self._refused:
                logger.warning("Threshold %s cannot be judged: %s", threshold.pk, error)
            self._refused.add(threshold.definition_digest)
            return None
        if self._layout:
            rule.fit(self._layout)
        return rule

    def _adopt(self, rules: Mapping[int, Rule], now: datetime, *, is_watched: bool) -> None:
        """Takes over the open alerts that are not ours yet, lets go of those that are not open any more."""
        held = {one.alert.pk for rule in rules.values() for one in rule.episodes.values() if one.stored}
        held |= {one.alert.pk for one in self._waiting.values() if one.stored}
        alerts = Alert.objects.open().filter(server_id=self._server.pk)
        found = alerts.aggregate(count=Count("pk"), sum=Sum("pk"))
        if self._knows_alerts and (found["count"], found["sum"] or 0) == (len(held), sum(held)):
            return
        rows = {alert.pk: alert for alert in alerts.select_related("stream", "threshold")}
        for rule in rules.values():
            rule.drop_all_but(rows)
        for alert in (alert for pk, alert in rows.items() if pk not in held):
            episode = Episode(subject_of(alert), alert, is_stored=True)
            rule_of_it = rules.get(alert.threshold_id or 0)
            if rule_of_it and rule_of_it.digest == alert.threshold_digest:
                rule_of_it.episodes.setdefault(episode.subject, episode)
            else:
                episode.resolve(_orphaned(alert.threshold, is_watched=is_watched), now)
                self._waiting[id(episode)] = episode
        for rule in rules.values():
            rule.reconcile(now)
        self._knows_alerts = True

    def _failed(self, error: DatabaseError) -> None:
        if not self._failing:
            logger.warning("Alerts of server %s are late, the database failed: %s", self._server.pk, error)
        self._failing = True
        self._refreshed = None  # what was written before the failure is read again
        self._knows_alerts = False
        if not connection.in_atomic_block:
            close_old_connections()

    def _recovered(self) -> None:
        if self._failing:
            logger.warning("Alerts of server %s are judged again.", self._server.pk)
        self._failing = False


def _due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    return last is None or abs(now - last) >= every  # abs: the clock may have been set back


def _gap(tick: ServerTick | ServerProblem) -> timedelta:
    if isinstance(tick, ServerProblem):
        return PROBLEM_GAP
    return max(GAP, timedelta(seconds=3 * tick.interval_s))


def _orphaned(threshold: Threshold | None, *, is_watched: bool) -> str:
    if not is_watched:
        return UNWATCHED
    if threshold is None:
        return "Its threshold was deleted."
    return "Its threshold was changed." if threshold.enabled else "Its threshold was switched off."
