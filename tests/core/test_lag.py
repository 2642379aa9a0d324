from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.entry_id import LARGEST, EntryId
from dashboard.core.lag import LagQuality, derive_lag, trusts_server_lag
from dashboard.core.sample import GroupSample, ServerInfo, StreamSample
from tests.core.samples import group, stream

EXACT, APPROXIMATE, UNKNOWN = LagQuality.EXACT, LagQuality.APPROXIMATE, LagQuality.UNKNOWN


def entry(seq: int) -> EntryId:
    return EntryId(5, seq)


TEN = stream(entry(1), entry(10), 10)


@pytest.mark.parametrize(
    ("case", "value", "quality", "says"),
    [
        ((stream(None, None, 0), group(server_lag=7)), 0, EXACT, "empty"),
        ((TEN, group(entry(10), server_lag=3)), 0, EXACT, "last entry"),
        ((TEN, group(entry(99))), 0, EXACT, "ahead"),
        ((stream(entry(1), entry(8), 8, last_generated_id=entry(10)), group(entry(9))), 0, EXACT, "last entry"),
        ((TEN, group(EntryId(0, 0))), 10, EXACT, "every entry waits"),
        ((TEN, group(EntryId(0, 0), server_lag=-99)), 10, EXACT, "every entry waits"),
        ((TEN, group(entry(4), server_lag=None)), None, UNKNOWN, "does not say"),
        (
            (stream(entry(1), entry(10), 9, max_deleted_id=entry(7)), group(entry(4), server_lag=5)),
            None,
            UNKNOWN,
            "deleted",
        ),
        (
            (stream(entry(1), entry(10), 9, max_deleted_id=entry(3)), group(entry(4), server_lag=6)),
            6,
            EXACT,
            "own count",
        ),
        ((TEN, group(entry(4), server_lag=0)), None, UNKNOWN, "not possible"),
        ((TEN, group(entry(4), server_lag=10)), None, UNKNOWN, "not possible"),
        ((TEN, group(entry(4), server_lag=-99)), None, UNKNOWN, "not possible"),
        ((TEN, group(entry(4), server_lag=6)), 6, EXACT, "own count"),
        ((stream(entry(1), entry(10), 10, max_deleted_id=None), group(entry(4))), None, UNKNOWN, "does not say"),
    ],
)
def test_lag_is_what_the_ids_prove_before_what_the_server_says(
    case: tuple[StreamSample, GroupSample], value: int | None, quality: LagQuality, says: str
) -> None:
    lag = derive_lag(*case, trusted=True)

    assert (lag.value, lag.quality) == (value, quality)
    assert says in lag.reason


def test_the_word_of_an_older_server_is_approximate() -> None:
    lag = derive_lag(TEN, group(entry(4), server_lag=6), trusted=False)

    assert (lag.value, lag.quality) == (6, APPROXIMATE)


def test_what_the_ids_prove_is_exact_on_an_older_server_too() -> None:
    assert derive_lag(TEN, group(entry(10)), trusted=False).quality is EXACT


positions = st.builds(EntryId, st.integers(0, 3) | st.just(LARGEST), st.integers(0, 3) | st.just(LARGEST))


@given(st.data())
def test_a_lag_is_within_the_length_or_unknown_whatever_a_server_answers(data: st.DataObject) -> None:
    first, last = sorted(data.draw(st.tuples(positions, positions)))
    length = data.draw(st.integers(0, 20))
    facts: dict[str, Any] = {
        "max_deleted_id": data.draw(st.none() | positions),
        "entries_added": data.draw(st.none() | st.integers(0, 99)),
        "last_generated_id": data.draw(positions),
    }
    of = stream(first, last, length, **facts) if length else stream(None, None, 0, **facts)
    a_group = group(data.draw(positions), server_lag=data.draw(st.none() | st.integers(-99, 99)))

    lag = derive_lag(of, a_group, trusted=data.draw(st.booleans()))

    assert (lag.value is None) == (lag.quality is UNKNOWN)
    assert lag.value is None or 0 <= lag.value <= length
    assert lag.reason.endswith(".")


@pytest.mark.parametrize(
    ("product", "version", "trusted"),
    [
        ("redis", "6.2.5", False),
        ("redis", "7.0.15", False),
        ("redis", "8.1.9", False),
        ("redis", "8.2.0", True),
        ("redis", "8.10.1", True),
        ("redis", "10.0", True),
        ("valkey", "8.0.4", False),
        ("valkey", "8.1.0-rc1", True),
        ("valkey", "9.1.2", True),
        ("", "", False),
        ("keydb", "9.9.9", False),
        ("redis", "unstable", False),
    ],
)
def test_a_server_is_trusted_by_product_and_version(product: str, version: str, trusted: bool) -> None:
    info = ServerInfo(run_id="1", product=product, version=version, role="master")

    assert trusts_server_lag(info) is trusted


def test_a_server_that_does_not_tell_its_version_is_not_trusted() -> None:
    assert trusts_server_lag(None) is False
