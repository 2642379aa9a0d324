"""Backtests: points of the past become the alerts that a judge would have opened."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from dashboard.core.backtest import Past, Point, would_open
from dashboard.core.gauge import Function, Gauge
from dashboard.core.readings import Doubt, Otherwise
from dashboard.core.threshold_metrics import Metric
from dashboard.core.thresholds import Comparison, Definition, Limit

LAG = Gauge(Metric.LAG)


def samples(*values: float | None, every: float = 1.0, **fields: Any) -> list[Point]:
    """One sample after the other, from 0 s on."""
    return [Point(place * every, value, value, value, value, **fields) for place, value in enumerate(values)]


def steps(*parts: Sequence[float], length: float = 60.0) -> list[Point]:
    """Steps, each as (least, most, last)."""
    return [
        Point(place * length, least, (least + most) / 2, most, last, step_s=length)
        for place, (least, most, last) in enumerate(parts)
    ]


def over(value: float, *, hold: float = 0, clear: float | None = None, severity: str = "warning") -> Limit:
    return Limit(value, Comparison.ABOVE, timedelta(seconds=hold), clear, severity)


def spans(
    points: Sequence[Point], *limits: Limit, gauge: Gauge = LAG, **rules: Any
) -> list[tuple[float, float | None]]:
    return [(past.since, past.until) for past in would_open(points, gauge, Definition(limits, **rules))]


@pytest.mark.parametrize(
    ("points", "limit", "wanted"),
    [
        (samples(1, 1, 1), over(5), []),
        (samples(1, 9, 9, 1, 9), over(5), [(1, 3), (4, None)]),
        (samples(1, 9, 9, 9, 1), over(5, hold=2), [(3, 4)]),
        (samples(1, 9, 9, 1, 9, 9), over(5, hold=2), []),
        (samples(9, 4, 4, 1), over(5, clear=3), [(0, 3)]),
        (samples(9, None, None, 9, 1), over(5), [(0, 4)]),
        (samples(9, 9, None, None, 9, 9), over(5, hold=3), []),
        # Two minutes of a minute's steps: lasted all along, whatever the order within them was.
        (steps((1, 1, 1), (7, 9, 8), (6, 9, 7), (1, 1, 1)), over(5, hold=100), [(160, 180)]),
        # Within a step both sides were seen: nearer to what was before comes first.
        (steps((1, 1, 1), (1, 9, 9), (9, 9, 9), (1, 9, 1)), over(5), [(90, 210)]),
        (steps((1, 1, 1), (1, 9, 1), (1, 1, 1)), over(5), [(90, 120)]),
        (steps((1, 1, 1), (1, 9, 1), (1, 1, 1)), over(5, hold=60), []),
    ],
)
def test_alerts_open_and_end_where_a_judge_would(points: list[Point], limit: Limit, wanted: list[Any]) -> None:
    assert spans(points, limit) == wanted


def test_a_hole_freezes_the_hold_and_leaves_an_alert_open() -> None:
    later = [Point(at, 9, 9, 9, 9, after_hole=at == 600) for at in (0, 1, 600, 601, 602)]
    within = [*later[:2], *(Point(at, 1, 1, 1, 1, after_hole=at == 600) for at in (600, 601))]

    assert spans(later, over(5, hold=3)) == [(602, None)]
    assert spans(within, over(5)) == [(0, 600)]


def test_the_gravest_severity_and_the_worst_value_are_told() -> None:
    limits = (over(5), over(50, severity="critical"))

    (found,) = would_open(samples(1, 9, 60, 70, 9, 1), LAG, Definition(limits))

    assert found == Past(1, 5, "critical", 70)


def test_what_is_kept_open_ends_later() -> None:
    assert spans(samples(9, 1, 1, 1, 1), over(5), keep_open=timedelta(seconds=2)) == [(0, 3)]


def test_a_doubtful_value_counts_as_the_threshold_says() -> None:
    doubtful = samples(9, 9, doubt=Doubt.ESTIMATED, bound=100)

    assert spans(doubtful, over(5)) == [(0, None)]
    assert spans(doubtful, over(5), on_estimated=Otherwise.SKIP) == []
    assert spans(doubtful, over(50), on_estimated=Otherwise.BOUND) == [(0, None)]
    assert spans(samples(4, 4, at_least=True), over(5)) == []


def test_a_window_is_looked_at_as_a_whole() -> None:
    average = Gauge(Metric.LAG, function=Function.AVERAGE, window_s=30)
    points = samples(*[0] * 60, *[10] * 60, *[0] * 60)

    ((since, until),) = spans(points, over(5), gauge=average)

    assert 74 <= since <= 77
    assert until is not None
    assert 134 <= until <= 137
