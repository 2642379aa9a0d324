"""The page of one alert: what it says, what it offers to whom, and whether a browser rings for it."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dashboard.models import Alert, AlertEvent, Notification, Receiver, Server, Silence, Stream, Threshold

pytestmark = pytest.mark.django_db
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def alert() -> Alert:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:6379/0")
    stream = Stream.objects.create(server=server, key=b"payments")
    threshold = Threshold.objects.create(name="Lag", metric="lag", warning_limit=100, critical_limit=1000)
    now = timezone.now()
    return Alert.objects.create(
        server=server,
        stream=stream,
        group=b"billing",
        threshold=threshold,
        title="lag of billing on payments above 100: 140",
        severity="critical",
        metric="lag",
        limit=100,
        opened_value=120,
        last_value=12_412,
        opened_at=now - timedelta(hours=1),
        began_at=now - timedelta(minutes=61),
        subject_digest="x",
        labels={"stream": "payments", "group": "billing", "team": "payments"},
        runbook="https://wiki.example/lag",
        note="Restart the workers.",
    )


def _page(client: Client, alert: Alert) -> str:
    response = client.get(f"/alerts/{alert.pk}/")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def _told(page: str) -> dict[str, object]:
    found = re.search(r'<script id="page-data" type="application/json">(.*?)</script>', page)
    assert found
    told: dict[str, object] = json.loads(found[1])
    return told


def test_it_says_everything_about_the_alert(operator_client: Client, operator: User, alert: Alert) -> None:
    now = timezone.now()
    AlertEvent.objects.create(alert=alert, kind="opened", at=alert.opened_at, severity="warning")
    AlertEvent.objects.create(alert=alert, kind="acknowledged", at=now, severity="critical", by=operator, text="on it")
    receiver = Receiver.objects.create(name="On call", kind="webhook", address="https://hooks.example/SECRET")
    told = Notification.objects.create(
        receiver=receiver, key="k", made_at=now, body={}, state="dead", tries=7, answer="503"
    )
    told.alerts.add(alert)
    former = Alert.objects.create(
        **{
            name: getattr(alert, name)
            for name in ("server", "stream", "threshold", "severity", "metric", "limit", "subject_digest")
        },
        title="the same before",
        opened_at=now - timedelta(days=1),
        resolved_at=now - timedelta(hours=20),
    )

    page = _page(operator_client, alert)

    for words in ("12 412", "Restart the workers.", 'href="https://wiki.example/lag"', "opened: warning", "on it"):
        assert words in page
    assert 'href="/alerts/?label=team%3Dpayments"' in page
    assert re.search(r"On call.*given up.*>7<.*503", page)
    assert "SECRET" not in page
    assert f'href="/alerts/{former.pk}/">the same before' in page
    assert 'data-chart="lag"' in page
    assert 'data-chart="length"' not in page


def test_its_chart_begins_before_it_opened_and_ends_after_it_closed(viewer_client: Client, alert: Alert) -> None:
    live = _told(_page(viewer_client, alert))
    alert.resolved_at = timezone.now()
    alert.save()
    past = _told(_page(viewer_client, alert))

    assert "held" not in live
    assert live["range_s"] >= 61 * 60 + 300  # type: ignore[operator]
    held = past["held"]
    assert isinstance(held, dict)
    assert held["since"] < alert.opened_at.timestamp() - 360
    assert held["until"] > alert.resolved_at.timestamp() + 299
    assert [limit["severity"] for limit in past["limits"]] == ["critical", "warning"]  # type: ignore[attr-defined]
    assert past["spans"][0]["alert"] == alert.pk  # type: ignore[index]


@pytest.mark.parametrize(
    ("role", "offered", "kept"),
    [
        ("viewer", {"What happened"}, {"Acknowledge", "Silence …", "Who was told", "/threshold/", "data-pending"}),
        ("operator", {"Acknowledge", "Silence …", "Who was told", "data-pending"}, {"/change/"}),
        ("administrator", {"Acknowledge", "/admin/dashboard/threshold/", "data-edit"}, set()),
    ],
)
def test_each_role_is_offered_what_it_may_do(
    role: str, offered: set[str], kept: set[str], alert: Alert, request: pytest.FixtureRequest
) -> None:
    page = _page(request.getfixturevalue(f"{role}_client"), alert)
    main = page[page.index('<main class="page') :]

    assert {words for words in offered if words not in main} == set()
    assert {words for words in kept if words in main} == set()


def test_a_watchdog_says_that_all_is_well(viewer_client: Client, alert: Alert) -> None:
    Alert.objects.update(metric="watchdog", stream=None, group=b"", threshold=None, labels={})

    page = _page(viewer_client, alert)

    assert "open because all goes well" in page
    assert _told(page)["stream"] is None


def test_nobody_sees_no_alert(nobody_client: Client, alert: Alert) -> None:
    for path in ("", "ring/"):
        assert nobody_client.get(f"/alerts/{alert.pk}/{path}").status_code == 403
    assert nobody_client.get("/alerts/counts/").status_code == 403


def test_hostile_names_and_words_are_shown_as_text(operator_client: Client, alert: Alert) -> None:
    now = timezone.now()
    Server.objects.update(name=HOSTILE)
    Threshold.objects.update(name=HOSTILE)
    Stream.objects.update(key=HOSTILE.encode(), title=HOSTILE)
    Alert.objects.update(
        title=HOSTILE, group=b"\xff" + HOSTILE.encode(), labels={"team": HOSTILE}, note=HOSTILE, comment=HOSTILE
    )
    Alert.objects.update(acknowledged_at=now)
    AlertEvent.objects.create(alert=alert, kind="opened", at=now, severity="warning", text=HOSTILE)
    matchers = [{"name": "team", "op": "=", "value": HOSTILE}]
    ends = now + timedelta(hours=1)
    Silence.objects.create(matchers=matchers, starts_at=now, ends_at=ends, reason=HOSTILE, made_at=now)

    for path in (f"/alerts/{alert.pk}/", "/alerts/", "/silences/", f"/silences/new/?alert={alert.pk}"):
        response = operator_client.get(path)
        assert response.status_code == 200
        assert "<script>alert" not in response.content.decode(), path


@pytest.mark.parametrize(
    ("fields", "rings"),
    [
        ({}, True),
        ({"severity": "warning"}, False),
        ({"resolved_at": timezone.now()}, False),
        ({"acknowledged_at": timezone.now()}, False),
        ({"labels": {"team": "muted"}}, False),
        ({"metric": "watchdog"}, False),
    ],
    ids=["critical", "less grave", "over", "somebody has it", "silenced", "a watchdog"],
)
def test_a_browser_rings_for_what_somebody_has_to_hear_of(
    viewer_client: Client, alert: Alert, fields: dict[str, object], rings: bool
) -> None:
    now = timezone.now()
    matchers = [{"name": "team", "op": "=", "value": "muted"}]
    ends = now + timedelta(hours=1)
    Silence.objects.create(matchers=matchers, starts_at=now, ends_at=ends, reason="x", made_at=now)
    Alert.objects.update(**fields)

    assert viewer_client.get(f"/alerts/{alert.pk}/ring/").json()["rings"] is rings


def test_an_operator_gives_up_what_they_had(operator_client: Client, viewer_client: Client, alert: Alert) -> None:
    operator_client.post(f"/alerts/{alert.pk}/acknowledge/", {"until": "4h"})

    refused = viewer_client.post(f"/alerts/{alert.pk}/unacknowledge/")
    operator_client.post(f"/alerts/{alert.pk}/unacknowledge/", {"next": alert.get_absolute_url()})

    assert refused.status_code == 403
    assert list(alert.events.values_list("kind", flat=True)) == ["acknowledged", "unacknowledged"]
