"""Routes in the admin: times as people say them, an order without scripts, and what each takes now."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from dashboard.models import Alert, Receiver, Route, Server

ADD = "/admin/dashboard/route/add/"
LIST = "/admin/dashboard/route/"
PREVIEW = "/admin/dashboard/route/preview/"
JSON = {"Accept": "application/json"}
FORM: dict[str, Any] = {
    "name": "payments",
    "enabled": "on",
    "position": "20",
    "matchers_name": ["stream", ""],
    "matchers_op": ["~", "="],
    "matchers_value": ["orders*", ""],
    "group_by": ["server"],
    "group_by_own": "team",
    "group_wait_s": "30",
    "group_interval_s": "5 min",
    "repeat_s": "1 h 30 min",
}


@pytest.fixture
def receiver(db: None) -> Receiver:
    Receiver.objects.create(name="dead man's switch", kind="heartbeat", address="https://example.com/ping")
    return Receiver.objects.create(name="on call", kind="email", address="kim@example.com")


def preview(browser: Client, **given: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = browser.post(PREVIEW, {**FORM, **given}, headers=JSON).json()["sections"]
    return found


def test_an_administrator_makes_one(administrator_client: Client, receiver: Receiver) -> None:
    offered = administrator_client.get(ADD).content.decode()
    made = administrator_client.post(ADD, {**FORM, "receivers": [receiver.pk]})

    route = Route.objects.get()
    assert made.status_code == 302
    assert (route.group_wait_s, route.group_interval_s, route.repeat_s) == (30, 300, 5400)
    assert (route.group_by, list(route.receivers.all())) == (["server", "team"], [receiver])
    assert "dead man" not in offered  # a heartbeat hears of no alert
    assert all(f'value="{value}"' in offered for value in ("10 s", "5 min", "4 h"))


def test_its_form_shows_what_was_saved(administrator_client: Client, receiver: Receiver) -> None:
    administrator_client.post(ADD, {**FORM, "receivers": [receiver.pk]})
    shown = administrator_client.get(f"{LIST}{Route.objects.get().pk}/change/").content.decode()

    assert all(f'value="{value}"' in shown for value in ("30 s", "5 min", "90 min", "orders*", "team"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"group_wait_s": "2 GiB"}, "This is a time"),
        ({"repeat_s": "-5"}, "Give a time from 0 s to 30 d."),
        ({"group_interval_s": "5000 d"}, "Give a time from 0 s to 30 d."),
        ({"group_by_own": "no name"}, "is no name of a label"),
    ],
    ids=["a size", "negative", "too long", "no label"],
)
def test_what_is_wrong_is_told_in_words(administrator_client: Client, given: dict[str, str], words: str) -> None:
    assert words in administrator_client.post(ADD, {**FORM, **given}).content.decode()


def test_a_preview_says_what_it_takes_and_what_speaks_against_it(
    administrator_client: Client, receiver: Receiver
) -> None:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    for key in ("orders:1", "pay"):
        Alert.objects.create(
            server=server, subject_digest=key, title=key, severity="warning", metric="lag", limit=1,
            opened_at=timezone.now(), labels={"stream": key},
        )  # fmt: skip
    Route.objects.create(name="everything", position=10)

    fits, nobody, never = preview(administrator_client)
    everything = preview(administrator_client, matchers_name=[], position="5", receivers=[receiver.pk])

    assert (fits["text"], [item["text"] for item in fits["items"]]) == ("They fit 1 of 2 open alerts.", ["orders:1"])
    assert nobody["text"] == "Nobody is told of the alerts that it takes."
    assert "“everything” is asked before it" in never["text"]
    assert [section["text"] for section in everything] == ["They fit 2 of 2 open alerts."]


def test_buttons_of_the_list_move_it_and_that_is_written_down(administrator_client: Client, receiver: Receiver) -> None:
    first, second = (Route.objects.create(name=name, position=number) for number, name in enumerate("ab"))
    assert f'formaction="{LIST}{second.pk}/earlier/"' in administrator_client.get(LIST).content.decode()

    administrator_client.post(f"{LIST}{second.pk}/earlier/")

    assert list(Route.objects.all()) == [second, first]
    assert LogEntry.objects.get().change_message == "Asked earlier."


def test_an_operator_looks_and_moves_nothing(operator_client: Client, receiver: Receiver) -> None:
    route = Route.objects.create(name="a")

    assert "formaction" not in operator_client.get(LIST).content.decode()
    assert operator_client.get(f"{LIST}{route.pk}/change/").status_code == 200
    assert operator_client.post(f"{LIST}{route.pk}/later/").status_code == 403
