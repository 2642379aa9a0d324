"""Acknowledging: who takes care of an alert, until when, and that each change is told once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import connections

from dashboard.models import Alert, AlertEvent, Server
from dashboard.services.acknowledging import acknowledge_alert, acknowledge_alerts, end_lapsed, unacknowledge_alert

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def server() -> Server:
    return Server.objects.create(name="shop", address="redis://127.0.0.1:6379/0")


def _alert(server: Server, number: int = 1, **fields: object) -> Alert:
    facts: dict[str, object] = {"severity": "warning", "metric": "lag", "limit": 100, "opened_at": NOON - HOUR}
    return Alert.objects.create(server=server, title=f"lag {number}", subject_digest=str(number), **{**facts, **fields})


def _told(alert: Alert) -> list[tuple[str, User | None, str]]:
    return [(event.kind, event.by, event.text) for event in AlertEvent.objects.filter(alert=alert).unrouted()]


def test_the_first_of_two_operators_is_recorded(server: Server, operator: User, administrator: User) -> None:
    alert = _alert(server)

    first = acknowledge_alert(alert=alert, operator=operator, now=NOON, comment=" on it ", until=NOON + HOUR)
    second = acknowledge_alert(alert=Alert.objects.get(), operator=administrator, now=NOON + HOUR / 2)

    assert first is alert
    assert second is None
    row = Alert.objects.get()
    assert (row.acknowledged_by, row.acknowledged_until, row.comment) == (operator, NOON + HOUR, "on it")
    assert _told(alert) == [("acknowledged", operator, "on it")]


def test_of_many_those_that_are_open_and_free_are_acknowledged(server: Server, operator: User) -> None:
    alerts = [
        _alert(server, 1),
        _alert(server, 2, resolved_at=NOON),
        _alert(server, 3, acknowledged_at=NOON),
        _alert(server, 4, acknowledged_at=NOON - HOUR, acknowledged_until=NOON),  # its time is over
    ]

    done = acknowledge_alerts(alerts=[*alerts, alerts[0]], operator=operator, now=NOON)

    assert [alert.title for alert in done] == ["lag 1", "lag 4"]
    assert AlertEvent.objects.count() == 2


def test_it_ends_at_its_end_and_is_told_once(server: Server, operator: User) -> None:
    alert, lasting = _alert(server, 1), _alert(server, 2)
    acknowledge_alert(alert=alert, operator=operator, now=NOON, until=NOON + HOUR)
    acknowledge_alert(alert=lasting, operator=operator, now=NOON)

    ended = [end_lapsed(NOON + HOUR * part) for part in (0.9, 1, 1.1)]

    assert ended == [[], [alert], []]
    assert [kind for kind, *_ in _told(alert)] == ["acknowledged", "unacknowledged"]
    assert list(Alert.objects.acknowledged(NOON + HOUR)) == [lasting]
    assert _told(alert)[-1] == ("unacknowledged", None, "Its time was over.")


def test_an_operator_gives_it_up(server: Server, operator: User) -> None:
    alert = _alert(server)
    acknowledge_alert(alert=alert, operator=operator, now=NOON, comment="on it")

    first, second = (unacknowledge_alert(alert=alert, operator=operator, now=NOON + HOUR) for _ in range(2))

    assert first == alert
    assert second is None
    row = Alert.objects.get()
    assert (row.acknowledged_at, row.acknowledged_by, row.comment) == (None, None, "")
    assert _told(alert)[-1] == ("unacknowledged", operator, "")


def test_nobody_else_may(server: Server, viewer: User) -> None:
    alert = _alert(server)

    for person in (viewer, AnonymousUser()):
        with pytest.raises(PermissionDenied):
            acknowledge_alert(alert=alert, operator=person, now=NOON)
        with pytest.raises(PermissionDenied):
            unacknowledge_alert(alert=alert, operator=person, now=NOON)

    assert not AlertEvent.objects.exists()


def test_an_end_in_the_past_is_refused_in_words(server: Server, operator: User) -> None:
    with pytest.raises(ValueError, match="future"):
        acknowledge_alert(alert=_alert(server), operator=operator, now=NOON, until=NOON)


@pytest.mark.django_db(transaction=True)
def test_operators_who_press_at_once_are_settled_by_the_database(operator: User) -> None:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:6379/0")
    alert = _alert(server)
    together = Barrier(4)

    def press(_: int) -> bool:
        together.wait()
        try:
            return acknowledge_alert(alert=Alert.objects.get(), operator=operator, now=NOON) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(press, range(4)))

    assert sum(done) == 1
    assert AlertEvent.objects.filter(alert=alert).count() == 1
