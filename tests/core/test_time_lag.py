import pytest

from dashboard.core.entry_id import EntryId
from dashboard.core.time_lag import is_clock, oldest_waiting, time_lag_s
from tests.core.samples import NOON, at, group, stream


@pytest.mark.parametrize(
    ("entry_id", "clock"),
    [
        (at(0), True),
        (at(3_600_000), True),  # an hour ahead: clocks differ
        (at(2 * 86_400_000), False),
        (EntryId(1, 0), False),
        (EntryId(1_400_000_000_000, 0), False),
        (EntryId(2**64 - 1, 0), False),
    ],
)
def test_ids_are_a_clock_only_where_they_can_be_a_time(entry_id: EntryId, clock: bool) -> None:
    assert is_clock(entry_id, NOON) is clock


def test_the_first_entry_is_measured_from_where_the_group_stands_before_it() -> None:
    assert oldest_waiting(stream(at(-500), at(0), 2), group(at(-900)), None) == at(-500)


def test_an_entry_that_was_looked_up_is_measured_from() -> None:
    assert oldest_waiting(stream(at(-9000), at(0), 9), group(at(-8000)), at(-3000)) == at(-3000)


def test_the_last_delivered_entry_stands_in_only_where_that_errs_by_a_second_at_most() -> None:
    assert oldest_waiting(stream(at(-9000), at(0), 9), group(at(-1000)), None) == at(-1000)
    assert oldest_waiting(stream(at(-9000), at(0), 9), group(at(-1001)), None) is None


def test_time_lag_is_the_age_in_seconds_and_never_negative() -> None:
    assert time_lag_s(NOON, at(-1500)) == pytest.approx(1.5)
    assert time_lag_s(NOON, at(5000)) == 0.0


def test_time_lag_is_unknown_where_ids_are_no_clock() -> None:
    assert time_lag_s(NOON, EntryId(7, 1)) is None
    assert time_lag_s(NOON, None) is None
