"""A heartbeat is sent while alerts are found and routed in time, and only then."""

from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.models import Receiver, Server
from dashboard.services.beating import due_pulses, record_pulse, send_pulse
from tests.receivers.sinks import Sink, http_sink
from tests.services.alarms import a_receiver, a_server, at, open_alerts

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as found:
        yield found


def beats(second: float) -> int:
    """How many pulses are sent at that second."""
    pulses = due_pulses(now=at(second))
    for pulse in pulses:
        record_pulse(pulse, send_pulse(pulse), now=at(second))
    return len(pulses)


def all_is_well(second: float, **but: Any) -> None:
    a_server()
    usual = {"state": "up", "held_since": at(-900), "held_at": at(second), "judged_at": at(second)}
    Server.objects.update(**{**usual, **but})


def test_it_beats_at_its_interval(sink: Sink) -> None:
    a_receiver(url=sink.url, kind="heartbeat", every_s=60)
    all_is_well(0)

    sent = [beats(second) for second in (0, 5, 14)]
    all_is_well(60)

    assert [*sent, beats(59), beats(60)] == [1, 0, 0, 0, 1]
    assert [request.method for request in sink.requests] == ["GET", "GET"]
    receiver = Receiver.objects.get()
    assert (receiver.beat_at, receiver.beat_error) == (at(60), "")


LATE: dict[str, dict[str, Any]] = {
    "no sampler": {"held_at": at(-20)},
    "never a sampler": {"held_at": None},
    "judging hangs": {"judged_at": at(-60)},
    "judging never began": {"judged_at": None},
    "routing is behind": {},
}


@pytest.mark.parametrize("what", LATE)
def test_it_is_silent_while_the_chain_is_late_and_says_why(sink: Sink, what: str) -> None:
    a_receiver(url=sink.url, kind="heartbeat")
    all_is_well(0, **LATE[what])
    if what == "routing is behind":
        open_alerts(["a"], second=-60)

    assert beats(0) == 0
    assert sink.requests == []
    assert Receiver.objects.get().beat_error.startswith("Not sent: ")


def test_a_server_that_was_just_taken_has_time_to_be_judged(sink: Sink) -> None:
    a_receiver(url=sink.url, kind="heartbeat")
    all_is_well(0, judged_at=None, held_since=at(-20))

    assert beats(0) == 1


def test_one_that_does_not_arrive_is_recorded(sink: Sink) -> None:
    sink.status = 500
    a_receiver(url=sink.url, kind="heartbeat")
    all_is_well(0)

    assert beats(0) == 1
    receiver = Receiver.objects.get()
    assert (receiver.beat_at, receiver.beat_error) == (None, "127.0.0.1 answered 500.")
