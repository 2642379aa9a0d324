"""Events of alerts are final: neither the code nor the database changes what happened."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import Error as DatabaseError
from django.db import connection, transaction

from dashboard.models import Alert, AlertEvent, Server
from dashboard.models.alert_event import EventIsFinal

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(db: None) -> AlertEvent:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    alert = Alert.objects.create(server=server, metric="lag", limit=1, severity="warning", opened_at=NOON)
    by = User.objects.create_user("kim")
    return AlertEvent.objects.create(alert=alert, kind="acknowledged", at=NOON, severity="warning", by=by)


def _save(event: AlertEvent) -> None:
    event.text = "otherwise"
    event.save()


@pytest.mark.parametrize(
    "change",
    [
        _save,
        lambda event: AlertEvent.objects.update(text="otherwise"),
        lambda event: AlertEvent.objects.filter(pk=event.pk).update(routed_at=NOON, kind="opened"),
        lambda event: AlertEvent.objects.bulk_update([event], ["severity"]),
        lambda event: event.delete(),
        lambda event: AlertEvent.objects.all().delete(),
    ],
)
def test_the_code_refuses_to_change_an_event(event: AlertEvent, change: Callable[[AlertEvent], object]) -> None:
    with pytest.raises(EventIsFinal):
        change(event)

    assert AlertEvent.objects.get().text == ""


@pytest.mark.parametrize("column", ["text", "kind", "severity"])
def test_the_database_refuses_too(event: AlertEvent, column: str) -> None:
    with pytest.raises(DatabaseError, match="final"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE dashboard_alertevent SET {column} = 'otherwise'")


def test_when_it_was_routed_is_written_and_it_goes_with_its_alert(event: AlertEvent) -> None:
    AlertEvent.objects.filter(routed_at=None).update(routed_at=NOON)
    event.routed_at = NOON
    event.save(update_fields=["routed_at"])
    User.objects.all().delete()

    found = AlertEvent.objects.get()
    assert (found.routed_at, found.by) == (NOON, None)
    Server.objects.all().delete()
    assert not AlertEvent.objects.exists()
