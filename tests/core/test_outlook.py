"""What a server's totals come to per second, and when its memory is full."""

from collections import deque

import pytest

from dashboard.core.outlook import EARLIEST_S, POINT_EVERY_S, Foresight, full_in_s, growth_per_s
from dashboard.core.sample import ServerInfo

MIB = 2**20
HOUR = 3600.0


def info(used: int | None = None, *, run_id: str = "a", **facts: int) -> ServerInfo:
    return ServerInfo(
        run_id=run_id,
        product="valkey",
        version="9.1.2",
        role="master",
        used_memory_bytes=used,
        **facts,  # type: ignore[arg-type]
    )


def minutes(*used: float) -> deque[tuple[float, int]]:
    return deque((60.0 * number, int(value * MIB)) for number, value in enumerate(used))


@pytest.mark.parametrize(
    ("points", "per_minute"),
    [
        pytest.param(minutes(*range(100, 160)), 1.0, id="a straight line"),
        pytest.param(minutes(*[100 + n + 2 * (n % 2) for n in range(60)]), 1.0, id="a line with a saw on it"),
        pytest.param(minutes(*[100] * 60), None, id="still"),
        pytest.param(minutes(*range(160, 100, -1)), None, id="falling"),
        pytest.param(minutes(*[100 + 40 * (n % 2) for n in range(60)]), None, id="up and down is no growth"),
        pytest.param(minutes(*[100 + n / 100 for n in range(60)]), None, id="less than a MiB in all"),
        pytest.param(minutes(*range(100, 105)), None, id="too early to say"),
        pytest.param(deque(), None, id="nothing read"),
    ],
)
def test_growth_is_what_a_line_through_the_points_rises_by(
    points: "deque[tuple[float, int]]", per_minute: float | None
) -> None:
    growth, _ = growth_per_s(points)

    assert growth == (None if per_minute is None else pytest.approx(per_minute * MIB / 60, rel=0.03))


@pytest.mark.parametrize(
    ("used", "limit", "growth", "seconds"),
    [
        pytest.param(600, 1000, 4.0, 100.0, id="what is left by what comes"),
        pytest.param(1000, 1000, None, 0.0, id="full"),
        pytest.param(1200, 1000, 1.0, 0.0, id="over the limit"),
        pytest.param(600, None, 4.0, None, id="no limit"),
        pytest.param(600, 1000, None, None, id="not growing"),
        pytest.param(None, 1000, 4.0, None, id="not told"),
        pytest.param(0, 10**12, 1.0, None, id="in thousands of years"),
    ],
)
def test_memory_is_full_when_what_is_left_has_come(
    used: int | None, limit: int | None, growth: float | None, seconds: float | None
) -> None:
    assert full_in_s(used, limit, growth) == seconds


def test_days_to_the_limit_are_foretold_from_ten_minutes_on_and_the_window_is_named() -> None:
    foresight = Foresight()
    seen = [
        foresight.take(60.0 * minute, info((100 + minute) * MIB, max_memory_bytes=1540 * MIB)) for minute in range(61)
    ]

    early, late = seen[5], seen[60]
    assert early is not None
    assert (early.memory_full_in_s, early.memory_window_s) == (None, None)
    assert late is not None
    assert late.memory_full_in_s == pytest.approx(1380 * 60, rel=0.01)
    assert late.memory_window_s == HOUR


def test_a_restart_and_a_clock_that_was_set_back_begin_anew() -> None:
    foresight = Foresight()
    for minute in range(60):
        foresight.take(60.0 * minute, info((100 + minute) * MIB, max_memory_bytes=10**10))
    restarted = foresight.take(60.0 * 61, info(50 * MIB, run_id="b", max_memory_bytes=10**10))

    assert restarted is not None
    assert restarted.memory_window_s is None

    for minute in range(62, 62 + int(EARLIEST_S / POINT_EVERY_S)):
        foresight.take(60.0 * minute, info((100 + minute) * MIB, run_id="b", max_memory_bytes=10**10))
    set_back = foresight.take(0.0, info(200 * MIB, run_id="b", max_memory_bytes=10**10))
    assert set_back is not None
    assert (set_back.memory_window_s, set_back.evicted_per_s) == (None, None)


def test_totals_become_rates_and_what_is_not_told_stays_unknown() -> None:
    foresight = Foresight()
    foresight.take(100.0, info(evicted_keys=10, expired_keys=5))
    outlook = foresight.take(105.0, info(evicted_keys=30, expired_keys=5))

    assert outlook is not None
    assert (outlook.evicted_per_s, outlook.expired_per_s, outlook.rejected_per_s) == (4.0, 0.0, None)


def test_the_same_reading_again_is_the_same_outlook_and_costs_nothing() -> None:
    foresight, reading = Foresight(), info(100)

    assert foresight.take(1.0, None) is None
    assert foresight.take(1.0, reading) is foresight.take(2.0, reading)
