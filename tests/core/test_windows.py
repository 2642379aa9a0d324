"""Windows: what minutes come to, and when they come to nothing."""

from collections.abc import Callable

import pytest

from dashboard.core.gauge import Function, Gauge
from dashboard.core.subjects import Subject
from dashboard.core.threshold_metrics import Metric
from dashboard.core.windows import BUCKETS, Window

KEY = Subject(b"payments")


def after(function: Function, seconds: int, value: Callable[[int], float | None], step: int = 1) -> float | None:
    """What a window of 300 s says after so many seconds of samples."""
    window, now = Window(Gauge(Metric.LENGTH, function=function, window_s=300)), 0
    for now in range(0, seconds + 1, step):
        window.take(float(now), [(KEY, value(now))])
    return window.column(float(now), {KEY: 0}, [KEY])[0]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (Function.AVERAGE, 850.0),
        (Function.LEAST, 700.0),
        (Function.MOST, 1000.0),
        (Function.DELTA, 300.0),
        (Function.RATE, 1.0),
    ],
)
@pytest.mark.parametrize("step", [1, 5])
def test_a_window_looks_back_as_far_as_it_says(function: Function, expected: float, step: int) -> None:
    found = after(function, 1000, float, step)

    bucket = 300 / BUCKETS  # a window begins with a whole bucket
    assert found == pytest.approx(expected, abs=bucket + step)


def test_a_window_is_unknown_until_it_was_sampled_for_most_of_its_length() -> None:
    assert after(Function.AVERAGE, 200, lambda now: 5.0) is None
    assert after(Function.AVERAGE, 280, lambda now: 5.0) == 5.0


def test_unknown_samples_add_nothing_and_too_many_make_it_unknown() -> None:
    assert after(Function.AVERAGE, 600, lambda now: 5.0 if now % 7 == 0 else None) == 5.0
    assert after(Function.AVERAGE, 600, lambda now: 5.0 if now < 400 else None) is None
    assert after(Function.MOST, 600, lambda now: None) is None


def test_a_change_needs_both_ends_of_the_window() -> None:
    assert after(Function.DELTA, 600, lambda now: float(now) if now > 450 else None) is None
    assert after(Function.DELTA, 600, lambda now: -float(now)) == pytest.approx(-300, abs=12)


def test_a_clock_that_is_set_back_begins_anew() -> None:
    window = Window(Gauge(Metric.LENGTH, function=Function.AVERAGE, window_s=300))
    for now in range(400):
        window.take(1000.0 + now, [(KEY, 5.0)])
    window.take(10.0, [(KEY, 7.0)])

    assert window.column(10.0, {KEY: 0}, [KEY]) == [None]


def test_its_memory_does_not_grow_with_how_often_it_is_sampled() -> None:
    window = Window(Gauge(Metric.LENGTH, function=Function.AVERAGE, window_s=300))
    for now in range(100_000):
        window.take(now / 10, [(KEY, 1.0)])

    assert len(window._buckets) <= BUCKETS + 1
