"""The alerts page, acknowledging, and the badge on every page."""

from datetime import timedelta
from itertools import count

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.context import open_alerts
from dashboard.models import Alert, Server, Stream

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


def test_the_gravest_open_alert_comes_first_and_past_ones_after_all_open_ones(
    viewer_client: Client, stream: Stream
) -> None:
    now = timezone.now()
    _alert(stream, "past and critical", severity="critical", resolved_at=now)
    _alert(stream, "open notice", severity="notice")
    _alert(stream, "open critical", severity="critical", opened_at=now - timedelta(hours=3))

    page = _page(viewer_client)

    assert page.index("open critical") < page.index("open notice") < page.index("past and critical")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"one", "two", "three"}),
        ("?state=open", {"one", "two"}),
        ("?state=past", {"three"}),
        ("?severity=critical", {"one", "three"}),
        ("?state=open&severity=critical", {"one"}),
        ("?state=closed&severity=loud", {"one", "two", "three"}),
    ],
)
def test_the_address_says_which_alerts_are_shown(
    viewer_client: Client, stream: Stream, query: str, shown: set[str]
) -> None:
    _alert(stream, "alert-one", severity="critical")
    _alert(stream, "alert-two", severity="notice")
    _alert(stream, "alert-three", severity="critical", resolved_at=timezone.now())

    page = _page(viewer_client, f"/alerts/{query}")

    assert {word for word in ("one", "two", "three") if f"alert-{word}" in page} == shown


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
    assert "Acknowledge " not in _page(operator_client)


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


def test_the_badge_counts_open_alerts_and_shows_the_gravest(viewer_client: Client, stream: Stream) -> None:
    _alert(stream, severity="notice")
    _alert(stream, severity="critical")
    _alert(stream, severity="warning", resolved_at=timezone.now())

    page = _page(viewer_client, "/")

    assert 'id="open-alerts" data-level="critical"' in page
    assert 'aria-label="2 open"' in page


def test_the_badge_hides_when_nothing_is_open_and_costs_one_query(viewer_client: Client, stream: Stream) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert open_alerts() == {"count": 0, "level": ""}

    assert len(queries) == 1
    assert 'aria-label="0 open" hidden' in _page(viewer_client, "/")


def test_when_nothing_is_wrong_the_page_says_so(viewer_client: Client) -> None:
    assert "All quiet" in _page(viewer_client)
