"""Time lag for ids that are no clock: when the stream's counter passed the group's."""

import pytest

from dashboard.core.entry_id import EntryId
from dashboard.core.interpolation import MOST_POINTS, Counters
from tests.core.samples import NOON, group, stream
from tests.core.test_metrics import Watch


def counters(*points: tuple[int, float]) -> Counters:
    found = Counters()
    for added, at in points:
        found.observe(added, at)
    return found


@pytest.mark.parametrize(
    ("points", "counter", "passed"),
    [
        pytest.param([(0, 0), (100, 10)], 50, (5.0, False), id="between two points"),
        pytest.param(
            [(0, 0), (100, 10), (100, 60), (110, 61)], 100, (60.0, False), id="a pause: the next came after it"
        ),
        pytest.param([(0, 0), (100, 10), (200, 11)], 150, (10.5, False), id="in the newest segment that holds it"),
        pytest.param([(100, 10), (200, 20)], 50, (5.0, True), id="before everything that was seen"),
        pytest.param([(0, 0), (100, 10)], 100, (10.0, False), id="at the end"),
        pytest.param([(0, 0), (100, 10)], 101, None, id="not reached yet"),
        pytest.param([(0, 0)], 0, None, id="one point tells nothing"),
        pytest.param([(0, 0), (100, 10), (50, 20), (200, 5)], 50, (5.0, False), id="points that go back are dropped"),
        pytest.param([(0, 99), (100, 120)], 50, (100.0, False), id="never after now"),
    ],
)
def test_a_counters_time_is_interpolated(
    points: list[tuple[int, float]], counter: int, passed: tuple[float, bool] | None
) -> None:
    assert counters(*points).passed(counter, now=100.0) == passed


def test_few_points_reach_far_back() -> None:
    found = counters(*((second * 3, float(second)) for second in range(1000)))

    assert len(found._at) <= MOST_POINTS
    early, late = found.passed(30, now=1000.0), found.passed(2997 - 30, now=1000.0)
    assert early is not None
    assert late is not None
    assert early.at == pytest.approx(10.0, abs=0.1)
    assert late.at == pytest.approx(989.0, abs=0.1)


def test_l4_a_group_of_a_stream_whose_ids_are_no_clock_has_an_estimated_time_lag() -> None:
    watch = Watch()
    start = watch.now
    for second in range(20):
        last = 10 * (second + 1)
        own = group(EntryId(1, 50), server_lag=last - 50) if last > 50 else group(EntryId(1, last))
        seen = watch.see_group(stream(EntryId(1, 1), EntryId(1, last), last, groups=(own,)))

    assert seen.time_lag_estimated
    assert seen.time_lag_s == pytest.approx(watch.now - 1 - (start + 4))
    assert start > NOON
