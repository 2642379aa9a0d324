"""Windows: what minutes come to, and when they come to nothing."""

from collections.abc import Callable

import pytest

from dashboard.core.gauge import Function, Gauge
from dashboard.core.subjects import Subject
from dashboard.core.threshold_metrics import Metric
from dashboard.core.window_memory import packed_cells, packed_span, unpacked_cells, unpacked_span
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


def test_a_hole_in_the_samples_makes_it_unknown_until_most_of_it_was_sampled_again() -> None:
    window = Window(Gauge(Metric.LENGTH, function=Function.AVERAGE, window_s=300))
    known = {}
    for now in [*range(400), *range(440, 800)]:  # nobody looked for forty seconds
        window.take(float(now), [(KEY, 5.0)], gap_s=5.0)
        known[now] = window.column(float(now), {KEY: 0}, [KEY])[0] == 5.0

    assert known[399]
    assert not any(known[now] for now in range(440, 700))
    assert known[720]


def test_the_same_sample_twice_counts_once() -> None:
    window = Window(Gauge(Metric.LENGTH, function=Function.AVERAGE, window_s=10))
    for now in range(12):
        for _ in range(1 + 5 * (now == 11)):
            window.take(float(now), [(KEY, float(now))])

    assert window.column(11.0, {KEY: 0}, [KEY])[0] == pytest.approx(6.0, abs=0.5)


def test_what_was_kept_goes_on_as_if_nothing_had_been() -> None:
    unbroken = Window(Gauge(Metric.LENGTH, function=Function.RATE, window_s=60))
    broken, kept = Window(unbroken.gauge), dict[float, tuple[bytes, bytes]]()
    for now in range(200):
        for window in (unbroken, broken):
            window.take(float(now), [(KEY, now**1.5)], gap_s=5.0)
        for began, cells in broken.unkept(float(now)):
            assert broken.span is not None
            kept[began] = (packed_span(broken.span), packed_cells(cells))
        broken.kept()
        if now % 7 == 0:
            buckets = [(began, unpacked_cells(cells)) for began, (_, cells) in sorted(kept.items())]
            broken = Window(unbroken.gauge, unpacked_span(kept[max(kept)][0]), buckets)
        rows = {KEY: 0}
        assert broken.column(float(now), rows, [KEY]) == unbroken.column(float(now), rows, [KEY])


def test_a_bucket_of_very_many_subjects_is_kept_now_and_then() -> None:
    window = Window(Gauge(Metric.LENGTH, function=Function.MOST, window_s=900))
    subjects, times = [Subject(b"%d" % number) for number in range(600)], 0
    for now in range(120):
        window.take(float(now), ((subject, 1.0) for subject in subjects))
        if window.unkept(float(now)):
            window.kept()
            times += 1

    assert times == 12
