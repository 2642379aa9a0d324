"""Notifiers in processes of their own: killed at any point, two at once, with a database or a receiver that is away."""

import json
import os
import socket
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.utils import timezone

from dashboard.models import Alert, Beat, Notification
from tests.live.notifiers import POINTS, Maker, maker
from tests.receivers.sinks import Sink, http_sink
from tests.servers import wait_until
from tests.services.alarms import a_receiver, a_route, change, open_alerts

#: Of each point and database; `NOTIFIER_KILLS=50` makes 400 of them.
KILLS = int(os.environ.get("NOTIFIER_KILLS", "7"))


@pytest.fixture
def notifiers(each_database: str) -> Iterator[Maker]:
    with maker(each_database) as made:
        yield made


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as found:
        yield found


def told(sink: Sink) -> list[tuple[str, str, str]]:
    """What arrived whole, in order: (key, stream, status)."""
    # A notifier that is killed while it sends may leave headers and half a body behind.
    whole = [each for each in sink.requests if len(each.body) == int(each.headers["Content-Length"])]
    bodies = [(request.headers["Idempotency-Key"], json.loads(request.body)) for request in whole]
    return [(key, alert["labels"]["stream"], alert["status"]) for key, body in bodies for alert in body["alerts"]]


def all_sent() -> bool:
    return not Notification.objects.exclude(state=Notification.State.DELIVERED).exists()


def test_whoever_is_killed_wherever_nothing_is_lost_and_what_comes_twice_has_the_same_key(
    notifiers: Maker, sink: Sink
) -> None:
    a_route(a_receiver(url=sink.url, most_per_minute=6000), group_by=["stream"], repeat_s=0)
    alerts: list[Alert] = []

    for number, point in enumerate([*POINTS] * KILLS):
        alerts += open_alerts([f"s{number}"], when=timezone.now())
        if number >= 8:
            change(alerts[number - 8], "resolved", when=timezone.now())
        notifiers.outlive(notifiers.start(point))
    survivor = notifiers.start()
    wait_until(lambda: len({each[1:] for each in told(sink)}) >= 2 * len(alerts) - 8 and all_sent(), "all messages", 20)
    notifiers.end(survivor)

    found = told(sink)
    kills, names = len(POINTS) * KILLS, [f"s{number}" for number in range(len(alerts))]
    assert {(name, "firing") for name in names} <= {each[1:] for each in found}
    assert {(name, "resolved") for name in names[:-8]} == {each[1:] for each in found if each[2] == "resolved"}
    assert len(found) - len(set(found)) <= kills
    # What came twice has one key: nothing was made twice.
    assert max(Counter(each[1:] for each in set(found)).values()) == 1
    for name in names:
        states = [status for _, stream, status in found if stream == name]
        assert states == sorted(states)  # firing before resolved


def test_two_at_once_say_nothing_twice_and_end_when_told(notifiers: Maker, sink: Sink) -> None:
    a_route(a_receiver(url=sink.url, most_per_minute=6000), group_by=["stream"], repeat_s=0)
    both = [notifiers.start(), notifiers.start()]

    for number in range(4):
        alerts = open_alerts([f"s{number}-{each}" for each in range(20)], when=timezone.now())
        wait_until(lambda expected=20 * (number + 1): len(told(sink)) >= expected, "the messages", 20)  # type: ignore[misc]
    for alert in alerts:
        change(alert, "resolved", when=timezone.now())
    wait_until(lambda: len(told(sink)) >= 100 and all_sent(), "the rest of them", 20)
    for number in both:
        notifiers.end(number)

    assert len(told(sink)) == len(set(told(sink))) == len({each[1:] for each in told(sink)}) == 100
    assert Beat.objects.get().name == Beat.NOTIFIER


def test_a_receiver_that_hangs_holds_up_nobody_else(notifiers: Maker, sink: Sink) -> None:
    released = threading.Event()

    def hang(connection: socket.socket) -> None:
        released.wait(8)

    with http_sink() as slow:
        slow.instead = hang
        receivers = [a_receiver("slow", slow.url), a_receiver("quick", sink.url)]
        a_route(*receivers, group_by=["stream"])
        open_alerts(["a", "b", "c", "d"], when=timezone.now())
        notifiers.start()
        wait_until(lambda: len(told(sink)) == 4 and slow.connections > 0, "the quick one's messages", 7)
        still_hanging = not released.is_set() and Notification.objects.filter(state="sending").exists()
        released.set()

    assert still_hanging
    assert slow.connections == 2


def test_a_database_that_is_locked_or_hangs_up_delays_and_loses_nothing(notifiers: Maker, sink: Sink) -> None:
    a_route(a_receiver(url=sink.url), group_by=["stream"])
    notifiers.start()
    wait_until(Beat.objects.exists, "the notifier", 20)

    open_alerts(["a"], when=timezone.now())
    wait_until(lambda: len(told(sink)) == 1, "the first message", 20)
    with transaction.atomic():
        open_alerts(["b"], when=timezone.now())
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE dashboard_notification, dashboard_beat IN ACCESS EXCLUSIVE MODE")
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        threading.Event().wait(0.5)
    wait_until(lambda: len(told(sink)) == 2 and all_sent(), "the second message", 20)

    assert [each[1:] for each in told(sink)] == [("a", "firing"), ("b", "firing")]
