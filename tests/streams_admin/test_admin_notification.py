"""Notifications in the admin: their fate, their tries, their text; and sending again."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.core.notice import to_json
from dashboard.models import Alert, Notification, Receiver, Server
from streams_admin.samples import sample

LIST = "/admin/dashboard/notification/"


@pytest.fixture
def dead(db: None) -> Notification:
    now = timezone.now()
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    alert = Alert.objects.create(server=server, title="orders are late", metric="lag", limit=1, opened_at=now)
    receiver = Receiver.objects.create(name="on call", kind="email", address="kim@example.com")
    log = [{"at": (now - timedelta(minutes=n)).isoformat(), "detail": f"answer {n}", "took_s": 0.3} for n in range(3)]
    notification = Notification.objects.create(
        receiver=receiver, key="k" * 40, made_at=now, state="dead", tries=3, answer="answer 0", log=log,
        body=to_json(sample("hostile", "on call", now)),
    )  # fmt: skip
    notification.alerts.add(alert)
    return notification


def page(notification: Notification, verb: str = "change") -> str:
    return reverse(f"admin:dashboard_notification_{verb}", args=[notification.pk])


def test_its_page_tells_fate_tries_text_alerts_and_key(operator_client: Client, dead: Notification) -> None:
    shown = operator_client.get(page(dead)).content.decode()

    assert "given up" in shown
    assert all(f"answer {n}" in shown for n in range(3))
    assert "Look at the consumers first." in shown
    assert "orders are late</a>" in shown
    assert "k" * 40 in shown
    assert "<script>alert(1)" not in shown


@pytest.mark.parametrize(("query", "count"), [("", 1), ("?state__exact=dead", 1), ("?state__exact=due", 0)])
def test_the_list_is_filtered_by_state(operator_client: Client, dead: Notification, query: str, count: int) -> None:
    assert operator_client.get(LIST + query).context["cl"].result_count == count


@pytest.mark.parametrize("bulk", [False, True], ids=["from its page", "from the list"])
def test_an_operator_sends_it_again_and_that_is_written_down(
    operator_client: Client, dead: Notification, bulk: bool
) -> None:
    if bulk:
        operator_client.post(LIST, {"action": "send_again", "_selected_action": [dead.pk]})
    else:
        operator_client.post(page(dead, "resend"))

    dead.refresh_from_db()
    assert dead.state == "due"
    assert LogEntry.objects.get().change_message == "Send again: it is due now."


def test_a_get_sends_nothing(operator_client: Client, dead: Notification) -> None:
    assert operator_client.get(page(dead, "resend")).status_code == 405

    dead.refresh_from_db()
    assert dead.state == "dead"


def test_nobody_rewrites_one(administrator_client: Client, dead: Notification) -> None:
    answers = [
        administrator_client.post(address).status_code for address in (page(dead), page(dead, "delete"), LIST + "add/")
    ]

    assert answers == [403, 403, 403]


@pytest.mark.parametrize(("days", "shown"), [(0, True), (8, False)], ids=["lately", "long ago"])
def test_a_banner_says_that_something_was_given_up(
    operator_client: Client, dead: Notification, days: int, shown: bool
) -> None:
    Notification.objects.update(made_at=timezone.now() - timedelta(days=days))

    assert ("1 notification was given up" in operator_client.get("/admin/").content.decode()) is shown


def test_an_alerts_page_leads_to_what_was_told_of_it_or_to_where_it_would_go(
    operator_client: Client, dead: Notification
) -> None:
    address = reverse("alert", args=[Alert.objects.get().pk])
    told = operator_client.get(address).content.decode()
    link = page(dead)
    dead.delete()
    untold = operator_client.get(address).content.decode()

    assert f'href="{link}"' in told
    assert f"/admin/dashboard/route/tester/?alert={Alert.objects.get().pk}" in untold
