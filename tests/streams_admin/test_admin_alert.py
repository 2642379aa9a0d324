"""Alerts in the admin: read by all, acknowledged by operators, changed by nobody."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import Alert, Server, Stream

LIST = "/admin/dashboard/alert/"


@pytest.fixture
def alert(db: None) -> Alert:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    stream = Stream.objects.create(server=server, key=b"payments")
    return Alert.objects.create(
        server=server,
        stream=stream,
        group=b"<b>\xff",
        title="lag of <b>x</b> on payments",
        severity="warning",
        metric="lag",
        limit=1000,
        opened_value=4210,
        last_value=4300,
        opened_at=timezone.now(),
    )


def acknowledge(browser: Client, alert: Alert) -> int:
    answer = browser.post(LIST, {"action": "acknowledge", "_selected_action": [alert.pk]})
    return answer.status_code


def test_an_operator_acknowledges_an_open_alert(operator_client: Client, operator: User, alert: Alert) -> None:
    acknowledge(operator_client, alert)

    alert.refresh_from_db()
    assert alert.acknowledged_by == operator
    assert alert.acknowledged_at is not None


def test_what_is_acknowledged_or_resolved_stays_as_it_is(
    operator_client: Client, administrator_client: Client, operator: User, alert: Alert
) -> None:
    acknowledge(operator_client, alert)
    acknowledge(administrator_client, alert)

    alert.refresh_from_db()
    assert alert.acknowledged_by == operator


def test_acknowledging_needs_its_own_permission(nobody: User, alert: Alert) -> None:
    nobody.is_staff = True
    nobody.save()
    nobody.user_permissions.add(Permission.objects.get(codename="view_alert"))
    browser = Client()
    browser.force_login(nobody, backend="django.contrib.auth.backends.ModelBackend")

    acknowledge(browser, alert)

    alert.refresh_from_db()
    assert alert.acknowledged_at is None
    assert b'value="acknowledge"' not in browser.get(LIST).content


def test_nobody_edits_adds_or_deletes_an_alert(administrator_client: Client, alert: Alert) -> None:
    change = reverse("admin:dashboard_alert_change", args=[alert.pk])

    assert administrator_client.post(change, {"title": "other"}).status_code == 403
    assert administrator_client.get(LIST + "add/").status_code == 403
    assert administrator_client.post(reverse("admin:dashboard_alert_delete", args=[alert.pk])).status_code == 403


def test_list_and_page_show_it_escaped_with_units(administrator_client: Client, alert: Alert) -> None:
    listed = administrator_client.get(LIST).content.decode()
    page = administrator_client.get(reverse("admin:dashboard_alert_change", args=[alert.pk])).content.decode()

    assert "lag of &lt;b&gt;x&lt;/b&gt; on payments" in listed
    assert "&lt;b&gt;\\xff" in page
    assert "4\u202f210" in page
    assert "<b>x</b>" not in listed + page
