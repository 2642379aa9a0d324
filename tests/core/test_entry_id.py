from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.entry_id import LARGEST, EntryId

halves = st.integers(0, LARGEST)
ids = st.builds(EntryId, halves, halves)


@given(ids)
def test_an_id_survives_its_text_as_bytes_and_as_str(entry_id: EntryId) -> None:
    assert EntryId.parse(str(entry_id)) == entry_id
    assert EntryId.parse(str(entry_id).encode()) == entry_id


@given(ids)
def test_nothing_lies_between_an_id_and_the_next(entry_id: EntryId) -> None:
    if entry_id == (LARGEST, LARGEST):
        with pytest.raises(OverflowError):
            entry_id.next()
        return

    following = entry_id.next()

    assert following > entry_id
    assert (following.ms, following.seq) in ((entry_id.ms, entry_id.seq + 1), (entry_id.ms + 1, 0))


def test_ids_are_compared_as_numbers_and_not_as_text() -> None:
    ordered = [EntryId.parse(text) for text in ("9-9", "9-10", "10-0", f"{LARGEST}-0", f"{LARGEST}-{LARGEST}")]

    assert all(lower < higher for lower, higher in pairwise(ordered))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "1-",
        "-1",
        "1-2-3",
        "+1",
        " 1",
        "1_0",
        "1.5",
        "1-x",
        "٣",
        "x",
        "1-1\n",
        f"{LARGEST + 1}",
        f"0-{LARGEST + 1}",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    for form in (text, text.encode()):
        with pytest.raises(ValueError, match="entry id"):
            EntryId.parse(form)


def test_a_missing_sequence_is_zero() -> None:
    assert EntryId.parse("1526919030474") == (1526919030474, 0)
