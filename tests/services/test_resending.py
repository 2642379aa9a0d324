"""Sending again: what ended is due once more, with the same text and key."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from dashboard.models import Notification, Receiver
from dashboard.services.resending import send_again


@pytest.fixture
def notifications(db: None) -> dict[str, Notification]:
    receiver = Receiver.objects.create(name="on call", kind="email", address="kim@example.com")
    common = {"receiver": receiver, "made_at": timezone.now(), "body": {"frozen": True}, "tries": 9}
    return {state: Notification.objects.create(key=state, state=state, **common) for state in Notification.State.values}


def test_what_was_given_up_or_delivered_is_due_again_under_its_key(
    notifications: dict[str, Notification], operator: User
) -> None:
    now = timezone.now()

    sent = send_again(notifications=notifications.values(), operator=operator, now=now)

    assert {each.key for each in sent} == {"dead", "delivered"}
    again = Notification.objects.get(key="dead")
    assert (again.state, again.next_try_at, again.tries, again.body) == ("due", now, 0, {"frozen": True})
    assert list(Notification.objects.due(now).filter(pk=again.pk)) == [again]


def test_pressed_twice_it_is_sent_once(notifications: dict[str, Notification], operator: User) -> None:
    dead, stale = notifications["dead"], Notification.objects.get(key="dead")
    now = timezone.now()

    assert send_again(notifications=[dead], operator=operator, now=now) == [dead]
    assert send_again(notifications=[stale], operator=operator, now=now) == []


def test_a_viewer_may_not(notifications: dict[str, Notification], viewer: User) -> None:
    with pytest.raises(PermissionDenied):
        send_again(notifications=notifications.values(), operator=viewer, now=timezone.now())

    assert Notification.objects.get(key="dead").state == "dead"
