"""Who takes and gives which servers."""

import pytest

from dashboard.core.sharing import Survey, moves

ALL = range(1, 7)


def _survey(living: str, **held: str) -> Survey:
    """Samplers by letter, and the servers that each holds as digits."""
    holders = {int(server): sampler for sampler, servers in held.items() for server in servers}
    return Survey(frozenset(living), holders)


@pytest.mark.parametrize(
    ("survey", "take", "give"),
    [
        pytest.param(_survey("a"), [1, 2, 3, 4, 5, 6], [], id="the first takes all"),
        pytest.param(_survey(""), [1, 2, 3, 4, 5, 6], [], id="also before it is known"),
        pytest.param(_survey("ab", b="123456"), [], [], id="nothing is free for a second"),
        pytest.param(_survey("ab", a="123456"), [], [6], id="who has too much gives one"),
        pytest.param(_survey("abc", a="1234", b="56"), [], [4], id="and another"),
        pytest.param(_survey("abc", a="12", b="34", c="56"), [], [], id="even is at rest"),
        pytest.param(_survey("ab", a="12", b="34"), [5], [], id="a dead sampler's are shared"),
        pytest.param(_survey("ab", a="123", b="4"), [], [], id="the least takes what is free"),
        pytest.param(_survey("a", b="123"), [4, 5, 6], [], id="who cannot take keeps what it holds"),
        pytest.param(_survey("abcd", a="12", b="34", c="5", d="6"), [], [], id="a remainder of one is at rest"),
        pytest.param(_survey("abc", a="123", b="45", c="6"), [], [3], id="a difference of two is not"),
    ],
)
def test_a_sampler_takes_and_gives(survey: Survey, take: list[int], give: list[int]) -> None:
    wish = moves(ALL, survey, "a")

    assert (wish.take, wish.give) == (take, give)


def test_rivals_begin_with_different_servers() -> None:
    survey = _survey("ab", a="1", b="2")

    assert moves(ALL, survey, "a").take == [3, 5]
    assert moves(ALL, survey, "b").take == [4, 6]


def test_nothing_is_done_about_servers_that_are_not_wanted() -> None:
    assert moves([1], _survey("ab", a="1", b="23456"), "a") == moves([1], _survey("ab", a="1"), "a")


@pytest.mark.parametrize("servers", [0, 1, 2, 5, 7, 30])
@pytest.mark.parametrize("samplers", ["a", "ab", "abc", "abcd"])
def test_samplers_that_follow_it_come_to_rest_with_all_held_and_even(servers: int, samplers: str) -> None:
    holders = dict.fromkeys(range(servers // 2), "a")
    for _ in range(servers * 4 + 4):
        for me in samplers:
            wish = moves(range(servers), Survey(frozenset(samplers), dict(holders)), me)
            for server in wish.give:
                del holders[server]
            for server in wish.take:
                holders.setdefault(server, me)

    loads = [list(holders.values()).count(sampler) for sampler in samplers]
    assert len(holders) == servers
    assert max(loads) - min(loads) <= 1
    survey = Survey(frozenset(samplers), holders)
    assert all(
        moves(range(servers), survey, me).take == moves(range(servers), survey, me).give == [] for me in samplers
    )
