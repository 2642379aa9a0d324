"""What our calls cost a server: its own time a call, times our calls, over the last half minute."""

import pytest

from dashboard.core.cost import WINDOW_S, Account, Prices, Usage
from dashboard.core.sample import CommandTime


def priced(*told: dict[str, tuple[int, int]]) -> Prices:
    prices = Prices()
    for times in told:
        prices.learn({name: CommandTime(*time) for name, time in times.items()})
    return prices


@pytest.mark.parametrize(
    ("told", "calls", "seconds"),
    [
        pytest.param([], {"time": 1}, None, id="a server that tells nothing"),
        pytest.param([{"time": (10, 20)}], {"time": 5}, 10e-6, id="all calls since the server started"),
        pytest.param([{"time": (10, 20)}, {"time": (20, 120)}], {"time": 5}, 50e-6, id="only those since it last told"),
        pytest.param([{"time": (10, 20)}, {"time": (10, 20)}], {"time": 5}, 10e-6, id="nobody called meanwhile"),
        pytest.param([{"time": (100, 900)}, {"time": (10, 20)}], {"time": 5}, 10e-6, id="a restart in between"),
        pytest.param([{"xinfo": (10, 50)}], {"xinfo|stream": 1, "xinfo|groups": 1}, 10e-6, id="6.2 lumps subcommands"),
        pytest.param(
            [{"xinfo|stream": (10, 50), "xinfo|groups": (10, 30)}],
            {"xinfo|stream": 1, "xinfo|groups": 1},
            8e-6,
            id="newer servers tell them apart",
        ),
        pytest.param([{"time": (10, 20)}], {"scan": 5}, 0.0, id="a command that was always refused"),
    ],
)
def test_calls_cost_what_the_server_says(
    told: list[dict[str, tuple[int, int]]], calls: dict[str, int], seconds: float | None
) -> None:
    spent = priced(*told).of(calls)

    assert spent == (None if seconds is None else pytest.approx(seconds))


def test_the_share_is_that_of_one_core_over_the_time_that_passed() -> None:
    account = Account()
    for second in range(1, 11):
        account.note(Usage({"time": 3, "info": 1}, 500), 0.02, at=float(second), took_s=1.0)

    assert account.core_share() == pytest.approx(0.02)
    assert account.calls_per_s() == pytest.approx(4)
    assert account.bytes_per_s() == pytest.approx(500)


def test_what_is_older_than_half_a_minute_is_forgotten() -> None:
    account = Account()
    account.note(Usage({"time": 1}, 1), 5.0, at=1.0, took_s=1.0)
    for second in range(2, int(WINDOW_S) + 12):
        account.note(Usage({"time": 1}, 1), 0.01, at=float(second), took_s=1.0)

    assert account.core_share() == pytest.approx(0.01)


def test_a_server_that_does_not_tell_has_no_share_but_calls() -> None:
    account = Account()
    account.note(Usage({"time": 1}, 80), None, at=1.0, took_s=1.0)

    assert account.core_share() is None
    assert (account.calls_per_s(), account.bytes_per_s()) == (1, 80)
