"""What a hub knows of its servers, and the order in which it hands on what it heard."""

import asyncio

import pytest

from dashboard.live.events import Event, ServerRecovered
from dashboard.live.serving.known import LastWords, Waiting
from tests.live.events import NOW, alert_opened, sample_of, server_unreachable


def words_after(*events: Event) -> tuple[bool, bool]:
    """Whether a sample and a problem of server 1 are known after these events."""
    words = LastWords()
    for event in events:
        words.take(event)
    return 1 in words.samples, 1 in words.problems


@pytest.mark.parametrize(
    ("events", "known"),
    [
        ([sample_of(1, [1])], (True, False)),
        ([server_unreachable(1)], (False, True)),
        ([sample_of(1, [1]), server_unreachable(1)], (True, True)),
        ([server_unreachable(1), sample_of(1, [1])], (True, False)),
        ([server_unreachable(1), ServerRecovered(server=1, since=NOW)], (False, False)),
        ([server_unreachable(2), alert_opened(1, 1)], (False, False)),
    ],
)
def test_a_sample_or_a_recovery_ends_a_problem(events: list[Event], known: tuple[bool, bool]) -> None:
    assert words_after(*events) == known


async def test_news_come_first_and_of_samples_the_latest() -> None:
    waiting = Waiting()
    late, other = sample_of(1, [1], tick=2), sample_of(2, [1])
    for event in (sample_of(1, [1], tick=1), other, late, alert_opened(1, 1), alert_opened(2, 1)):
        waiting.put(event)
    taken = [await waiting.take() for _ in range(4)]

    assert taken == [alert_opened(1, 1), alert_opened(2, 1), late, other]


async def test_a_lost_server_s_sample_is_not_handed_out_any_more() -> None:
    waiting = Waiting()
    for event in (sample_of(1, [1]), sample_of(2, [1]), server_unreachable(1)):
        waiting.put(event)

    assert [await waiting.take() for _ in range(2)] == [server_unreachable(1), sample_of(2, [1])]


async def test_who_takes_waits_for_what_comes() -> None:
    waiting = Waiting()
    taking = asyncio.create_task(waiting.take())
    await asyncio.sleep(0)
    assert not taking.done()
    waiting.put(alert_opened(1, 1))

    assert await taking == alert_opened(1, 1)
