"""Mean processing time by Little's law, and the time until a lag is gone."""

import pytest

from dashboard.core.flow import SPAN_S, Flow


def flow(seconds: int, *, pending: int, added: int | None, delivered: int | None, acked: int | None) -> Flow:
    """The same every second."""
    found = Flow(0.0)
    for second in range(1, seconds + 1):
        found.observe(float(second), pending, added, delivered, acked)
    return found


def test_mean_processing_time_is_pending_over_acknowledged_per_second() -> None:
    assert flow(50, pending=30, added=10, delivered=10, acked=10).processing_s(50) == pytest.approx(3.0)


def test_a_quiet_while_counts_for_what_was_pending_in_it() -> None:
    found = Flow(0.0)
    found.observe(20.0, 2, 0, 0, 2)

    assert found.processing_s(20) == pytest.approx(20.0)


@pytest.mark.parametrize("acked", [0, None])
def test_processing_time_is_unknown_where_nothing_is_seen_to_be_acknowledged(acked: int | None) -> None:
    assert flow(50, pending=30, added=10, delivered=10, acked=acked).processing_s(50) is None


@pytest.mark.parametrize(
    ("added", "delivered", "lag", "expected"),
    [
        pytest.param(10, 15, 100, (pytest.approx(20.0), False), id="five a second faster"),
        pytest.param(15, 10, 100, (None, True), id="slower: never"),
        pytest.param(10, 10, 100, (None, True), id="as fast: never"),
        pytest.param(0, 0, 100, (None, True), id="stalled: never"),
        pytest.param(15, 10, 0, (0.0, False), id="nothing waits"),
        pytest.param(10, 15, None, (None, False), id="nobody knows how many wait"),
        pytest.param(None, None, 100, (None, False), id="nobody knows the rates"),
    ],
)
def test_time_to_drain_is_the_lag_over_the_difference_of_rates(
    added: int | None, delivered: int | None, lag: int | None, expected: object
) -> None:
    assert flow(20, pending=0, added=added, delivered=delivered, acked=0).drain(lag, 20.0) == expected


def test_one_busy_second_says_nothing_of_the_lags_future() -> None:
    assert flow(1, pending=0, added=0, delivered=50, acked=0).drain(100, 1.0) == (None, False)


def test_old_sums_stand_for_nothing_any_more() -> None:
    later = 20 + 2 * SPAN_S

    assert flow(20, pending=30, added=10, delivered=15, acked=10).processing_s(later) is None


@pytest.mark.parametrize(
    ("quiet_s", "expected"),
    [
        pytest.param(0, (pytest.approx(20.0), False), id="as it goes"),
        pytest.param(4, (pytest.approx(24.0), False), id="for a moment"),
        pytest.param(20, (pytest.approx(40.0), False), id="for as long as it went"),
        pytest.param(SPAN_S, (None, True), id="for half a minute: never"),
        pytest.param(3600, (None, True), id="for an hour: never"),
    ],
)
def test_a_while_in_which_nothing_happens_puts_the_lags_end_off(quiet_s: float, expected: object) -> None:
    assert flow(20, pending=0, added=10, delivered=15, acked=0).drain(100, 20 + quiet_s) == expected


def test_a_burst_that_is_over_does_not_foretell_the_lags_end() -> None:
    found = flow(29, pending=3, added=40, delivered=20, acked=20)
    for second in range(30, 46):
        found.observe(float(second), 3, 5, 15, 15)

    drain_s, never = found.drain(150, 45)
    assert (drain_s, never) == (15.0, False)
