"""The rulebook of one server: which thresholds judge it, by what the registry says now, and which of its alerts are open."""

import logging
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Count, Sum

from dashboard.models import Alert, Server, Stream, Threshold
from dashboard.services.episodes import Episode, subject_of
from dashboard.services.fencing import Guard
from dashboard.services.memories import forget_others, recall
from dashboard.services.rules import Rule
from dashboard.services.settling import UNWATCHED

logger = logging.getLogger(__name__)


class Rulebook:
    """`read` brings it up to date, whole or not at all; between two reads it asks the database nothing."""

    def __init__(self, server_id: int, guard: Guard) -> None:
        self.server = Server(pk=server_id)
        self.rules: Mapping[int, Rule] = {}  # by their thresholds' numbers
        self.tags: Mapping[int, frozenset[str]] = {}  # of streams by their numbers, where a threshold asks for one
        self._guard = guard
        self._knows_alerts = False
        self._refused: set[str] = set()

    def distrust(self) -> None:
        """The next `read` looks at every open alert."""
        self._knows_alerts = False

    def holder_of(self, episode: Episode) -> Rule | None:
        """The rule that holds the episode as open."""
        rule = self.rules.get(episode.alert.threshold_id or 0)
        return rule if rule and rule.episodes.get(episode.subject) is episode else None

    def read(self, now: datetime, *, waiting: Collection[Episode]) -> list[Episode]:
        """Reads the registry; returns the alerts that resolve because it changed. Raises DatabaseError.

        `waiting`: what the database is to be told yet.
        """
        server = Server.objects.only("name", "environment").enabled().filter(pk=self.server.pk).first()
        thresholds = Threshold.objects.enabled().for_server(self.server.pk) if server else []
        rules = {threshold.pk: rule for threshold in thresholds if (rule := self._rule(threshold))}
        if new := [rule for pk, rule in rules.items() if rule is not self.rules.get(pk)]:
            recall(new, self.server.pk)
        if rules.keys() != self.rules.keys():
            forget_others(rules, self.server.pk, self._guard)
        if new or rules.keys() != self.rules.keys():
            self.distrust()
        self._read_tags(rules)
        orphans = self._adopt(rules, waiting, now)
        for episode in orphans:
            episode.resolve(_orphaned(episode.alert.threshold, is_watched=server is not None), now)
        self.rules, self.server = rules, server or Server(pk=self.server.pk)
        return orphans

    def _rule(self, threshold: Threshold) -> Rule | None:
        known = self.rules.get(threshold.pk)
        if known and known.digest == threshold.definition_digest:
            known.threshold = threshold
            return known
        try:
            return Rule(threshold)
        except (ValueError, OverflowError, KeyError) as error:
            # Written past the form's checks. The others are judged all the same.
            if threshold.definition_digest not in self._refused:
                logger.warning("Threshold %s cannot be judged: %s", threshold.pk, error)
            self._refused.add(threshold.definition_digest)
            return None

    def _read_tags(self, rules: Mapping[int, Rule]) -> None:
        tags: Mapping[int, frozenset[str]] = {}
        if any(rule.scope.tag for rule in rules.values()):
            tagged = Stream.objects.filter(server_id=self.server.pk).exclude(tags="").only("pk", "tags")
            tags = {stream.pk: frozenset(stream.tag_list) for stream in tagged}
        if tags != self.tags:
            self.tags = tags

    def _adopt(self, rules: Mapping[int, Rule], waiting: Collection[Episode], now: datetime) -> list[Episode]:
        """Takes over the open alerts that are not ours yet, lets go of those that are not open any more; returns what is no rule's."""
        held = {one.alert.pk for rule in rules.values() for one in rule.episodes.values() if one.stored}
        held |= {one.alert.pk for one in waiting if one.stored}
        alerts = Alert.objects.open().judged().filter(server_id=self.server.pk)
        found = alerts.aggregate(count=Count("pk"), sum=Sum("pk"))
        if self._knows_alerts and (found["count"], found["sum"] or 0) == (len(held), sum(held)):
            return []
        rows = {alert.pk: alert for alert in alerts.select_related("stream", "threshold")}
        for rule in rules.values():
            rule.drop_all_but(rows)
        orphans = []
        for alert in (alert for pk, alert in rows.items() if pk not in held):
            episode, rule_of_it = Episode(subject_of(alert), alert, is_stored=True), rules.get(alert.threshold_id or 0)
            if rule_of_it and rule_of_it.digest == alert.threshold_digest:
                rule_of_it.episodes.setdefault(episode.subject, episode)
            else:
                orphans.append(episode)
        for rule in rules.values():
            rule.reconcile(now)
        self._knows_alerts = True
        return orphans


def _orphaned(threshold: Threshold | None, *, is_watched: bool) -> str:
    if not is_watched:
        return UNWATCHED
    if threshold is None:
        return "Its threshold was deleted."
    return "Its threshold was changed." if threshold.enabled else "Its threshold was switched off."
