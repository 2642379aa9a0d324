"""Series: gaps stay gaps, and thinning loses no peak."""

from hypothesis import given
from hypothesis import strategies as st

from dashboard.history.blocks import Column, Row, pack, unpack
from dashboard.history.series import join, thin

FOREVER = {"since": 0.0, "until": 1e12}


def _block(*rows: Row, groups: tuple[bytes, ...] = (), interval_s: float = 1.0) -> bytes:
    return pack(rows, groups=groups, interval_s=interval_s)


def test_missing_samples_are_one_row_of_none_between_the_blocks() -> None:
    before = _block((1000, 5, 1.5, None, 0), (2000, 6, 1.5, None, 0))
    after = _block((9000, 7, None, None, 0))

    series = join([unpack(after), unpack(before)], **FOREVER)

    assert series.at == [1.0, 2.0, 3.0, 9.0]
    assert series.length == [5, 6, None, 7]
    assert series.added_per_s == [1.5, 1.5, None, None]


def test_a_group_that_appears_later_has_no_earlier_values() -> None:
    before = _block((1000, 5, None, None, 0))
    after = _block((2000, 5, None, None, 3, 40, 1.0, 2.0, 0.5, 3), groups=(b"g\xff",))

    series = join([unpack(before), unpack(after)], **FOREVER)

    assert series.groups[b"g\xff"].lag == [None, 40]
    assert series.groups[b"g\xff"].pending == [None, 3]


def test_only_the_asked_time_is_returned() -> None:
    block = _block(*((second * 1000, second, None, None, None) for second in range(20)))

    assert join([unpack(block)], since=5.0, until=7.0).length == [5, 6, 7]


def test_a_clock_set_back_leaves_the_points_in_order() -> None:
    first = _block((100_000, 1, None, None, None), (101_000, 2, None, None, None))
    second = _block((100_500, 3, None, None, None), (101_500, 4, None, None, None))

    assert join([unpack(first), unpack(second)], **FOREVER).at == [100.0, 100.5, 101.0, 101.5]


columns = st.lists(st.none() | st.integers(-1000, 1000), min_size=1, max_size=300)


@given(columns, st.integers(3, 30))
def test_thinning_keeps_the_smallest_and_the_largest_value_and_the_number_of_points(column: Column, most: int) -> None:
    at = [float(second) for second in range(len(column))]

    times, (thinned,) = thin(at, [column], most=most)

    known = [value for value in column if value is not None]
    kept = [value for value in thinned if value is not None]
    assert len(times) == len(thinned) <= most
    assert times == sorted(times)
    assert (min(kept, default=None), max(kept, default=None)) == (min(known, default=None), max(known, default=None))
    assert (None in thinned) == (None in column)
