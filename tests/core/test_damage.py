"""G1 ghosts, G3 lost before delivery, G4 a deleted tail: what the numbers of a stream and a group prove."""

from itertools import pairwise
from typing import Any

import pytest

from dashboard.core.damage import Losses, PendingFacts, ghosts_now, pending_facts, tail_deleted
from dashboard.core.entry_id import ZERO, EntryId
from dashboard.core.lag import derive_lag
from dashboard.core.rates import Reading, added_between
from dashboard.core.sample import GroupSample, StreamSample
from tests.core.samples import NOON, group, stream


def entry(seq: int) -> EntryId:
    return EntryId(5, seq)


def trimmed(first: int, last: int, **facts: Any) -> StreamSample:
    """Entries first … last of all that were ever added, 1 … last."""
    return stream(entry(first), entry(last), last - first + 1, **({"entries_added": last} | facts))


EMPTY = stream(None, None, 0, last_generated_id=entry(9), entries_added=9)
FACTS = PendingFacts(entry(5), 4, entry(2), 0, 1, 7)


@pytest.mark.parametrize(
    ("facts", "of", "own", "ghosts"),
    [
        pytest.param(None, trimmed(1, 9), group(entry(5)), 0, id="nothing is pending"),
        pytest.param(None, trimmed(1, 9), group(entry(5), pending=4), None, id="not read yet"),
        pytest.param(None, EMPTY, group(entry(5), pending=4), 4, id="the stream is empty: all of them"),
        pytest.param(FACTS, trimmed(1, 9), group(entry(5), pending=4), 0, id="all entries are there"),
        pytest.param(FACTS, trimmed(3, 9), group(entry(5), pending=4), 1, id="trimmed past the smallest id since"),
        pytest.param(FACTS, trimmed(3, 9), group(entry(5), pending=3), 0, id="that one may have been acknowledged"),
        pytest.param(
            PendingFacts(entry(5), 4, entry(2), 3, 0, 1), trimmed(6, 9), group(entry(5), pending=2), 1, id="two acked"
        ),
        pytest.param(
            PendingFacts(entry(5), 9, entry(2), 7, 0, 1), trimmed(6, 9), group(entry(8), pending=3), 3, id="never more"
        ),
    ],
)
def test_g1_ghosts_are_counted_from_below(
    facts: PendingFacts | None, of: StreamSample, own: GroupSample, ghosts: int | None
) -> None:
    assert ghosts_now(facts, of, own) == ghosts


def test_poison_is_what_was_delivered_five_times_or_more() -> None:
    rows = [(entry(1), 12), (entry(2), 5), (entry(3), 4)]

    facts = pending_facts(group(entry(5), pending=3), rows, ghosts_below=1, missing=[entry(3)])

    assert (facts.poison, facts.most_deliveries, facts.ghosts, facts.oldest) == (2, 12, 2, entry(1))


@pytest.mark.parametrize(
    ("of", "deleted"),
    [
        pytest.param(trimmed(1, 9), False, id="whole"),
        pytest.param(trimmed(1, 9, last_generated_id=entry(10)), True, id="the last one is gone"),
        pytest.param(EMPTY, True, id="all are gone"),
        pytest.param(stream(None, None, 0), False, id="nothing was ever there"),
    ],
)
def test_g4_a_deleted_tail_shows_in_the_last_generated_id(of: StreamSample, deleted: bool) -> None:
    assert tail_deleted(of) is deleted


def read(of: StreamSample, delivered: int, **facts: Any) -> Reading:
    own = group(entry(delivered) if delivered else ZERO, **facts)
    return Reading(of, own, derive_lag(of, own, trusted=True))


def lost(*readings: Reading) -> int:
    """Entries lost over these readings, a second apart."""
    losses = Losses(readings[0], NOON)
    for second, (before, after) in enumerate(pairwise(readings), start=1):
        losses.observe(before, after, added_between(before.stream, after.stream), NOON + second)
    return losses.lost


HUNDRED = trimmed(1, 100)
HOLED = trimmed(1, 100, max_deleted_id=entry(50))


@pytest.mark.parametrize(
    ("readings", "count"),
    [
        pytest.param([read(trimmed(81, 100), 10, entries_read=10)], 70, id="100 added, 10 read, trimmed to 20"),
        pytest.param([read(trimmed(81, 100), 10)], 0, id="nobody knows how many it had read"),
        pytest.param([read(trimmed(81, 100), 10, entries_read=-99)], 0, id="its counter is absurd"),
        pytest.param([read(HUNDRED, 10, server_lag=90), read(trimmed(81, 100), 10)], 70, id="it is seen to happen"),
        pytest.param(
            [read(HUNDRED, 10, server_lag=90), read(trimmed(81, 100), 10), read(trimmed(96, 105), 10)],
            85,
            id="and goes on",
        ),
        pytest.param(
            [read(trimmed(81, 100), 10, entries_read=10), read(trimmed(81, 100), 90, server_lag=10)],
            70,
            id="reading on is no loss",
        ),
        pytest.param(
            [read(HUNDRED, 50, server_lag=50), read(trimmed(41, 100), 50, server_lag=50)], 0, id="trimmed behind"
        ),
        pytest.param([read(HUNDRED, 100), read(HUNDRED, 100)], 0, id="nothing happened"),
        pytest.param(
            [read(HUNDRED, 200), read(trimmed(101, 120), 200)], 0, id="it stands ahead: what came did not wait"
        ),
        pytest.param(
            [read(HUNDRED, 100), read(trimmed(1, 100, last_generated_id=entry(500), entries_added=500), 100)],
            0,
            id="XSETID raised the counters",
        ),
        pytest.param([read(HUNDRED, 10, server_lag=90), read(trimmed(3, 5), 10)], 0, id="made again: another stream"),
        pytest.param(
            [
                read(HUNDRED, 10, server_lag=90),
                read(HOLED, 10),
                read(trimmed(81, 100), 10),
            ],
            70,
            id="its lag was not known for a while",
        ),
    ],
)
def test_g3_what_was_lost_before_delivery_is_summed(readings: list[Reading], count: int) -> None:
    assert lost(*readings) == count
