"""Alerts on the time axis: those of the time that is asked for, for whoever may see alerts."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from dashboard.models import Alert, Server, Stream

NOON = 1_795_000_000.0
pytestmark = pytest.mark.django_db


@pytest.fixture
def stream() -> Stream:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:6379/0")
    return Stream.objects.create(server=server, key=b"orders\xff")


def alert(stream: Stream, opened: float, resolved: float | None, *, of_server: bool = False, group: bytes = b"") -> int:
    made = Alert.objects.create(
        server=stream.server,
        stream=None if of_server else stream,
        group=group,
        subject_digest=str(Alert.objects.count()),
        title="lag above 100",
        severity="warning",
        metric="lag",
        limit=100,
        opened_at=datetime.fromtimestamp(NOON + opened, tz=UTC),
        resolved_at=None if resolved is None else datetime.fromtimestamp(NOON + resolved, tz=UTC),
        resolution="" if resolved is None else "back below its limit",
    )
    return made.pk


def told(client: Client, stream: Stream, since: float = 0, until: float = 100) -> list[dict[str, object]] | None:
    body = client.get(f"/streams/{stream.pk}/marks/?since={NOON + since}&until={NOON + until}").json()
    spans: list[dict[str, object]] | None = body["alerts"]
    return spans


def test_an_alert_is_told_where_it_was_open_at_some_time_between(viewer_client: Client, stream: Stream) -> None:
    alert(stream, -50, -1)  # over before
    before = alert(stream, -50, 10)
    within = alert(stream, 20, 30, of_server=True)
    still = alert(stream, 90, None, group=b"bill\xffing")
    alert(stream, 101, None)  # begins after
    alert(Stream.objects.create(server=stream.server, key=b"other"), 20, 30)

    spans = told(viewer_client, stream)

    assert spans is not None
    assert [span["alert"] for span in spans] == [before, within, still]
    assert spans[1]["stream"] is None
    assert spans[2] == {
        "alert": still,
        "stream": stream.pk,
        "key": "orders\\xff",
        "group": "bill\\xffing",
        "slug": "YmlsbP9pbmc",
        "metric": "lag",
        "severity": "warning",
        "title": "lag above 100",
        "resolution": "",
        "opened_at": NOON + 90,
        "resolved_at": None,
        "url": f"/alerts/{still}/",
    }


def test_who_may_not_see_alerts_is_told_of_none(client: Client, stream: Stream) -> None:
    person = User.objects.create_user("half")
    person.user_permissions.add(Permission.objects.get(codename="view_stream"))
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    alert(stream, 20, 30)

    assert told(client, stream) is None
