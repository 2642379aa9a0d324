"""The route tester: each route's answer with its reason, who would be told, and what mutes the alert now."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import Alert, Inhibition, Receiver, Route, Server, Silence
from streams_admin.journey import Journey

TESTER = "/admin/dashboard/route/tester/"


def _is(name: str, value: str, op: str = "=") -> list[dict[str, str]]:
    return [{"name": name, "op": op, "value": value}]


@pytest.fixture
def alert(db: None) -> Alert:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    return Alert.objects.create(
        server=server, title="orders <script> wait", severity="warning", metric="lag", limit=1,
        opened_at=timezone.now(), labels={"server": "shop", "stream": "orders", "threshold": "late"},
    )  # fmt: skip


@pytest.fixture
def routes(alert: Alert) -> list[Route]:
    chat = Receiver.objects.create(name="chat", kind="email", address="c@example.com")
    night = Receiver.objects.create(name="night", kind="email", address="n@example.com")
    away = Receiver.objects.create(name="away", kind="email", address="a@example.com", enabled=False)
    made = [
        Route.objects.create(name="off", position=1, enabled=False),
        Route.objects.create(name="critical", position=2, matchers=_is("severity", "critical")),
        Route.objects.create(name="log", position=3, goes_on=True),
        Route.objects.create(name="orders", position=4, matchers=_is("stream", "ord*", "~"), group_by=["server"]),
        Route.objects.create(name="rest", position=5),
    ]
    made[1].receivers.set([night])
    made[2].receivers.set([chat])
    made[3].receivers.set([night, away])
    return made


def journey(browser: Client, **query: Any) -> Journey:
    found: Journey = browser.get(TESTER, query).context["journey"]
    return found


def test_each_route_answers_with_its_reason(operator_client: Client, alert: Alert, routes: list[Route]) -> None:
    found = journey(operator_client, alert=alert.pk)

    assert [(stop.name, stop.word) for stop in found.stops] == [
        ("off", "off"),
        ("critical", "does not fit"),
        ("log", "takes it"),
        ("orders", "takes it"),
        ("rest", "not asked"),
    ]
    assert found.stops[1].why == "It asks that severity is critical; this has warning."
    assert found.stops[3].group == "server=shop"
    assert found.stops[4].why == "“orders” took it."
    assert found.told == ["chat", "night"]
    shown = operator_client.get(TESTER, {"alert": alert.pk}).content.decode()
    assert "orders &lt;script&gt; wait" in shown
    assert "orders <script> wait" not in shown


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"labels": "stream=pay"}, ["chat"]),
        ({"labels": "stream=orders\nseverity=critical"}, ["night"]),
        ({"labels": "metric=watchdog"}, []),
    ],
    ids=["labels alone", "graver", "the watchdog"],
)
def test_labels_can_be_typed(
    operator_client: Client, routes: list[Route], query: dict[str, str], told: list[str]
) -> None:
    assert journey(operator_client, **query).told == told


def test_typed_labels_stand_in_place_of_the_alerts_own(
    operator_client: Client, alert: Alert, routes: list[Route]
) -> None:
    assert journey(operator_client, alert=alert.pk, labels="severity=critical").told == ["night"]


@pytest.mark.parametrize("by", ["silence", "inhibition", "acknowledged", "nothing"])
def test_it_says_what_mutes_it_now(operator_client: Client, alert: Alert, routes: list[Route], by: str) -> None:
    now = timezone.now()
    if by == "silence":
        Silence.objects.create(
            matchers=_is("stream", "orders"),
            starts_at=now,
            ends_at=now + timedelta(hours=1),
            reason="known",
            made_at=now,
        )
    if by == "inhibition":
        Alert.objects.create(
            server=alert.server, subject_digest="1", title="shop is down", metric="lag", limit=1, opened_at=now,
            severity="critical", labels={"server": "shop"},
        )  # fmt: skip
        Inhibition.objects.create(
            name="down", sources=_is("severity", "critical"), targets=_is("severity", "warning"), equal=["server"]
        )
    if by == "acknowledged":
        Alert.objects.update(acknowledged_at=now, comment="on it")

    words = {
        "silence": "A silence mutes it: known",
        "inhibition": "An inhibition mutes it: down: shop is down",
        "acknowledged": "Somebody takes care of it: on it",
        "nothing": "",
    }
    assert journey(operator_client, alert=alert.pk).mute == words[by]


def test_nonsense_is_told_in_words(operator_client: Client, routes: list[Route]) -> None:
    page = operator_client.get(TESTER, {"labels": "nonsense", "alert": "999"})

    assert page.status_code == 200
    assert "write name=value" in page.content.decode()


def test_without_routes_it_says_that_nobody_is_told(operator_client: Client, alert: Alert) -> None:
    assert "There is no route yet" in operator_client.get(TESTER, {"alert": alert.pk}).content.decode()
