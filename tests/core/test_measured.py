"""L3: how far a count can be carried on from the reading in which it was made."""

from typing import Any

import pytest

from dashboard.core.entry_id import EntryId
from dashboard.core.lag import Lag, LagQuality
from dashboard.core.measured import Measured, added_since, carried, from_reading
from dashboard.core.rates import Reading
from dashboard.core.sample import StreamSample
from tests.core.samples import group, stream

MEASURED, AT_LEAST = LagQuality.MEASURED, LagQuality.AT_LEAST


def entry(seq: int) -> EntryId:
    return EntryId(5, seq)


def holed(last: int = 10, *, removed: int = 1, first: int = 1, **facts: Any) -> StreamSample:
    """Entries first … last, of which `removed` are gone; 7 is the largest of them that was deleted."""
    defaults: dict[str, Any] = {"entries_added": last, "max_deleted_id": entry(7)}
    return stream(entry(first), entry(last), last - removed, **(defaults | facts))


def old(last: int = 10, *, length: int = 9, first: int = 1) -> StreamSample:
    """The same on a server that counts nothing (6.2)."""
    return stream(entry(first), entry(last), length, entries_added=None, max_deleted_id=None)


COUNTED = Measured(holed(), entry(4), 5, complete=True)
OLD = Measured(old(), entry(4), 5, complete=True)


@pytest.mark.parametrize(
    ("known", "now", "expected"),
    [
        pytest.param(COUNTED, holed(), (5, MEASURED), id="nothing happened"),
        pytest.param(COUNTED, holed(13), (8, MEASURED), id="what came waits"),
        pytest.param(COUNTED, holed(13, removed=3), (6, AT_LEAST), id="what went may have waited"),
        pytest.param(COUNTED, holed(13, removed=11), (1, AT_LEAST), id="the last entry waits in any case"),
        pytest.param(COUNTED, holed(8), (3, MEASURED), id="the sample is older than the count"),
        pytest.param(COUNTED, holed(8, removed=0), (3, AT_LEAST), id="older, and something went in between"),
        pytest.param(
            COUNTED, holed(10, first=3, removed=3), (3, AT_LEAST), id="trimmed behind it, for all that is known"
        ),
        pytest.param(COUNTED, holed(12, removed=1, first=0), None, id="an older first entry: another stream"),
        pytest.param(
            COUNTED, holed(12, max_deleted_id=entry(3)), None, id="it forgot what was deleted: another stream"
        ),
        pytest.param(Measured(holed(), entry(4), 5, complete=False), holed(13), (8, AT_LEAST), id="counted to a cap"),
        pytest.param(Measured(holed(), entry(99), 0, complete=True), holed(120), None, id="it stood ahead"),
        pytest.param(Measured(holed(), entry(4), 5, complete=True), holed(6, removed=5), None, id="absurd"),
        pytest.param(OLD, old(), (5, MEASURED), id="6.2: nothing happened"),
        pytest.param(OLD, old(length=7), (3, AT_LEAST), id="6.2: entries went"),
        pytest.param(OLD, old(14, length=12), (8, AT_LEAST), id="6.2: entries came, and perhaps went"),
        pytest.param(OLD, old(9, length=8), None, id="6.2: the sample is older"),
    ],
)
def test_l3_a_count_is_carried_on_as_far_as_the_counters_prove_it(
    known: Measured, now: StreamSample, expected: tuple[int, LagQuality] | None
) -> None:
    own = group(known.delivered)

    lag = carried(known, now, own, added_since(known, now))

    assert (lag and (lag.value, lag.quality)) == expected


def test_l3_a_count_is_worth_nothing_once_the_group_moved() -> None:
    assert carried(COUNTED, holed(), group(entry(5)), 0) is None


def test_l3_on_a_server_without_counter_what_was_counted_otherwise_proves_as_much() -> None:
    lag = carried(OLD, old(14, length=13), group(entry(4)), 4)

    assert lag is not None
    assert (lag.value, lag.quality) == (9, MEASURED)


@pytest.mark.parametrize(
    ("quality", "complete"),
    [
        (LagQuality.EXACT, True),
        (LagQuality.MEASURED, True),
        (LagQuality.AT_LEAST, False),
        (LagQuality.APPROXIMATE, None),
    ],
)
def test_l3_only_a_lag_that_is_sure_or_a_bound_is_carried_on(quality: LagQuality, complete: bool | None) -> None:
    known = from_reading(Reading(holed(), group(entry(4)), Lag(5, quality, "Why.")))

    assert (known.complete if known else None) is complete
