"""Facts that plans freeze: pending entries by columns, and as they were frozen before that."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams_admin.facts import PendingColumns, PendingFact, encode
from streams_admin.models import Action, Kind
from streams_admin.remedies import facts_of
from streams_admin.remedies.claim import ClaimFacts

# Few values, so that neighbours are often alike.
facts = st.builds(
    PendingFact,
    id=st.integers(1, 2**63).map("{}-1".format),
    owner=st.sampled_from([b"", b"w-1", b"\xff"]),
    deliveries=st.integers(0, 1),
    idle_ms=st.integers(-1, 1),
)
bounds = st.none() | st.integers(-9, 9)
steps = st.none() | st.integers(1, 3)


@given(st.lists(facts, max_size=8), st.builds(slice, bounds, bounds, steps))
def test_columns_are_read_counted_and_sliced_like_the_list_that_they_stand_for(
    listed: list[PendingFact], part: slice
) -> None:
    columns = PendingColumns.of(listed)

    assert (list(columns), len(columns)) == (listed, len(listed))
    assert [columns[at] for at in range(-len(listed), len(listed))] == [*listed, *listed]
    # The very same columns: plans of the same entries are the same.
    assert columns[part] == PendingColumns.of(listed[part])
    assert list(columns[part]) == listed[part]


def test_columns_end_where_a_list_ends() -> None:
    with pytest.raises(IndexError):
        PendingColumns.of([PendingFact("1-1", b"w", 1, 0)])[1]


def test_entries_that_one_read_delivered_are_one_run() -> None:
    read = PendingColumns.of(PendingFact(f"{number}-1", b"w", 1, 60_000) for number in range(1000))

    assert (len(read.runs), len(msgspec.json.encode(encode(read)))) == (1, 7_930)


def test_a_plan_that_was_frozen_entry_by_entry_is_read_as_it_was() -> None:
    rows = [["1-1", "dy0x", 2, 1000], ["2-1", "dy0x", 2, 1000], ["3-1", "dy0y", 1, 5]]
    frozen = {
        "run_id": "r",
        "key": "aw==",
        "group": "Zw==",
        "entries": rows,
        "consumer": "dw==",
        "creates_consumer": False,
    }

    found = facts_of(Action(kind=Kind.CLAIM, facts=frozen))

    assert isinstance(found, ClaimFacts)
    assert list(found.entries) == [
        PendingFact("1-1", b"w-1", 2, 1000),
        PendingFact("2-1", b"w-1", 2, 1000),
        PendingFact("3-1", b"w-2", 1, 5),
    ]
