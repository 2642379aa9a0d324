"""A group to which nothing happens is judged again only when that could say something new."""

from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.group_state import STUCK_AFTER_S, WINDOW_S, GroupHistory, judge_group
from tests.core.samples import NOON, at, group

lags = st.one_of(st.none(), st.integers(0, 3))
pauses = st.one_of(st.integers(1, 90), st.just(WINDOW_S), st.just(STUCK_AFTER_S), st.floats(0.001, 400.0))
steps = st.lists(st.tuples(pauses, lags, st.integers(0, 2), st.integers(0, 2)), max_size=8)


@given(steps, st.lists(pauses, min_size=1, max_size=12), lags, st.integers(0, 1))
def test_a_judgement_that_is_kept_until_then_is_the_one_that_would_be_given(
    before: list[tuple[float, int | None, int, int]], after: list[float], lag: int | None, consumers: int
) -> None:
    now, own = NOON, group(at(0), consumers=consumers)
    history = GroupHistory(now, own, lag)
    for pause, lag, position, pending in before:
        own = group(at(position), pending=pending, consumers=consumers)
        history.observe(now + pause, now, own, lag)
        now += pause

    kept, until = judge_group(history, own, lag, now), history.judged_until(now)
    for pause in after:
        now += pause
        if now >= until:
            kept, until = judge_group(history, own, lag, now), history.judged_until(now)
        assert kept == judge_group(history, own, lag, now)
