"""A survey of pending entries: its bars hold every entry once, and what is wrong is named, worst first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.entry_id import EntryId
from dashboard.core.sample import StreamSample
from dashboard.core.survey import DELIVERIES, NAMED, WAITS_S, Pending, doubted, survey

NO_IDS: list[EntryId] = []


def stream(first: int | None, *, max_deleted: int | None = 0) -> StreamSample:
    entry = None if first is None else EntryId(first, 0)
    return StreamSample(
        key=b"orders",
        length=0 if first is None else 9,
        last_generated_id=EntryId(99, 0),
        first_id=entry,
        last_id=entry,
        entries_added=99,
        max_deleted_id=None if max_deleted is None else EntryId(max_deleted, 0),
        groups=(),
    )


def pending(number: int, *, idle_s: float = 1.0, deliveries: int = 1) -> Pending:
    return Pending(EntryId(number, 0), b"ann", idle_s, deliveries)


@given(
    st.lists(
        st.tuples(
            st.floats(-5, 10**8, allow_nan=False),
            st.integers(0, 10**6),
        )
    )
)
def test_the_bars_hold_every_entry_once(found: list[tuple[float, int]]) -> None:
    rows = [pending(at, idle_s=idle_s, deliveries=deliveries) for at, (idle_s, deliveries) in enumerate(found)]

    seen = survey(rows, stream(0), missing=NO_IDS, searched=True, complete=True)

    assert sum(seen.waits.counts) == sum(seen.deliveries.counts) == seen.looked_at == len(rows)


@pytest.mark.parametrize(
    ("idle_s", "begins"),
    [(0, 0), (9.9, 0), (10, 10), (59, 10), (60, 60), (86_399, 3600), (86_400, 86_400), (10**8, 86_400)],
)
def test_a_wait_is_counted_in_the_bar_that_begins_at_or_below_it(idle_s: float, begins: int) -> None:
    seen = survey([pending(1, idle_s=idle_s)], stream(0), missing=NO_IDS, searched=True, complete=True)

    assert seen.waits.counts[WAITS_S.index(begins)] == 1


@pytest.mark.parametrize(
    ("deliveries", "begins"), [(0, 0), (1, 0), (2, 2), (4, 3), (5, 5), (9, 5), (10, 10), (999, 10)]
)
def test_deliveries_are_counted_in_the_bar_that_begins_at_or_below_them(deliveries: int, begins: int) -> None:
    seen = survey([pending(1, deliveries=deliveries)], stream(0), missing=NO_IDS, searched=True, complete=True)

    assert seen.deliveries.counts[DELIVERIES.index(begins)] == 1


def test_poison_is_named_by_the_number_of_its_deliveries_and_counted_beyond_what_is_named() -> None:
    rows = [pending(at, deliveries=at) for at in range(1, 40)]

    seen = survey(rows, stream(0), missing=NO_IDS, searched=True, complete=True)

    assert seen.poison == 35
    assert [row.deliveries for row in seen.poisonous] == list(range(39, 39 - NAMED, -1))


def test_ghosts_are_those_below_the_first_entry_and_those_that_were_looked_for_in_vain() -> None:
    rows = [pending(at) for at in (1, 2, 5, 7)]

    seen = survey(rows, stream(3), missing=[EntryId(7, 0)], searched=True, complete=True)

    assert (seen.ghosts, seen.ghosts_at_least) == (3, False)
    assert seen.ghostly == (EntryId(1, 0), EntryId(2, 0), EntryId(7, 0))


def test_in_a_stream_without_entries_everything_pending_is_a_ghost() -> None:
    seen = survey([pending(1), pending(2)], stream(None), missing=NO_IDS, searched=True, complete=True)

    assert seen.ghosts == 2


@pytest.mark.parametrize(("searched", "complete"), [(False, True), (True, False)])
def test_ghosts_are_a_lower_bound_where_not_all_was_looked_at(searched: bool, complete: bool) -> None:
    assert survey([], stream(1), missing=NO_IDS, searched=searched, complete=complete).ghosts_at_least


def test_entries_may_be_gone_up_to_the_largest_deleted_id_and_anywhere_where_that_is_not_told() -> None:
    rows = [pending(at) for at in (1, 4, 6, 9)]

    assert doubted(rows, stream(3, max_deleted=6)) == [EntryId(4, 0), EntryId(6, 0)]
    assert doubted(rows, stream(3, max_deleted=None)) == [EntryId(4, 0), EntryId(6, 0), EntryId(9, 0)]
    assert doubted(rows, stream(None)) == []
