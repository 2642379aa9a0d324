"""Email: what arrives, and what a mail server that refuses means."""

from collections.abc import Iterator
from email import message_from_string
from typing import Any

import pytest

from dashboard.receivers import Answer, Outcome, Rendered, Templates, deliver, mail
from tests.receivers.notices import a_notice, an_alert
from tests.receivers.sinks import Mailbox, mail_sink
from tests.servers import free_port


@pytest.fixture
def box(settings: Any) -> Iterator[Mailbox]:
    with mail_sink() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.DEFAULT_FROM_EMAIL = "Streamgauge <gauge@example.com>"
        yield running


def send(addresses: str = "kim@example.com", title: str = "late") -> Answer:
    return deliver("email", addresses, "", notice=a_notice(an_alert(title=title)), templates=Templates())


def test_each_person_gets_a_message_in_text_and_plain_html(box: Mailbox) -> None:
    answer = send("kim@example.com\nlee@example.com\n", title="<b>late\r\nBcc: x@example.com")

    assert (answer.outcome, answer.detail) == (Outcome.DELIVERED, "The mail server took 2 of 2 messages.")
    first, second = map(message_from_string, sorted(box.messages))
    assert {first["To"], second["To"]} == {"kim@example.com", "lee@example.com"}
    assert first["Subject"] == "[CRITICAL] <b>late Bcc: x@example.com"
    assert first["Bcc"] is None
    assert first["Message-ID"].strip().startswith(f"<{'k' * 32}.")
    parts: Any = first.get_payload()
    text, html = (part.get_payload(decode=True).decode() for part in parts)
    assert "CRITICAL: <b>late" in text
    assert "&lt;b&gt;late" in html


def test_a_message_that_is_sent_again_has_the_same_id(box: Mailbox) -> None:
    send()
    send()

    one, two = (message_from_string(message)["Message-ID"] for message in box.messages)
    assert one == two


@pytest.mark.parametrize(
    ("recipient", "data", "outcome", "status"),
    [
        ("550 no such user", "250 ok", Outcome.NEVER, 550),
        ("451 later", "250 ok", Outcome.AGAIN, 451),
        ("250 ok", "552 too large", Outcome.NEVER, 552),
        ("250 ok", "421 closing", Outcome.AGAIN, 421),
    ],
)
def test_a_server_that_refuses_says_whether_for_good(
    box: Mailbox, recipient: str, data: str, outcome: Outcome, status: int
) -> None:
    box.recipient, box.data = recipient, data

    answer = send()

    assert (answer.outcome, answer.status) == (outcome, status)


def test_a_refusal_names_no_mailbox(box: Mailbox) -> None:
    box.recipient = "550 no such user"

    assert send("Kim <canary@example.com>").detail == "The mail server refuses a mailbox at example.com (550)."


def test_a_server_that_does_not_let_us_in_is_tried_again(box: Mailbox, settings: Any) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "gauge", "canary"

    answer = send()

    assert (answer.outcome, answer.detail) == (Outcome.AGAIN, "The mail server does not let us in (535).")


def test_a_server_that_says_a_byte_now_and_then_keeps_nobody_waiting(box: Mailbox) -> None:
    box.byte_every_s = 0.1

    answer = mail.send(["kim@example.com"], a_notice(), Rendered("late", "late"), limit_s=0.5)

    assert (answer.outcome, answer.detail) == (Outcome.AGAIN, "The mail server did not answer in time.")
    assert box.messages == []


def test_no_mail_server_is_tried_again(box: Mailbox, settings: Any) -> None:
    settings.EMAIL_PORT = free_port()

    assert send().outcome is Outcome.AGAIN


@pytest.mark.parametrize(
    "address",
    [
        "",
        "kim",
        "kim@",
        "kim@host",
        "@example.com",
        "kim@example.com, lee@example.com",
        "kim@exa\tmple.com",
        "<kim@example.com\x00>",
    ],
)
def test_what_is_no_address_is_told_before_anything_is_sent(box: Mailbox, address: str) -> None:
    assert send(address).outcome is Outcome.NEVER
    assert box.messages == []


def test_who_took_it_is_said_and_not_told_again(box: Mailbox) -> None:
    box.refused = "lee"
    both = "kim@example.com\nlee@example.com"
    answer = send(both)
    box.refused = ""
    second = deliver("email", both, "", notice=a_notice(an_alert()), templates=Templates(), told=answer.told)
    third = deliver(
        "email", both, "", notice=a_notice(an_alert()), templates=Templates(), told=[*answer.told, *second.told]
    )

    assert [one.outcome for one in (answer, second, third)] == [Outcome.AGAIN, Outcome.DELIVERED, Outcome.DELIVERED]
    assert [message_from_string(message)["To"] for message in box.messages] == ["kim@example.com", "lee@example.com"]
