"""Alerts as lists show them: a page of them, what mutes each, and how many there are in which state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Count

from dashboard.core.muting import Mute, Mutes
from dashboard.models import Alert, Server, Threshold
from dashboard.models.alert import AlertQuerySet
from dashboard.models.fields import EncryptedTextField
from dashboard.services.muting import labels_now, mutes_at
from dashboard.views.alert_query import STATES, Wanted, is_acknowledged

A_PAGE = 50


@dataclass(frozen=True)
class AlertRow:
    """One alert with what stands beside it."""

    alert: Alert
    mute: Mute | None
    now: datetime

    @property
    def is_acknowledged(self) -> bool:
        """Whether somebody takes care of it, for now."""
        until = self.alert.acknowledged_until
        return self.alert.acknowledged_at is not None and (until is None or until > self.now)

    @property
    def is_open(self) -> bool:
        """Whether it can be acknowledged and silenced."""
        return self.alert.resolved_at is None

    @property
    def is_watchdog(self) -> bool:
        """Whether it is open because all goes well."""
        return self.alert.metric == Threshold.Metric.WATCHDOG


@dataclass(frozen=True)
class Listed:
    """A page of rows, the number of alerts in each state, and how many watchdogs are open as they should be."""

    rows: Sequence[AlertRow]
    page: "Page[int]"
    counts: Mapping[str, int]
    watchdogs: int


def list_alerts(wanted: Wanted, page: str | None, now: datetime) -> Listed:
    """What the address asks for; a fixed number of queries, however many alerts there are."""
    alerts = wanted.alerts()
    mutes = muted_of(alerts.open(), now)
    counts = _counts(alerts, mutes, now)
    found: Paginator[int] = Paginator(_numbers(wanted, alerts, mutes, now), A_PAGE)
    shown = found.get_page(page)
    rows = with_subject(Alert.objects.all()).in_bulk(list(shown))
    return Listed(
        rows=[AlertRow(rows[pk], mutes.get(pk), now) for pk in shown if pk in rows],
        page=shown,
        counts=counts,
        watchdogs=Alert.objects.open().filter(metric=Threshold.Metric.WATCHDOG).count(),
    )


def row_of(alert: Alert, mutes: Mutes | None, now: datetime) -> AlertRow:
    """One alert alone."""
    return AlertRow(alert, mutes.of(labels_now(alert)) if mutes else None, now)


def with_subject(alerts: AlertQuerySet) -> AlertQuerySet:
    """With what they are about and who has them, and without the server's secrets, which cost time to open."""
    secrets = [f"server__{field.name}" for field in Server._meta.fields if isinstance(field, EncryptedTextField)]
    return alerts.select_related("server", "stream", "acknowledged_by").defer(*secrets)


def muted_of(alerts: AlertQuerySet, now: datetime) -> dict[int, Mute]:
    """What mutes those of them that are muted now, by silence, maintenance or inhibition."""
    mutes = mutes_at(now)
    found = {}
    if mutes:
        for pk, labels, severity, metric in alerts.order_by().values_list("pk", "labels", "severity", "metric"):
            if mute := mutes.of({**labels, "severity": severity, "metric": metric}):
                found[pk] = mute
    return found


def _counts(alerts: AlertQuerySet, mutes: Mapping[int, Mute], now: datetime) -> dict[str, int]:
    taken = set(alerts.open().filter(is_acknowledged(now)).order_by().values_list("pk", flat=True))
    whole = alerts.aggregate(all=Count("pk"), past=Count("resolved_at"))
    is_open = whole["all"] - whole["past"]
    found = (is_open, is_open - len(taken | mutes.keys()), len(taken), len(mutes), whole["past"])
    return dict(zip(STATES, found, strict=True))


def _numbers(wanted: Wanted, alerts: AlertQuerySet, mutes: Mapping[int, Mute], now: datetime) -> Sequence[int]:
    if wanted.state == "past":
        return _pks(wanted.ordered(alerts.exclude(resolved_at=None)))
    rows = wanted.ordered(alerts.open())
    if wanted.state == "acknowledged":
        return _pks(rows.filter(is_acknowledged(now)))
    if wanted.state == "open":
        return _pks(rows)
    # Labels are compared here and not in the database, so numbers are left out here, too.
    if wanted.state == "unattended":
        return [pk for pk in rows.exclude(is_acknowledged(now)).values_list("pk", flat=True) if pk not in mutes]
    return [pk for pk in rows.values_list("pk", flat=True) if pk in mutes]


def _pks(rows: AlertQuerySet) -> Sequence[int]:
    return rows.values_list("pk", flat=True)  # type: ignore[return-value]  # as good as a sequence to a paginator
