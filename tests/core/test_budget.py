"""The governor keeps watching within its budget, and leaves nothing out that it need not."""

import itertools
from collections.abc import Callable

import pytest

from dashboard.core.budget import LONGEST_INTERVAL_S, MOST_QUIET, RELAX_AFTER_S, Governor, Load, Pace, words

BUDGET = 0.02
FULL = Pace()


def load(active: int = 0, quiet: int = 0, *, us: float = 8.0, slow: float = 0.0) -> Load:
    return Load(active=active, quiet=quiet, stream_s=us * 1e-6, slow_share=slow)


def settled(now_load: Load, interval_s: float = 1.0, budget: float = BUDGET) -> Governor:
    """A governor that has met the same load for two minutes."""
    governor = Governor(budget, interval_s)
    run(governor, 0, 120, lambda _: now_load)
    return governor


def run(governor: Governor, start: float, seconds: float, load_at: Callable[[float], Load]) -> list[float]:
    """Sweeps in their intervals; returns the share that was spent a second, sweep by sweep."""
    now, shares = start, []
    while now < start + seconds:
        now_load = load_at(now)
        shares.append(now_load.share(governor.pace, 1.0))
        governor.follow(now_load, now)
        now += governor.interval_s
    return shares


@pytest.mark.parametrize(
    ("met", "interval_s", "pace"),
    [
        pytest.param(load(active=100), 1.0, FULL, id="far below"),
        pytest.param(load(active=2400), 1.0, FULL, id="just below: nothing is left out"),
        pytest.param(load(active=1000, quiet=1400), 1.0, FULL, id="just below with quiet ones"),
        pytest.param(load(active=1000, quiet=2000), 1.0, Pace(2, 1, 2), id="quiet ones take turns"),
        pytest.param(load(active=1000, quiet=9000), 1.0, Pace(8, 1, 8), id="many quiet ones wait longer"),
        pytest.param(load(quiet=20_000), 1.0, Pace(16, 1, 16), id="only quiet ones"),
        pytest.param(load(active=4000), 1.0, Pace(16, 2, 16), id="busy ones stretch the interval"),
        pytest.param(load(active=10_000), 1.0, Pace(16, 8, 16), id="and further"),
        pytest.param(load(active=10_000), 0.1, Pace(16, 64, 16), id="from a short interval"),
        pytest.param(load(active=100, slow=0.03), 1.0, Pace(2, 1, 2), id="slow cadences alone exceed it"),
        pytest.param(load(active=10**7), 1.0, Pace(16, 32, 16), id="nothing is enough"),
        pytest.param(load(active=10**7), 50.0, Pace(16, 1, 16), id="an interval that is long already"),
    ],
)
def test_the_pace_is_the_first_that_fits(met: Load, interval_s: float, pace: Pace) -> None:
    assert settled(met, interval_s).pace == pace


def test_a_sudden_rise_is_followed_within_three_sweeps() -> None:
    governor = settled(load(active=100))

    shares = run(governor, 200, 10, lambda _: load(active=10_000))

    assert sum(share > BUDGET for share in shares) <= 3
    assert shares[-1] <= BUDGET


def test_one_dear_sweep_changes_nothing() -> None:
    governor = settled(load(active=100))

    governor.follow(load(active=50_000), 200.0)

    assert governor.follow(load(active=100), 201.0) == FULL


def test_it_relaxes_one_step_at_a_time_and_slowly() -> None:
    governor = settled(load(active=10_000))
    steps = []

    def small(now: float) -> Load:
        steps.append((now, governor.pace))
        return load(active=100)

    run(governor, 200, 900, small)

    changes = [now for (now, pace), (_, before) in zip(steps[1:], steps, strict=False) if pace != before]
    stretches = [pace.stretch for _, pace in steps]
    assert governor.pace == FULL
    assert all(later - earlier >= RELAX_AFTER_S for earlier, later in itertools.pairwise(changes))
    assert set(stretches) == {8, 4, 2, 1}
    assert stretches == sorted(stretches, reverse=True)


def test_it_does_not_swing_where_a_step_back_would_exceed_the_budget() -> None:
    governor = settled(load(active=4000))
    paces = set()

    def noisy(now: float) -> Load:
        paces.add(governor.pace)
        return load(active=4000, us=8.0 + 1.0 * (-1) ** round(now))

    run(governor, 200, 600, noisy)

    assert paces == {Pace(16, 2, 16)}


@pytest.mark.parametrize("active", [10, 1000, 2000, 3000, 10_000, 60_000])
@pytest.mark.parametrize("quiet", [0, 1000, 50_000])
def test_what_is_spent_stays_below_the_budget(active: int, quiet: int) -> None:
    governor = settled(load(active=active, quiet=quiet))

    shares = run(governor, 200, 600, lambda _: load(active=active, quiet=quiet))

    assert max(shares) <= BUDGET


def test_the_interval_is_never_stretched_beyond_a_minute() -> None:
    assert settled(load(active=10**8)).interval_s <= LONGEST_INTERVAL_S


@pytest.mark.parametrize(
    ("met", "quiet", "sentence"),
    [
        pytest.param(load(active=10), 0, "", id="nothing is left out"),
        pytest.param(
            load(active=1000, quiet=9000),
            9000,
            "To stay in budget, 9\u202f000 quiet streams are read every 8 sweeps.",
            id="quiet streams",
        ),
        pytest.param(load(active=10_000), 0, "To stay in budget, all are read every 8 s.", id="the interval"),
        pytest.param(
            load(active=10_000, quiet=3),
            3,
            f"To stay in budget, 3 quiet streams are read every {MOST_QUIET} sweeps and all are read every 8 s.",
            id="both",
        ),
        pytest.param(
            load(active=10, slow=0.03),
            0,
            "To stay in budget, memory and other details are read 2 times less often.",
            id="slow cadences",
        ),
        pytest.param(
            load(active=10**7),
            0,
            "To stay in budget, all are read every 32 s. It is exceeded all the same.",
            id="not enough",
        ),
    ],
)
def test_what_is_left_out_is_said(met: Load, quiet: int, sentence: str) -> None:
    assert words(settled(met), quiet=quiet) == sentence


def test_large_entries_that_are_left_out_are_said_too() -> None:
    assert words(settled(load()), quiet=0, thin=1) == "The large entries of 1 stream are not read along at every sweep."
    assert words(settled(load(active=10_000)), quiet=0, thin=2000) == (
        "To stay in budget, all are read every 8 s. "
        "The large entries of 2\u202f000 streams are not read along at every sweep."
    )
