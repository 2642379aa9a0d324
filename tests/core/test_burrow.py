"""The cases by which Burrow judges a consumer, as behaviour: which state each is to us, and which of the default thresholds opens.

Burrow looks at the commits in a window, so a topic to which little happens, or a consumer that commits seldom, can look stopped.
Here each case goes on for twenty minutes, a sample a second, through deriving, the states and the pack's thresholds for groups.
"""

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from dashboard.core.entry_id import ZERO
from dashboard.core.gauge import Gauge
from dashboard.core.metrics import ServerTick
from dashboard.core.pack import THRESHOLDS
from dashboard.core.readings import Reading
from dashboard.core.subjects import Layout, Subject
from dashboard.core.threshold_metrics import GROUP_METRICS, Metric
from dashboard.core.thresholds import Definition, Track, step
from dashboard.core.views import TickView
from dashboard.models import Threshold
from dashboard.services.definitions import definition_of, gauge_of
from tests.core.samples import NOON, at, group, stream, swept
from tests.core.test_metrics import Watch

SECONDS = 20 * 60
BILLING = Subject(b"orders", b"billing")
#: How many entries there are in all after so many seconds, and how many of these the group has been given.
Count = Callable[[int], int]


class Case(NamedTuple):
    """What producer and group do, and how the group is read."""

    added: Count
    given: Count
    consumers: int = 1


class _Topic:
    """The stream, as a server would tell it."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._ids: list[int] = []  # of each entry, milliseconds after noon

    def tick(self, watch: Watch, second: int) -> ServerTick:
        case = self._case
        self._ids += [1000 * second + n for n in range(case.added(second) - len(self._ids))]
        there, given = len(self._ids), min(case.given(second), len(self._ids))
        first, last = (at(self._ids[0]), at(self._ids[-1])) if there else (None, None)
        position = at(self._ids[given - 1]) if given else ZERO
        own = group(position, consumers=case.consumers, entries_read=given, server_lag=there - given)
        waiting = {(b"orders", b"billing"): at(self._ids[given])} if given < there else {}
        watch.now = NOON + second + 0.5
        return watch.tick(swept(watch.now, stream(first, last, there, groups=(own,)), first_undelivered=waiting))


class _Judged:
    """One of the pack's thresholds on the group."""

    def __init__(self, name: str, gauge: Gauge, definition: Definition) -> None:
        self.name, self._gauge, self._definition = name, gauge, definition
        self._track: Track | None = None
        self.opened: list[str] = []

    def sees(self, view: TickView) -> None:
        reading = view.reading(self._gauge, BILLING)
        assert isinstance(reading, Reading)
        self._track, transitions = step(self._track, reading, self._definition)
        for transition in transitions:
            if transition.change.value in ("opened", "escalated"):
                self.opened.append(self._definition.limits[transition.level].severity)


def judged(case: Case) -> tuple[set[str], dict[str, list[str]]]:
    """The states that the group was in, and of each threshold that opened how grave it became."""
    watch, topic, states = Watch(), _Topic(case), set()
    pack = [Threshold(**fields) for fields in THRESHOLDS.values() if Metric(fields["metric"]) in GROUP_METRICS]
    thresholds = [_Judged(one.name, gauge_of(one), definition_of(one)) for one in pack]
    for second in range(SECONDS):
        tick = topic.tick(watch, second)
        states.add(tick.streams[b"orders"].groups[0].state.value)
        view = TickView(tick, Layout(tick, {b"orders": 1}), datetime.fromtimestamp(watch.now, tz=UTC))
        for threshold in thresholds:
            threshold.sees(view)
    return states - {"waiting"}, {one.name: one.opened for one in thresholds if one.opened}


def every(seconds: int, *, entries: int = 1, from_: int = 0) -> Count:
    """So many entries each so many seconds."""
    return lambda second: max(0, entries * ((second - from_) // seconds + 1))


def until(second: int, count: Count) -> Count:
    """The same, and nothing more from that second on."""
    return lambda now: count(min(now, second))


MOMENTS = [0, 200, 290, 700, 1100]  # a quiet topic's entries


def seldom(second: int) -> int:
    return bisect_right(MOMENTS, second)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case(until(5, every(1)), until(5, every(1))), id="a topic to which nothing is added any more"),
        pytest.param(Case(every(300), every(300, from_=2)), id="an entry every five minutes, read two seconds later"),
        pytest.param(Case(seldom, lambda second: seldom(second - 20)), id="seldom and irregular, read 20 s later"),
        pytest.param(Case(every(1, entries=5), every(30, entries=150)), id="read in bursts every half minute"),
        pytest.param(
            Case(every(1, entries=50), lambda second: 50 * second - 20), id="a lag that stays as it is, and moves"
        ),
        pytest.param(
            Case(lambda second: 3000 + 10 * second, lambda second: 100 * second), id="behind, and catching up"
        ),
        pytest.param(Case(every(1), every(1), consumers=0), id="read by whoever deletes its consumer each time"),
    ],
)
def test_a_group_that_keeps_up_quietly_slowly_or_in_bursts_alarms_nobody(case: Case) -> None:
    states, opened = judged(case)

    # What is caught up to is old by then; that is no false alarm, but it is not the state's.
    opened.pop("Time lag", None)
    assert (states, opened) == ({"ok"}, {})


@pytest.mark.parametrize(
    ("case", "state", "expected"),
    [
        pytest.param(
            Case(every(1), until(60, every(1))),
            "stalled",
            {"Group stalled": ["warning"], "Time lag": ["warning", "critical"]},
            id="committed no more while its lag rises: Burrow's stall",
        ),
        pytest.param(
            Case(until(90, every(1)), until(60, every(1))),
            "stalled",
            {"Group stalled": ["warning"], "Time lag": ["warning", "critical"]},
            id="committed no more with a fixed lag",
        ),
        pytest.param(
            Case(every(1), until(60, every(1)), consumers=0),
            "stopped",
            {"Group stopped": ["critical"], "Time lag": ["warning", "critical"]},
            id="no consumer any more: Burrow's stop",
        ),
        pytest.param(
            Case(every(1, entries=10), every(1, entries=9)),
            "slow",
            {"Group slow": ["warning"], "Time lag": ["warning"]},
            id="commits on, and its lag rises with each: Burrow's warning",
        ),
        pytest.param(
            Case(every(1), lambda second: second - (30 if second >= 600 else 0)),
            "rewound",
            {},
            id="its offset goes back: Burrow's rewind",
        ),
    ],
)
def test_what_burrow_alarms_for_has_a_state_and_a_threshold_of_ours(
    case: Case, state: str, expected: dict[str, list[str]]
) -> None:
    states, opened = judged(case)

    assert state in states
    assert states <= {"ok", state}
    assert opened == expected
