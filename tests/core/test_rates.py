import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.entry_id import ZERO, EntryId
from dashboard.core.lag import derive_lag
from dashboard.core.rates import Reading, acknowledged_between, added_between, delivered_between, per_second
from dashboard.core.sample import GroupSample, StreamSample
from tests.core.samples import group, stream


def entry(seq: int) -> EntryId:
    return EntryId(5, seq)


def upto(last: int, *, first: int = 1, **facts: object) -> StreamSample:
    """Entries first … last, of which `last` were ever added."""
    return stream(entry(first), entry(last), last - first + 1, **({"entries_added": last} | facts))


TEN = upto(10)


@pytest.mark.parametrize(
    ("before", "after", "added"),
    [
        pytest.param(TEN, TEN, 0, id="nothing happened"),
        pytest.param(TEN, upto(15), 5, id="five came"),
        pytest.param(TEN, upto(15, first=12), 5, id="five came, eleven were trimmed"),
        pytest.param(stream(None, None, 0), upto(3), 3, id="the first came to an empty stream"),
        pytest.param(
            TEN, stream(None, None, 0, entries_added=12, last_generated_id=entry(12)), 2, id="all were trimmed"
        ),
        pytest.param(TEN, upto(3), None, id="deleted and made again: the counter fell"),
        pytest.param(TEN, stream(EntryId(4, 1), EntryId(4, 20), 20), None, id="made again with smaller ids"),
        pytest.param(TEN, stream(EntryId(6, 1), EntryId(6, 20), 20), None, id="made again, larger than before"),
        pytest.param(TEN, upto(10, entries_added=1_000_000), None, id="XSETID raised the counter alone"),
        pytest.param(upto(10, entries_added=None), upto(12, entries_added=None), None, id="6.2 does not count"),
    ],
)
def test_added_entries_are_counted_or_the_series_restarts(
    before: StreamSample, after: StreamSample, added: int | None
) -> None:
    assert added_between(before, after) == added


def test_more_entries_than_calls_are_a_gap() -> None:
    assert added_between(TEN, upto(15), at_most=5) == 5
    assert added_between(TEN, upto(15), at_most=4) is None


def _three(*, length: int, last: int) -> StreamSample:
    """What is left of three entries, the last of which was deleted first."""
    facts = {"entries_added": 3, "last_generated_id": entry(3), "max_deleted_id": entry(3)}
    return stream(entry(1), entry(last), length, **facts)


def read(of: StreamSample, delivered: int, **facts: object) -> Reading:
    own: GroupSample = group(entry(delivered) if delivered else ZERO, **facts)
    return Reading(of, own, derive_lag(of, own, trusted=True))


@pytest.mark.parametrize(
    ("before", "after", "delivered"),
    [
        pytest.param(read(TEN, 4, server_lag=6), read(upto(15), 4, server_lag=11), 0, id="it did not move"),
        pytest.param(read(TEN, 4, server_lag=6), read(upto(15), 12, server_lag=3), 8, id="it moved by eight"),
        pytest.param(read(TEN, 10), read(upto(15), 15), 5, id="it is at the end both times"),
        pytest.param(read(TEN, 8, server_lag=2), read(TEN, 4, server_lag=6), None, id="it was set back"),
        pytest.param(read(TEN, 4), read(upto(15), 12, server_lag=3), None, id="its lag was not known"),
        pytest.param(
            read(TEN, 4, server_lag=6), read(upto(15, first=9), 12, server_lag=3), None, id="trimming overtook it"
        ),
        pytest.param(
            read(TEN, 4, server_lag=6),
            read(upto(15, max_deleted_id=entry(7)), 12, server_lag=3),
            None,
            id="an entry ahead of it was deleted",
        ),
        pytest.param(
            read(_three(length=2, last=2), 0),
            read(_three(length=1, last=1), 1),
            None,
            id="an entry ahead of it was deleted below another one",
        ),
        pytest.param(
            read(TEN, 4, server_lag=6, entries_read=4),
            read(upto(15, first=9), 12, server_lag=3, entries_read=12),
            None,
            id="trimming overtook it, and newer servers count what was lost as read",
        ),
        pytest.param(read(TEN, 13), read(upto(16), 16), None, id="it stood ahead: not all that came was for it"),
        pytest.param(read(TEN, 13), read(upto(16), 13), 0, id="it stood ahead and was given nothing"),
    ],
)
def test_t2_delivered_entries_are_counted_only_where_none_was_lost(
    before: Reading, after: Reading, delivered: int | None
) -> None:
    added = added_between(before.stream, after.stream)

    assert delivered_between(before, after, added) == delivered


def test_nothing_is_known_of_deliveries_across_a_restart_of_the_series() -> None:
    assert delivered_between(read(TEN, 10), read(upto(15), 15), None) is None


@pytest.mark.parametrize(
    ("before", "after", "delivered", "acknowledged"),
    [(3, 5, 2, 0), (3, 3, 2, 2), (3, 0, 2, 5), (3, 6, 2, None), (3, 3, None, None), (0, 0, 0, 0)],
)
def test_acknowledged_is_what_was_delivered_and_is_not_pending(
    before: int, after: int, delivered: int | None, acknowledged: int | None
) -> None:
    assert acknowledged_between(group(pending=before), group(pending=after), delivered) == acknowledged


@pytest.mark.parametrize(
    ("count", "elapsed", "rate"),
    [(10, 2.0, 5.0), (0, 1.0, 0.0), (None, 1.0, None), (3, None, None), (3, 0.0, None), (3, -1.0, None)],
)
def test_a_rate_needs_time_to_have_passed(count: int | None, elapsed: float | None, rate: float | None) -> None:
    assert per_second(count, elapsed) == rate


@st.composite
def any_streams(draw: st.DrawFn) -> StreamSample:
    """Any stream that a hostile or confused server could answer with."""
    length, first = draw(st.integers(0, 30)), draw(st.integers(0, 30))
    last = first + draw(st.integers(0, 30))
    return stream(
        entry(first) if length else None,
        entry(last) if length else None,
        length,
        entries_added=draw(st.none() | st.integers(0, 60)),
        max_deleted_id=entry(draw(st.integers(0, 40))),
        last_generated_id=entry(draw(st.integers(0, 60))),
    )


any_groups = st.builds(
    lambda seq, lag, count, pending: group(entry(seq), server_lag=lag, entries_read=count, pending=pending),
    st.integers(0, 60),
    st.none() | st.integers(-9, 40),
    st.none() | st.integers(-9, 60),
    st.integers(0, 30),
)


@given(any_streams(), any_streams(), any_groups, any_groups)
def test_no_rate_is_ever_negative(
    stream_before: StreamSample, stream_after: StreamSample, group_before: GroupSample, group_after: GroupSample
) -> None:
    before = Reading(stream_before, group_before, derive_lag(stream_before, group_before, trusted=True))
    after = Reading(stream_after, group_after, derive_lag(stream_after, group_after, trusted=True))

    added = added_between(stream_before, stream_after)
    delivered = delivered_between(before, after, added)
    acknowledged = acknowledged_between(group_before, group_after, delivered)

    assert all(count is None or count >= 0 for count in (added, delivered, acknowledged))
