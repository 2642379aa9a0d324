"""Receivers in the admin: checked in words, tried before they are needed, and never telling a secret."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import Notification, Receiver
from streams_admin.hints import hint_of
from streams_admin.trying import make_secret, send_test
from tests.receivers.sinks import Sink, http_sink

ADD = "/admin/dashboard/receiver/add/"
LIST = "/admin/dashboard/receiver/"
PREVIEW = "/admin/dashboard/receiver/preview/"
CANARY = "T0KEN-canary"
FORM = {
    "name": "on call",
    "kind": "webhook",
    "enabled": "on",
    "new_address": f"https://hooks.example.com/{CANARY}",
    "new_secret": "",
    "allowed_networks": "",
    "subject_template": "",
    "body_template": "",
    "tells_resolved": "on",
    "most_per_minute": "20",
    "every_s": "60",
}
JSON = {"Accept": "application/json"}


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as found:
        yield found


@pytest.fixture
def receiver(db: None) -> Receiver:
    address = f"https://kim:{CANARY}@hooks.example.com:8443/{CANARY}?t={CANARY}"
    return Receiver.objects.create(name="on call", kind="webhook", address=address, secret=f"{CANARY}-of-the-signature")


def page(receiver: Receiver, verb: str = "change") -> str:
    return reverse(f"admin:dashboard_receiver_{verb}", args=[receiver.pk])


def errors(answer: Any) -> dict[str, list[str]]:
    return {name: list(map(str, said)) for name, said in answer.context["adminform"].form.errors.items()}


def test_an_administrator_makes_a_receiver(administrator_client: Client) -> None:
    answer = administrator_client.post(ADD, {**FORM, "allowed_networks": "10.0.0.0/8\n\n 192.168.1.7"})

    assert answer.status_code == 302
    made = Receiver.objects.get()
    assert made.address == FORM["new_address"]
    assert made.allowed_networks == "10.0.0.0/8\n192.168.1.7/32"


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"new_address": ""}, "new_address", "Give an address"),
        ({"kind": "email", "new_address": "kim"}, "new_address", "missing its name or host"),
        ({"kind": "apprise", "new_address": "dbus://"}, "new_address", "on this machine"),
        ({"allowed_networks": "10.0.0.0/99"}, "allowed_networks", "“10.0.0.0/99” is no network"),
        ({"body_template": "one\ntwo {% for %}"}, "body_template", "line 2"),
        ({"subject_template": "{% include 'base.html' %}"}, "subject_template", "include"),
        ({"new_secret": "short"}, "new_secret", "at least 16 characters"),
    ],
    ids=["nothing", "no mail address", "a service here", "no network", "a tag that ends nowhere", "a file", "short"],
)
def test_what_is_wrong_is_told_in_words(
    administrator_client: Client, given: dict[str, str], field: str, words: str
) -> None:
    answer = administrator_client.post(ADD, {**FORM, **given})

    assert words in " ".join(errors(answer)[field])


def test_an_empty_address_keeps_the_one_that_is_stored(administrator_client: Client, receiver: Receiver) -> None:
    before = receiver.address

    kept = administrator_client.post(page(receiver), {**FORM, "new_address": "", "name": "nights"})

    receiver.refresh_from_db()
    assert (kept.status_code, receiver.address, receiver.name) == (302, before, "nights")


@pytest.mark.parametrize(
    ("kind", "address", "hint"),
    [
        ("webhook", "https://kim:pw@hooks.example.com:8443/T?t=1", "https://hooks.example.com:8443/…"),
        ("apprise", "tgram://123:token/chat", "tgram://…"),
        ("email", "Kim <kim@example.com>\nsue@example.org", "…@example.com, …@example.org"),
        ("alertmanager", "\n".join(f"http://am-{n}:9093" for n in range(5)), "http://am-0:9093/…, http://am-1:9093/…, http://am-2:9093/… …"),
        ("webhook", "http://[::1", "http://…"),
        ("webhook", "nonsense", "…"),
    ],
    ids=["a host", "a service", "domains", "many", "broken", "no address"],
)  # fmt: skip
def test_an_address_is_hinted_at(kind: str, address: str, hint: str) -> None:
    assert hint_of(kind, address) == hint


def test_a_test_shows_message_and_answer_and_is_written_down(
    administrator_client: Client, receiver: Receiver, sink: Sink
) -> None:
    Receiver.objects.update(address=f"{sink.url}/{CANARY}", allowed_networks="127.0.0.0/8")

    shown = administrator_client.post(page(receiver, "test")).content.decode()
    told = administrator_client.post(page(receiver, "test"), headers=JSON).json()["sections"]

    assert "delivered (after" in shown
    assert "Billing waits" in shown
    assert (told[0]["title"], told[0]["level"]) == ("Answer", "ok")
    assert [json.loads(request.body)["receiver"] for request in sink.requests] == ["on call", "on call"]
    assert len({request.headers["Idempotency-Key"] for request in sink.requests}) == 2
    assert all("delivered" in entry.change_message for entry in LogEntry.objects.all())


@pytest.mark.parametrize(
    ("kind", "address", "networks", "words"),
    [
        ("webhook", "http://127.0.0.1:1/", "", "private network"),
        ("webhook", "http://127.0.0.1:1/", "127.0.0.0/8", "refuses connections"),
        ("heartbeat", "http://127.0.0.1:1/", "127.0.0.0/8", "refuses connections"),
        ("alertmanager", "http://127.0.0.1:1", "127.0.0.0/8", "refuses connections"),
    ],
    ids=["refused by the guard", "nobody answers", "a heartbeat", "an Alertmanager"],
)
def test_a_test_that_fails_says_why(
    administrator_client: Client, receiver: Receiver, kind: str, address: str, networks: str, words: str
) -> None:
    Receiver.objects.update(kind=kind, address=address, allowed_networks=networks)

    answer = administrator_client.post(page(receiver, "test"), headers=JSON).json()["sections"][0]

    assert words in answer["text"]
    assert words in LogEntry.objects.get().change_message


def test_a_secret_is_made_on_demand_and_shown_once(administrator_client: Client, receiver: Receiver) -> None:
    answer = administrator_client.post(page(receiver, "secret"))

    receiver.refresh_from_db()
    assert answer.content.decode().count(receiver.secret) == 1
    assert "no-store" in answer.headers["Cache-Control"]
    assert receiver.secret not in administrator_client.get(page(receiver)).content.decode()
    assert receiver.secret not in LogEntry.objects.get().change_message


def test_whoever_may_only_look_is_refused_by_the_service_too(operator: User, receiver: Receiver) -> None:
    with pytest.raises(PermissionDenied):
        send_test(receiver=receiver, operator=operator, url="", now=timezone.now())
    with pytest.raises(PermissionDenied):
        make_secret(receiver=receiver, operator=operator)


def test_an_operator_looks_and_may_not_try(operator_client: Client, receiver: Receiver) -> None:
    looked = operator_client.get(page(receiver)).content.decode()
    tried = [operator_client.post(page(receiver, verb)).status_code for verb in ("test", "secret")]

    assert "https://hooks.example.com:8443/…" in looked
    assert "Send test" not in looked
    assert tried == [403, 403]


@pytest.mark.parametrize("sample", ["opened", "resolved", "many", "digest", "hostile"])
def test_a_preview_renders_each_sample_as_text(administrator_client: Client, sample: str) -> None:
    form = {**FORM, "kind": "email", "sample": sample, "body_template": "{{ alerts.0.title }} for {{ receiver }}"}

    sections = administrator_client.post(PREVIEW, form, headers=JSON).json()["sections"]
    page_of_it = administrator_client.post(PREVIEW, form).content.decode()

    assert [section["title"] for section in sections] == ["Subject", "Message"]
    assert "for on call" in sections[1]["plain"]
    assert "<script>alert(1)" not in page_of_it


def test_a_preview_says_what_is_wrong_with_a_template_and_where(administrator_client: Client) -> None:
    form = {**FORM, "kind": "email", "body_template": "\n\n{{ alerts|nosuchfilter }}"}

    (section,) = administrator_client.post(PREVIEW, form, headers=JSON).json()["sections"]

    assert section["title"] == "Body template"
    assert re.search(r"line 1.*nosuchfilter", section["text"])  # it is stripped


def test_the_list_says_how_it_went(administrator_client: Client, receiver: Receiver) -> None:
    now = timezone.now()
    common = {"receiver": receiver, "made_at": now, "body": {}}
    Notification.objects.create(key="1", state="delivered", delivered_at=now, **common)
    Notification.objects.create(key="2", state="due", **common)
    Notification.objects.create(key="3", state="dead", tries=9, answer="hooks.example.com answered 503.", **common)

    shown = administrator_client.get(LIST).content.decode()

    assert "1 waiting, 1 given up" in shown
    assert "hooks.example.com answered 503." in shown
    assert "1 notification was given up" in shown


def test_what_was_sent_does_not_keep_a_receiver(administrator_client: Client, receiver: Receiver) -> None:
    Notification.objects.create(receiver=receiver, key="1", made_at=timezone.now(), body={})

    asked = administrator_client.get(page(receiver, "delete")).content.decode()
    administrator_client.post(page(receiver, "delete"), {"post": "yes"})

    assert "Notifications: 1" in asked
    assert not Receiver.objects.exists()


def test_its_history_says_what_was_changed_and_not_what_to(administrator_client: Client, receiver: Receiver) -> None:
    administrator_client.post(page(receiver), {**FORM, "sample": "hostile"})

    (entry,) = LogEntry.objects.all()
    assert entry.get_change_message() == "Changed Address."


def test_no_secret_comes_out_anywhere(
    administrator_client: Client, operator_client: Client, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = {**FORM, "name": "other", "new_address": f"http://{CANARY}@[", "new_secret": f"{CANARY} of a refused form"}
    made = {**FORM, "name": "third", "new_secret": f"{CANARY} of another one"}

    pages = [
        administrator_client.post(ADD, typed),
        administrator_client.post(ADD, made, follow=True),
        administrator_client.post(PREVIEW, typed),
        administrator_client.post(page(receiver, "test"), headers=JSON),
        administrator_client.get(page(receiver, "history")),
        administrator_client.get(page(receiver, "delete")),
        *(browser.get(address) for browser in (administrator_client, operator_client) for address in (LIST, page(receiver))),
    ]  # fmt: skip
    call_command("dumpdata", "dashboard", "admin")

    assert Receiver.objects.count() == 2
    assert [number for number, answer in enumerate(pages) if CANARY in answer.content.decode()] == []
    assert not any(CANARY in entry.change_message + entry.object_repr for entry in LogEntry.objects.all())
    assert CANARY not in capsys.readouterr().out
