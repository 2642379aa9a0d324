"""Packing points and reading them back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.history.blocks import Row, pack, unpack

whole = st.none() | st.integers(0, 2**53)
fraction = st.none() | st.integers(0, 10**9).map(lambda thousandths: thousandths / 1000)
stream_part = st.tuples(whole, fraction, whole, whole)
group_part = st.tuples(whole, fraction, fraction, fraction, whole)


@st.composite
def blocks(draw: st.DrawFn) -> tuple[tuple[bytes, ...], list[Row]]:
    groups = tuple(draw(st.lists(st.binary(max_size=20), max_size=3, unique=True)))
    start = draw(st.integers(0, 2**42))
    rows = []
    for second in range(draw(st.integers(1, 12))):
        row: Row = (start + second * 1000, *draw(stream_part))
        for _ in groups:
            row += draw(group_part)
        rows.append(row)
    return groups, rows


@given(blocks())
def test_what_is_read_back_is_what_was_packed_whatever_is_unknown(block: tuple[tuple[bytes, ...], list[Row]]) -> None:
    groups, rows = block

    read = unpack(pack(rows, groups=groups, interval_s=1.0))

    assert (read.groups, read.interval_s) == (groups, 1.0)
    assert list(zip(read.at_ms, *read.columns, strict=True)) == rows


def test_ten_seconds_of_a_stream_with_two_groups_take_less_than_400_bytes() -> None:
    rows: list[Row] = [
        (1_763_925_000_000 + i * 1003, 5000 + i * 41, 41.1 + i, 812_000, 12, *(40 + i, 40.2, 39.7, 0.9, 12) * 2)
        for i in range(10)
    ]

    assert len(pack(rows, groups=(b"billing", b"audit"), interval_s=1.0)) < 400


@pytest.mark.parametrize("points", [b"", b"nonsense", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_bytes_that_are_no_block_are_refused(points: bytes) -> None:
    with pytest.raises(ValueError, match="no block of history"):
        unpack(points)
