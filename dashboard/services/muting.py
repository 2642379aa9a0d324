"""Muting: what mutes an alert now, and why. Asks a fixed number of questions of the database, however many alerts there are."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from dashboard.core.matchers import Matcher, parse
from dashboard.core.muting import Inhibitor, Mute, MutedBy, Muter, Mutes, Source
from dashboard.core.schedule import Schedule
from dashboard.models import Alert, Inhibition, MaintenanceWindow, Silence

logger = logging.getLogger(__name__)


def mutes_at(now: datetime) -> Mutes:
    """All that mutes at `now`; what is written so that nobody can read it mutes nothing."""
    inhibitors = list(_inhibitors())
    sources = _sources() if inhibitors else ()
    return Mutes([*_silences(now), *_windows(now)], inhibitors, sources)


def mute_of(alert: Alert, mutes: Mutes, now: datetime) -> Mute | None:
    """What mutes this alert: a silence, a window or an inhibition, else that somebody takes care of it."""
    return mutes.of(labels_now(alert)) or _acknowledged(alert, now)


def labels_now(alert: Alert) -> dict[str, str]:
    """Its labels, with the severity that it has now."""
    return {**alert.labels, "severity": alert.severity, "metric": alert.metric}


def _acknowledged(alert: Alert, now: datetime) -> Mute | None:
    if alert.acknowledged_at is None or (alert.acknowledged_until and alert.acknowledged_until <= now):
        return None
    return Mute(MutedBy.ACKNOWLEDGED, alert.pk, alert.comment, alert.acknowledged_until)


def _silences(now: datetime) -> Iterator[Muter]:
    for silence in Silence.objects.active(now).order_by("-ends_at", "pk"):
        matchers = _readable(silence.matchers, silence)
        if matchers:  # one without any would mute everything, and nobody means that
            yield Muter(Mute(MutedBy.SILENCE, silence.pk, silence.reason, silence.ends_at), matchers)


def _windows(now: datetime) -> Iterator[Muter]:
    for window in MaintenanceWindow.objects.filter(enabled=True):
        matchers, until = _readable(window.matchers, window), _active_until(window, now)
        if until and matchers:
            yield Muter(Mute(MutedBy.MAINTENANCE, window.pk, window.reason or window.name, until), matchers)


def _active_until(window: MaintenanceWindow, now: datetime) -> datetime | None:
    lasts = timedelta(minutes=window.lasts_min)
    schedule = Schedule(window.zone, window.begins, lasts, window.days, window.first_day, window.last_day)
    try:
        span = next(schedule.occurrences(now), None)
    except (KeyError, ValueError, OverflowError) as error:
        logger.warning("Maintenance window %s mutes nothing: %s", window.pk, error)
        return None
    return span[1] if span and span[0] <= now else None


def _inhibitors() -> Iterator[Inhibitor]:
    for row in Inhibition.objects.filter(enabled=True):
        sources, targets = _readable(row.sources, row), _readable(row.targets, row)
        if sources and targets:
            yield Inhibitor(row.pk, row.name, sources, targets, tuple(map(str, row.equal)))


def _sources() -> Iterable[Source]:
    columns = ("pk", "title", "labels", "severity", "metric")
    for pk, title, labels, severity, metric in Alert.objects.open().order_by("pk").values_list(*columns):
        yield Source(pk, title, {**labels, "severity": severity, "metric": metric})


def _readable(rows: Any, of: object) -> tuple[Matcher, ...]:
    try:
        return parse(rows)
    except ValueError as error:
        # Written past the form's checks.
        logger.warning("“%s” mutes nothing: %s", of, error)
        return ()
