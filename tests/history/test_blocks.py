"""Packing points and reading them back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.history.blocks import Block, pack, unpack
from dashboard.history.metrics import GROUP_METRICS, STREAM_METRICS, Column, Key, Kind, Track, samples

whole = st.none() | st.integers(0, 2**53)


def fraction(parts: int) -> st.SearchStrategy[float | None]:
    return st.none() | st.integers(0, 10**9).map(lambda number: number / parts)


@st.composite
def blocks(draw: st.DrawFn) -> tuple[list[int], dict[Key, Column]]:
    groups = draw(st.lists(st.binary(max_size=20), max_size=3, unique=True))
    count = draw(st.integers(1, 12))
    at_ms = sorted(draw(st.sets(st.integers(0, 2**42), min_size=count, max_size=count)))
    owned = [(None, metric) for metric in STREAM_METRICS] + [(name, m) for name in groups for m in GROUP_METRICS]
    columns: dict[Key, Column] = {
        (group, metric.name): draw(
            st.lists(fraction(metric.parts) if metric.parts > 1 else whole, min_size=count, max_size=count)
        )
        for group, metric in owned
    }
    return at_ms, columns


@given(blocks())
def test_what_is_read_back_is_what_was_packed_whatever_is_unknown(block: tuple[list[int], dict[Key, Column]]) -> None:
    at_ms, columns = block
    packed = pack(
        Block(at_ms, {key: samples(column) for key, column in columns.items()}, kind=Kind.STREAM, interval_ms=1000)
    )

    read = unpack(packed)

    assert (read.at_ms, read.interval_ms, read.counts) == (at_ms, 1000, None)
    known = {key: column for key, column in columns.items() if any(value is not None for value in column)}
    assert {key: track.last for key in read.keys if (track := read.track(key))} == known


points = st.lists(st.lists(st.integers(0, 10**6), min_size=1, max_size=5) | st.none(), min_size=1, max_size=8)


@given(points, st.booleans())
def test_least_most_and_last_are_exact_and_the_mean_is_to_a_hundredth_of_the_way_between(
    values: list[list[int] | None], fraction: bool
) -> None:
    scale, name = (100, "added_per_s") if fraction else (1, "length")
    track = Track(
        *(
            [None if of is None else what(of) / scale if fraction else what(of) for of in values]
            for what in (min, lambda of: sum(of) / len(of), max, lambda of: of[-1])
        )
    )
    at_ms, counts = [10_000 * number for number in range(len(values))], [len(of or ()) for of in values]

    read = unpack(
        pack(Block(at_ms, {(None, name): track}, kind=Kind.STREAM, interval_ms=1000, step_ms=10_000, counts=[*counts]))
    )

    its = read.track((None, name))
    if all(of is None for of in values):
        assert its is None
        return
    assert its is not None
    assert (its.least, its.most, its.last, read.counts) == (track.least, track.most, track.last, counts)
    for mean, wanted, least, most in zip(its.mean, track.mean, track.least, track.most, strict=True):
        if wanted is None or mean is None or least is None or most is None:
            assert mean is wanted
        else:
            assert abs(mean - wanted) <= (most - least) / 100 + 1e-9


def test_of_a_step_the_least_sure_is_kept_and_nothing_where_there_was_no_number() -> None:
    key: Key = (b"billing", "lag_quality")
    codes: Column = [0, 3, None]
    track = Track([0, 0, None], [0.5, 2.5, None], codes, [0, 1, None])

    read = unpack(
        pack(Block([0, 10, 20], {key: track}, kind=Kind.STREAM, interval_ms=1000, step_ms=10, counts=[1, 2, 1]))
    )

    assert read.track(key) == samples(codes)


@pytest.mark.parametrize("packed", [b"", b"nonsense", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_bytes_that_are_no_block_are_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="no block of history"):
        unpack(packed)
