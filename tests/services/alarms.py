"""Alerts that open and end, and somebody to be told, for the tests of notifying."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.models import Alert, AlertEvent, Notification, Receiver, Route, Server
from dashboard.services.notifying import notify_groups
from dashboard.services.routing import route_events

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def a_server(name: str = "shop") -> Server:
    """The server of that name."""
    return Server.objects.get_or_create(name=name, defaults={"address": f"redis://{name}:1/0"})[0]


def a_receiver(name: str = "team", url: str = "https://example.org/in", **fields: Any) -> Receiver:
    """A webhook of this machine."""
    facts = {"kind": "webhook", "address": url, "secret": "s", "allowed_networks": "127.0.0.1/32", **fields}
    return Receiver.objects.create(name=name, **facts)


def a_route(*receivers: Receiver, **fields: Any) -> Route:
    """A route that takes everything at once, and tells again after a minute."""
    facts = {"name": "all", "group_wait_s": 0, "group_interval_s": 0, "repeat_s": 60, **fields}
    route = Route.objects.create(**facts)
    route.receivers.set(receivers)
    return route


def open_alerts(names: Iterable[str], *, second: float = 0, when: datetime | None = None, **fields: Any) -> list[Alert]:
    """One alert a name, with its event, as a sampler writes them."""
    moment, server = when or at(second), fields.pop("server", None) or a_server()
    facts: dict[str, Any] = {"severity": "warning", "metric": "lag", "limit": 1000, "last_value": 4000, **fields}
    own = facts.pop("labels", {})
    alerts = Alert.objects.bulk_create(
        Alert(
            server=server,
            subject_digest=name,
            title=f"lag of {name}",
            opened_at=moment,
            labels={"server": server.name, "stream": name, **own},
            **facts,
        )
        for name in names
    )
    _say(alerts, "opened", moment)
    return alerts


def change(alert: Alert, kind: str, *, second: float = 0, when: datetime | None = None, **fields: Any) -> None:
    """Changes an alert, with its event."""
    moment = when or at(second)
    if kind == "resolved":
        fields |= {"resolved_at": moment, "resolution": "Back to 5."}
    for name, value in fields.items():
        setattr(alert, name, value)
    alert.save(update_fields=list(fields))
    _say([alert], kind, moment)


def _say(alerts: Iterable[Alert], kind: str, moment: datetime) -> None:
    AlertEvent.objects.bulk_create(
        AlertEvent(alert=alert, kind=kind, at=moment, severity=alert.severity) for alert in alerts
    )


def notify(second: float) -> list[Notification]:
    """Routes and looks at the groups as a notifier does, at that second."""
    while route_events(now=at(second)):
        pass
    return notify_groups(now=at(second))


def arrived() -> None:
    """All that is on its way has arrived."""
    Notification.objects.update(state="delivered")


def says(notifications: Iterable[Notification]) -> list[list[str]]:
    """What each says: `opened orders`."""
    return [
        [f"{alert['change']} {alert['labels']['stream']}" for alert in each.body["alerts"]] for each in notifications
    ]
