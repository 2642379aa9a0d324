"""Judging: the verdicts on each tick of a server become alerts that open and resolve exactly once."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import Error as DatabaseError
from django.db import close_old_connections, connection, transaction

from dashboard.core.metrics import ServerTick
from dashboard.core.sample import ServerProblem
from dashboard.core.subjects import Layout, ProblemView, TickView, View
from dashboard.core.thresholds import GAP, SERVER_METRICS
from dashboard.models import Alert, Server, Threshold
from dashboard.services.fencing import Guard
from dashboard.services.rules import Opening, Resolution, Rule, wanted_changes
from dashboard.services.settling import AlertChange, open_alert, resolve_alert, subject_of

__all__ = ["AlertChange", "Judge"]

logger = logging.getLogger(__name__)

REFRESH = timedelta(seconds=2)
VALUES_EVERY = timedelta(seconds=10)
#: A server that is down is tried less often than one that answers is swept.
PROBLEM_GAP = timedelta(seconds=90)
#: A threshold that catches everything opens its alerts over several ticks, so that none of them takes long.
MOST_CHANGES = 500


class Judge:
    """Judges the enabled thresholds of one server at each of its ticks.

    Reads its thresholds and open alerts every two seconds and, between two reads, asks the database nothing until an
    alert opens or resolves. One thread at a time may use it; any number of judges may judge the same server, and of
    those with a `guard` only the one that it lets write does: to the others it raises what says so.
    """

    def __init__(self, server_id: int, most_changes: int = MOST_CHANGES, *, guard: Guard = transaction.atomic) -> None:
        self.server_id = server_id
        self._guard = guard
        self._most_changes = most_changes
        self._server_name = ""
        self._rules: dict[int, Rule] = {}
        self._orphans: list[Alert] = []
        self._layout: Layout | None = None
        self._refreshed: datetime | None = None
        self._values_written: datetime | None = None
        self._failing = False
        self._refused: set[str] = set()

    def judge(
        self, tick: ServerTick | ServerProblem, *, stream_ids: Mapping[bytes, int], now: datetime
    ) -> list[AlertChange]:
        """The alerts that opened or resolved at this tick.

        Never raises for the database: what it could not write is logged once and tried again at the next tick.
        """
        changes: list[AlertChange] = []
        try:
            if _due(self._refreshed, REFRESH, now):
                self._refresh(now)
            view = self._view(tick, stream_ids, now)
            self._settle(list(self._wanted(view, _gap(tick))), now, changes)
            if _due(self._values_written, VALUES_EVERY, now):
                self._write_values(now)
            self._recovered()
        except DatabaseError as error:
            self._failed(error)
        return changes

    def _view(self, tick: ServerTick | ServerProblem, stream_ids: Mapping[bytes, int], now: datetime) -> View:
        if isinstance(tick, ServerProblem):
            return ProblemView(tick, now)
        if self._layout is None or not self._layout.fits(tick, stream_ids):
            self._layout = Layout(tick, stream_ids)
            for rule in self._rules.values():
                rule.fit(self._layout)
        return TickView(tick, self._layout, now)

    def _wanted(self, view: View, gap: timedelta) -> Iterable[Opening | Resolution]:
        for alert in self._orphans:
            yield Resolution(alert, _orphaned(alert.threshold))
        for rule in self._rules.values():
            yield from wanted_changes(rule, view, gap, self._server_name)

    def _settle(self, wanted: list[Opening | Resolution], now: datetime, changes: list[AlertChange]) -> None:
        for change in wanted[: self._most_changes]:
            with self._guard():
                alert = self._open(change, now) if isinstance(change, Opening) else self._resolve(change, now)
            if alert:
                changes.append(AlertChange(alert, opened=isinstance(change, Opening)))

    def _open(self, opening: Opening, now: datetime) -> Alert | None:
        # A server's subject has an empty key, and so may have a stream.
        ids = self._layout.ids if self._layout and opening.rule.metric not in SERVER_METRICS else {}
        stream_id = ids.get(opening.subject.key)
        return open_alert(opening=opening, server_id=self.server_id, stream_id=stream_id, now=now)

    def _resolve(self, resolution: Resolution, now: datetime) -> Alert | None:
        alert = resolve_alert(alert=resolution.alert, reason=resolution.reason, now=now)
        if resolution.rule:
            resolution.rule.open.pop(resolution.subject, None)
            resolution.rule.values.pop(resolution.subject, None)
        else:
            self._orphans.remove(resolution.alert)
        return alert

    def _refresh(self, now: datetime) -> None:
        server = Server.objects.only("name").filter(pk=self.server_id).first()
        self._server_name = server.name if server else ""
        thresholds = Threshold.objects.enabled().for_server(self.server_id) if server else []
        rules = ((threshold.pk, self._rule(threshold)) for threshold in thresholds)
        self._rules = {pk: rule for pk, rule in rules if rule}
        self._adopt(Alert.objects.open().filter(server_id=self.server_id).select_related("stream", "threshold"))
        self._refreshed = now

    def _rule(self, threshold: Threshold) -> Rule | None:
        known = self._rules.get(threshold.pk)
        if known and known.digest == threshold.definition_digest:
            known.threshold = threshold
            return known
        try:
            rule = Rule(threshold)
        except (ValueError, OverflowError) as error:
            # Written past the form's checks. The others are judged all the same.
            if threshold.definition_digest not in self._refused:
                logger.warning("Threshold %s cannot be judged: %s", threshold.pk, error)
            self._refused.add(threshold.definition_digest)
            return None
        if self._layout:
            rule.fit(self._layout)
        return rule

    def _adopt(self, alerts: Iterable[Alert]) -> None:
        for rule in self._rules.values():
            rule.open = {}
        self._orphans = []
        for alert in alerts:
            rule_of = self._rules.get(alert.threshold_id or 0)
            if rule_of and rule_of.digest == alert.threshold_digest:
                rule_of.open[subject_of(alert)] = alert
            else:
                self._orphans.append(alert)

    def _write_values(self, now: datetime) -> None:
        changed = []
        for rule in self._rules.values():
            for subject, alert in rule.open.items():
                value = rule.values.get(subject, alert.last_value)
                if value != alert.last_value:
                    alert.last_value = value
                    changed.append(alert)
        if changed:
            with self._guard():
                Alert.objects.bulk_update(changed, ["last_value"], batch_size=200)
        self._values_written = now

    def _failed(self, error: DatabaseError) -> None:
        if not self._failing:
            logger.warning("Alerts of server %s are late, the database failed: %s", self.server_id, error)
        self._failing = True
        self._refreshed = None  # what was written before the failure is read again
        if not connection.in_atomic_block:
            close_old_connections()

    def _recovered(self) -> None:
        if self._failing:
            logger.warning("Alerts of server %s are judged again.", self.server_id)
        self._failing = False


def _due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    return last is None or abs(now - last) >= every  # abs: the clock may have been set back


def _gap(tick: ServerTick | ServerProblem) -> timedelta:
    if isinstance(tick, ServerProblem):
        return PROBLEM_GAP
    return max(GAP, timedelta(seconds=3 * tick.interval_s))


def _orphaned(threshold: Threshold | None) -> str:
    if threshold is None:
        return "Its threshold was deleted."
    return "Its threshold was changed." if threshold.enabled else "Its threshold was switched off."
