"""The alerts page, acknowledging, and the badge on every page."""

from datetime import timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.context import open_alerts
from dashboard.models import Alert, Server, Silence, Stream

pytestmark = pytest.mark.django_db
_number = count()


@pytest.fixture
def stream() -> Stream:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:6379/0")
    return Stream.objects.create(server=server, key=b"payments")


def _alert(stream: Stream, title: str = "lag of billing on payments above 100: 140", **fields: object) -> Alert:
    facts: dict[str, object] = {
        "severity": "warning",
        "metric": "lag",
        "limit": 100,
        "opened_value": 120,
        "last_value": 12_412,
        "opened_at": timezone.now() - timedelta(seconds=72),
        "subject_digest": str(next(_number)),
    }
    return Alert.objects.create(server=stream.server, stream=stream, title=title, **{**facts, **fields})


def _page(client: Client, address: str = "/alerts/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_an_open_alert_tells_value_limit_and_how_long(viewer_client: Client, stream: Stream) -> None:
    _alert(stream)

    page = _page(viewer_client)

    assert 'data-state="warning">warning<' in page
    assert "12\u202f412" in page
    assert "1\u202fmin 12\u202fs" in page
    assert f'href="/streams/{stream.pk}/"' in page


def test_the_gravest_open_alert_comes_first(viewer_client: Client, stream: Stream) -> None:
    now = timezone.now()
    _alert(stream, "open notice", severity="notice", opened_at=now - timedelta(hours=4))
    _alert(stream, "open critical", severity="critical", opened_at=now - timedelta(hours=3))

    by_gravity, by_age = _page(viewer_client), _page(viewer_client, "/alerts/?sort=longest")

    assert by_gravity.index("open critical") < by_gravity.index("open notice")
    assert by_age.index("open notice") < by_age.index("open critical")


_SILENCED, _INHIBITED = {"stream": "orders", "team": "mail"}, {"stream": "payments", "tags": "a, b c"}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"one", "two", "muted", "taken", "lapsed"}),
        ("?state=unattended", {"one", "two", "lapsed"}),
        ("?state=acknowledged", {"taken"}),
        ("?state=silenced", {"muted"}),
        ("?state=past", {"past"}),
        ("?severity=critical", {"one"}),
        ("?state=past&severity=critical", {"past"}),
        ("?label=team%3Dmail", {"muted"}),
        ("?label=tags%3Db+c", {"two"}),
        ("?label=tags%3Db", set()),
        ("?label=severity%3Dcritical", {"one"}),
        ("?q=ALERT-T", {"two", "taken"}),
        ("?server={server}&q=one", {"one"}),
        ("?stream={stream}&q=two", {"two"}),
        ("?stream=999999", set()),
        ("?server=999999", set()),
        ("?threshold=999999", set()),
        ("?state=closed&severity=loud&server=x&label=%3D&sort=up", {"one", "two", "muted", "taken", "lapsed"}),
    ],
)
def test_the_address_says_which_alerts_are_shown(
    viewer_client: Client, stream: Stream, query: str, shown: set[str]
) -> None:
    now = timezone.now()
    _alert(stream, "alert-one", severity="critical")
    _alert(stream, "alert-two", severity="notice", labels=_INHIBITED)
    _alert(stream, "alert-muted", labels=_SILENCED)
    _alert(stream, "alert-taken", acknowledged_at=now)
    _alert(stream, "alert-lapsed", acknowledged_at=now, acknowledged_until=now - timedelta(seconds=1))
    _alert(stream, "alert-past", severity="critical", resolved_at=now, labels={})
    _alert(stream, "alert-watchdog", metric="watchdog")
    matchers = [{"name": "stream", "op": "=", "value": "orders"}]
    ends = now + timedelta(hours=1)
    Silence.objects.create(matchers=matchers, starts_at=now, ends_at=ends, reason="rollout", made_at=now)

    page = _page(viewer_client, "/alerts/" + query.format(server=stream.server_id, stream=stream.pk))

    words = ("one", "two", "muted", "taken", "lapsed", "past", "watchdog")
    assert {word for word in words if f"alert-{word}<" in page} == shown
    assert "1 watchdog is open" in page


def test_a_row_says_who_has_it_and_what_mutes_it(viewer_client: Client, operator: User, stream: Stream) -> None:
    now = timezone.now()
    taken = {"acknowledged_at": now, "acknowledged_by": operator, "acknowledged_until": now + timedelta(hours=1)}
    _alert(stream, "mine", comment="on <it>", labels={"stream": "orders"}, **taken)
    matchers = [{"name": "stream", "op": "~", "value": "ord*"}]
    ends = now + timedelta(hours=1)
    silence = Silence.objects.create(matchers=matchers, starts_at=now, ends_at=ends, reason="rollout", made_at=now)

    page = " ".join(_page(viewer_client).split())

    assert "acknowledged by operator, until <time" in page
    assert "on &lt;it&gt;" in page
    assert f'<a href="/silences/#silence-{silence.pk}">silenced</a> until' in page
    assert "rollout" in page


def test_an_address_of_old_leads_to_the_alerts_page(viewer_client: Client) -> None:
    assert viewer_client.get("/alerts/?alert=12")["Location"] == "/alerts/12/"


