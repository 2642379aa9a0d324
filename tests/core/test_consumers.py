"""Dead or alive: idle alone proves nothing, a consumer's own habit does."""

import pytest

from dashboard.core.consumers import MARGIN_S, ConsumerSeen, Habits, dead_consumers
from tests.core.samples import NOON


def looks(*idles: float, every_s: float = 10.0, pending: int = 0) -> tuple[int, int, int]:
    """(live, dead, silent) at the last of these looks at one consumer."""
    habits = Habits()
    for number, idle_s in enumerate(idles):
        facts = habits.look([ConsumerSeen(b"ann", pending, idle_s)], NOON + number * every_s)
    return facts.live, facts.dead, facts.silent


@pytest.mark.parametrize(
    ("idles", "pending", "expected"),
    [
        pytest.param([0.0], 0, (1, 0, 0), id="it acted just now"),
        pytest.param([MARGIN_S], 3, (1, 0, 0), id="within the margin"),
        pytest.param([MARGIN_S + 1], 3, (0, 1, 0), id="silent, and entries are pending with it"),
        pytest.param([MARGIN_S + 1], 0, (0, 0, 1), id="silent with nothing to do"),
        pytest.param([290, 0, 200], 3, (1, 0, 0), id="it blocks for five minutes, as it did before"),
        pytest.param([100, 0, 200], 3, (0, 1, 0), id="far beyond its habit"),
    ],
)
def test_a_consumer_is_alive_within_its_own_habit_and_a_margin(
    idles: list[float], pending: int, expected: tuple[int, int, int]
) -> None:
    assert looks(*idles, pending=pending) == expected


def test_a_silent_consumer_is_dead_where_its_group_lags() -> None:
    facts = Habits().look([ConsumerSeen(b"ann", 0, 900), ConsumerSeen(b"bob", 2, 900), ConsumerSeen(b"cy", 9, 1)], NOON)

    assert (facts.live, dead_consumers(facts, lags=False), dead_consumers(facts, lags=True)) == (1, 1, 2)
    assert facts.acted_at == NOON - 1


def test_a_group_without_consumers_has_nobody_who_acted() -> None:
    assert Habits().look([], NOON).acted_at is None
