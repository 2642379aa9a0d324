"""A group to which nothing happens is judged again only when that could say something new."""

from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.group_state import ABANDONED_AFTER_S, STUCK_AFTER_S, WINDOW_S, GroupHistory, judge_group
from tests.core.samples import NOON, at, group

lags = st.one_of(st.none(), st.integers(0, 3))
pauses = st.one_of(st.integers(1, 90), st.just(WINDOW_S), st.just(STUCK_AFTER_S), st.floats(0.001, 400.0))
steps = st.lists(st.tuples(pauses, lags, st.integers(0, 2), st.integers(0, 2)), max_size=8)


damages = st.fixed_dictionaries(
    {
        "lost_at": st.none() | st.floats(0, 200).map(lambda ago: NOON - ago),
        "live": st.none() | st.integers(0, 1),
        "acted_at": st.none() | st.floats(0, ABANDONED_AFTER_S + 99).map(lambda ago: NOON - ago),
        "poison": st.booleans(),
        "ghosts": st.booleans(),
        "rewound_at": st.none() | st.floats(0, 90).map(lambda ago: NOON - ago),
        "oldest": st.none() | st.just(at(0)),
        "oldest_at": st.floats(0, 90).map(lambda ago: NOON - ago),
        "oldest_since": st.floats(0, 400).map(lambda ago: NOON - ago),
    }
)


@given(steps, st.lists(pauses, min_size=1, max_size=12), lags, st.integers(0, 1), damages)
def test_a_judgement_that_is_kept_until_then_is_the_one_that_would_be_given(
    before: list[tuple[float, int | None, int, int]],
    after: list[float],
    lag: int | None,
    consumers: int,
    damage: dict[str, object],
) -> None:
    now, own = NOON, group(at(0), consumers=consumers)
    history = GroupHistory(now, own, lag)
    for pause, lag, position, pending in before:
        own = group(at(position), pending=pending, consumers=consumers)
        history.observe(now + pause, now, own, lag)
        now += pause
    for name, value in damage.items():
        setattr(history, name, value)

    kept, until = judge_group(history, own, lag, now), history.judged_until(now)
    for pause in after:
        now += pause
        if now >= until:
            kept, until = judge_group(history, own, lag, now), history.judged_until(now)
        assert kept == judge_group(history, own, lag, now)
