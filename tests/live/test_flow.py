"""What one socket is sent, whatever its browser does."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.live.serving import flow
from dashboard.live.serving.flow import Allowance, Flow, OverrunError
from dashboard.live.serving.slices import Frame


def frame(word: str) -> Frame:
    return Frame(word, "")


@dataclass
class Wire:
    """The browser's end of a flow."""

    flow: Flow = field(default_factory=Flow)
    got: list[str] = field(default_factory=list)

    def pump(self) -> None:
        while (text := self.flow.next_text(0.0)) is not None:
            self.got.append(text.partition(",")[0])


STEPS = st.lists(
    st.one_of(st.tuples(st.just("sample"), st.integers(1, 3)), st.just("event"), st.just("seen")), max_size=80
)


@given(STEPS)
def test_events_arrive_in_order_and_of_samples_the_latest(steps: list[object]) -> None:
    wire, latest, events = Wire(), dict[int, str](), list[str]()
    for number, step in enumerate(steps):
        if isinstance(step, tuple):
            latest[step[1]] = f"server {step[1]} at {number}"
            wire.flow.hold_sample(step[1], frame(latest[step[1]]))
        elif step == "event":
            events.append(f"event {number}")
            wire.flow.hold_event(frame(events[-1]))
        elif wire.flow.sent > wire.flow.seen:
            wire.flow.acknowledge(wire.flow.sent, 0.0)
        wire.pump()
        assert wire.flow.sent - wire.flow.seen <= flow.WINDOW
    while wire.flow.sent > wire.flow.seen:
        wire.flow.acknowledge(wire.flow.sent, 0.0)
        wire.pump()

    assert [word for word in wire.got if word.startswith("event")] == events
    for server, word in latest.items():
        assert [got for got in wire.got if got.startswith(f"server {server} ")][-1] == word
    samples = sum(isinstance(step, tuple) for step in steps)
    assert wire.flow.left_out == samples - sum(word.startswith("server") for word in wire.got)


def test_frames_are_numbered_without_gaps() -> None:
    opened = Flow()
    for _ in range(2):
        opened.hold_event(Frame('{"type":"x"', ',"a":1}'))

    assert opened.next_text(0.0) == '{"type":"x","seq":1,"a":1}'
    assert opened.next_text(0.0) == '{"type":"x","seq":2,"a":1}'


@pytest.mark.parametrize("seq", [0, -1, 2, 10**30])
def test_only_what_was_sent_can_be_acknowledged(seq: int) -> None:
    opened = Flow()
    opened.hold_event(frame("one"))
    opened.next_text(0.0)

    with pytest.raises(ValueError, match="the newest is 1"):
        opened.acknowledge(seq, 0.0)


def test_patience_counts_from_the_last_acknowledgement() -> None:
    opened = Flow()
    for _ in range(3):
        opened.hold_event(frame("one"))
    assert not opened.is_overdue(100.0)  # nothing was sent

    opened.next_text(100.0)
    opened.next_text(110.0)
    assert not opened.is_overdue(115.0)
    assert opened.is_overdue(115.1)
    assert opened.acknowledge(1, 115.2)
    assert not opened.acknowledge(1, 130.0)  # says nothing new, so buys no time
    assert not opened.is_overdue(130.2)
    assert opened.is_overdue(130.3)


def test_an_idle_flow_is_never_overdue() -> None:
    opened = Flow()
    opened.hold_event(frame("one"))
    opened.next_text(0.0)
    opened.acknowledge(1, 1.0)

    opened.hold_event(frame("two"))
    opened.next_text(1000.0)
    assert not opened.is_overdue(1015.0)


def test_too_many_events_are_refused_rather_than_dropped() -> None:
    opened = Flow()
    for _ in range(flow.EVENTS_HELD):
        opened.hold_event(frame("one"))

    with pytest.raises(OverrunError):
        opened.hold_event(frame("one"))


def test_an_allowance_fills_again_but_never_over() -> None:
    allowance = Allowance(0.0, burst=3, per_s=2)

    assert [allowance.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert [allowance.take(0.5), allowance.take(0.5)] == [True, False]
    assert [allowance.take(1000.0) for _ in range(4)] == [True, True, True, False]