def test_past_alerts_come_in_pages_that_keep_the_filter(viewer_client: Client, stream: Stream) -> None:
    now = timezone.now()
    for number in range(60):
        _alert(stream, f"past-{number:02}", resolved_at=now - timedelta(minutes=number))

    first = _page(viewer_client, "/alerts/?state=past")
    second = _page(viewer_client, "/alerts/?state=past&page=2")

    assert "past-00" in first
    assert "past-50" not in first
    assert "past-50" in second
    assert "state=past&amp;page=2" in first


def test_the_number_of_queries_does_not_grow_with_the_alerts(viewer_client: Client, stream: Stream) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            _page(viewer_client)
        return len(found)

    _alert(stream)
    _alert(stream, resolved_at=timezone.now())
    few = queries()
    for _ in range(20):
        _alert(stream)
        _alert(stream, resolved_at=timezone.now())

    assert queries() == few


def test_an_operator_acknowledges_an_alert(operator_client: Client, operator: User, stream: Stream) -> None:
    alert = _alert(stream)

    response = operator_client.post(f"/alerts/{alert.pk}/acknowledge/", {"next": "/alerts/?state=open"})

    assert response["Location"] == "/alerts/?state=open"
    alert.refresh_from_db()
    assert alert.acknowledged_by == operator
    assert "acknowledged by operator" in _page(operator_client)
    assert [event.kind for event in alert.events.all()] == ["acknowledged"]


def test_an_acknowledged_alert_keeps_its_first_operator(
    operator_client: Client, administrator_client: Client, operator: User, stream: Stream
) -> None:
    alert = _alert(stream)
    operator_client.post(f"/alerts/{alert.pk}/acknowledge/")

    response = administrator_client.post(f"/alerts/{alert.pk}/acknowledge/", follow=True)

    alert.refresh_from_db()
    assert alert.acknowledged_by == operator
    assert "Nothing to acknowledge" in response.content.decode()


def test_a_viewer_may_not_acknowledge(viewer_client: Client, stream: Stream) -> None:
    alert = _alert(stream)

    assert viewer_client.post(f"/alerts/{alert.pk}/acknowledge/").status_code == 403
    assert "acknowledge/" not in _page(viewer_client)
    alert.refresh_from_db()
    assert alert.acknowledged_at is None


def test_acknowledging_leads_to_no_other_site(operator_client: Client, stream: Stream) -> None:
    alert = _alert(stream)

    for way in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        response = operator_client.post(f"/alerts/{alert.pk}/acknowledge/", {"next": way})
        assert response["Location"] == "/alerts/"


def test_acknowledging_takes_a_form_and_its_token(operator: User, stream: Stream) -> None:
    alert = _alert(stream)
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get(f"/alerts/{alert.pk}/acknowledge/").status_code == 405
    response = client.post(f"/alerts/{alert.pk}/acknowledge/")
    assert response.status_code == 403
    assert "The form has expired" in response.content.decode()


def test_a_hostile_title_is_shown_escaped(viewer_client: Client, stream: Stream) -> None:
    _alert(stream, "<script>alert(1)</script>")

    assert "<script>alert(1)" not in _page(viewer_client)


def test_the_badges_count_open_alerts_by_severity(viewer_client: Client, stream: Stream) -> None:
    _alert(stream, severity="notice")
    _alert(stream, severity="critical")
    _alert(stream, severity="critical", metric="watchdog")
    _alert(stream, severity="warning", resolved_at=timezone.now())

    with CaptureQueriesContext(connection) as queries:
        found = open_alerts()

    assert len(queries) == 1
    assert (found["count"], found["level"]) == (2, "critical")
    assert viewer_client.get("/alerts/counts/").json() == {"critical": 1, "warning": 0, "notice": 1}
    page = " ".join(_page(viewer_client, "/").split())
    assert 'aria-label="1 critical" >1<' in page
    assert 'aria-label="0 warning" hidden>0<' in page


def test_many_are_acknowledged_at_once_until_tomorrow_morning(
    operator_client: Client, viewer_client: Client, stream: Stream
) -> None:
    alerts = [_alert(stream), _alert(stream), _alert(stream, resolved_at=timezone.now())]
    typed = {"alert": [*(str(alert.pk) for alert in alerts), "x", "999999"], "comment": "on it", "until": "tomorrow"}
    operator_client.cookies["browser_zone"] = "Asia/Tokyo"

    refused = viewer_client.post("/alerts/acknowledge/", typed)
    response = operator_client.post("/alerts/acknowledge/", typed, follow=True)

    assert refused.status_code == 403
    assert "Acknowledged 2 alerts. 1 had been before, or has resolved." in response.content.decode()
    first = Alert.objects.get(pk=alerts[0].pk)
    assert first.comment == "on it"
    assert first.acknowledged_until is not None
    there = first.acknowledged_until.astimezone(ZoneInfo("Asia/Tokyo"))
    assert (there.hour, there.minute) == (9, 0)
    assert timedelta(hours=9) <= first.acknowledged_until - timezone.now() <= timedelta(hours=33)


def test_when_nothing_is_wrong_the_page_says_so(viewer_client: Client) -> None:
    assert "All quiet" in _page(viewer_client)
