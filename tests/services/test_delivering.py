"""What a receiver answers decides whether a notification has arrived, is tried again, or is given up."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from dashboard.models import Notification, Receiver
from dashboard.services.delivering import CLAIM, claim_due, record, send
from dashboard.services.resending import send_again
from tests.receivers.sinks import Sink, http_sink
from tests.services.alarms import a_receiver, a_route, at, notify, open_alerts

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as found:
        yield found


@pytest.fixture
def notification(sink: Sink) -> Notification:
    a_route(a_receiver(url=sink.url))
    open_alerts(["a"])
    [made] = notify(0)
    return made


def try_at(second: float) -> Notification:
    """What is due is sent once, and recorded a second later."""
    for claim in claim_due(now=at(second), most=10):
        record(claim, send(claim), now=at(second + 1), took_s=1.0, chance=0.5)
    return Notification.objects.earliest("pk")


def garbage(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"\x00\xff not http\r\n\r\n")


ANSWERS: dict[str, tuple[dict[str, Any], str, float | None]] = {
    "it arrived": ({"status": 204}, "delivered", None),
    "it is broken": ({"status": 500}, "due", 5),
    "it is busy": ({"status": 429, "headers": {"Retry-After": "90"}}, "due", 90),
    "it speaks nonsense": ({"instead": garbage}, "due", 5),
    "it hangs up": ({"instead": lambda connection: None}, "due", 5),
    "it does not want it": ({"status": 400}, "dead", None),
    "it has moved": ({"status": 301, "headers": {"Location": "http://10.0.0.1/"}}, "dead", None),
    "it leads inside": ({"status": 307, "headers": {"Location": "http://169.254.169.254/"}}, "dead", None),
}


@pytest.mark.parametrize(("answer", "state", "again_s"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_decides(
    sink: Sink, notification: Notification, answer: dict[str, Any], state: str, again_s: float | None
) -> None:
    for name, value in answer.items():
        setattr(sink, name, value)

    found = try_at(0)

    assert (found.state, found.tries, found.claimed_until) == (state, 1, None)
    assert found.next_try_at == (None if again_s is None else at(1 + again_s))
    assert found.answer
    assert [(each["at"], each["detail"], each["took_s"]) for each in found.log] == [
        (at(1).isoformat(), found.answer, 1.0)
    ]
    assert "canary" not in found.answer


def test_it_is_tried_for_a_day_with_the_same_key_and_then_given_up_until_an_operator_sends_it_again(
    sink: Sink, notification: Notification, operator: User
) -> None:
    sink.status, second, tries = 503, 0.0, []
    while (found := try_at(second)).next_try_at:
        tries.append(second)
        second = (found.next_try_at - at(0)).total_seconds()

    assert tries[:5] == [0, 6, 37, 158, 759]
    assert 23 * 3600 < second < 24.1 * 3600
    assert found.state == "dead"
    assert {request.headers["Idempotency-Key"] for request in sink.requests} == {notification.key}

    sink.status = 200
    send_again(notifications=[found], operator=operator, now=at(200_000))
    again = try_at(200_000)
    assert again.state == "delivered"
    assert sink.requests[-1].headers["Idempotency-Key"] == notification.key


def test_one_that_is_sent_again_has_a_day_again(sink: Sink, notification: Notification, operator: User) -> None:
    sink.status = 400
    try_at(0)
    sink.status = 500
    send_again(notifications=[Notification.objects.get()], operator=operator, now=at(10 * 86400))

    found = try_at(10 * 86400)

    assert (found.state, found.next_try_at) == ("due", at(10 * 86400 + 6))


def test_a_receiver_that_asks_to_be_left_alone_gets_nothing_else_either(sink: Sink, notification: Notification) -> None:
    receiver, sink.status, sink.headers = Receiver.objects.get(), 429, {"Retry-After": "600"}
    other = Notification.objects.create(
        receiver=receiver, key="other", made_at=at(0), body=notification.body, next_try_at=at(5)
    )

    try_at(0)

    other.refresh_from_db()
    assert (other.state, other.next_try_at) == ("due", at(601))


def test_who_claims_has_it_alone_until_the_claim_ends(sink: Sink, notification: Notification) -> None:
    [first] = claim_due(now=at(0), most=10)
    assert claim_due(now=at(0) + CLAIM - timedelta(seconds=1), most=10) == []
    [second] = claim_due(now=at(0) + CLAIM, most=10)
    sink.status = 500
    failed = send(first)

    # The first was only slow. That it failed says nothing of the second, which arrives.
    assert record(first, failed, now=at(70), took_s=70, chance=0.5) is None
    sink.status = 200
    assert record(second, send(second), now=at(71), took_s=1, chance=0.5) == "delivered"
    assert second.notice.key == first.notice.key


def test_what_arrived_counts_although_its_claim_was_over(sink: Sink, notification: Notification) -> None:
    [slow] = claim_due(now=at(0), most=10)
    claim_due(now=at(0) + CLAIM, most=10)

    assert record(slow, send(slow), now=at(61), took_s=61, chance=0.5) == "delivered"


def test_one_receiver_takes_no_more_than_its_share(sink: Sink) -> None:
    slow, quick = a_receiver("slow", sink.url), a_receiver("quick", sink.url)
    a_route(slow, quick, group_by=["stream"])
    open_alerts(["a", "b", "c"])
    notify(0)

    first = claim_due(now=at(0), most=3, most_each=2)
    rest = claim_due(now=at(0), most=10, most_each=2, busy=[slow.pk])

    assert len(first) == 3
    assert [claim.receiver for claim in first].count(slow.pk) <= 2
    assert {claim.receiver for claim in rest} == {quick.pk}


def test_a_text_that_cannot_be_read_is_given_up(sink: Sink, notification: Notification) -> None:
    Notification.objects.update(body={"nonsense": 1})

    assert claim_due(now=at(0), most=10) == []
    assert Notification.objects.get().state == "dead"


def test_of_several_addresses_only_those_that_did_not_take_it_are_told_again(sink: Sink) -> None:
    with http_sink() as busy:
        busy.status = 503
        receiver = a_receiver(
            kind="apprise", url="\n".join(f"json://127.0.0.1:{port}/" for port in (sink.port, busy.port))
        )
        a_route(receiver)
        open_alerts(["a"])
        notify(0)
        assert try_at(0).state == "due"
        busy.status = 200
        arrived = try_at(600)

        assert (arrived.state, arrived.told) == ("delivered", [])
        assert (len(sink.requests), len(busy.requests)) == (1, 2)
