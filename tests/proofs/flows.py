"""Brute force for what is made of sums over time: mean processing time, and the time until a lag is gone.

A sum ends with the last sample and begins at one of those before. At which one is left to the product, within bounds; from
there on, each entry and each second of which something is known must be in it.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

import msgspec
import pytest

from tests.proofs.past import Past, count

_AT_LEAST_S = 30.0  # what was acknowledged since then is in a sum of processing time
_AT_MOST_S = 120.0  # what ended before is in none
_FORETELLS_S = 5.0  # of known rates, at least


class Interval(msgspec.Struct, frozen=True):
    """Between two samples."""

    until: float
    seconds: float
    pending: int  # when it began
    net: int | None  # delivered less added
    acknowledged: int | None
    quiet: bool  # nothing happened, so that the time may be counted with the next interval in which something does


class Sum(msgspec.Struct, frozen=True):
    """Seconds, or seconds of all that was pending, at least and at most, and what came of it."""

    since: float  # the end of its first interval
    least: float
    most: float
    total: int


def check_flow(past: Past) -> None:
    """Processing time and drain time follow from a sum, or nothing is said."""
    said = past.rows[-1].said
    if said.processing_s is not None:
        found = list(_processing(past))
        fits = any(_within(said.processing_s * one.total, one.least, one.most) for one in found if one.total)
        assert fits, f"processing {said.processing_s} s, by counting {found}"
    lag = said.lag.value
    if not lag:
        assert (said.drain_s, said.never_drains) == ((None if lag is None else 0.0), False)
    elif said.never_drains:
        assert said.drain_s is None
        assert any(one.total <= 0 for one in _draining(past)), f"never drains, by counting {list(_draining(past))}"
    elif said.drain_s is not None:
        found = list(_draining(past))
        fits = any(_within(said.drain_s * one.total, lag * one.least, lag * one.most) for one in found if one.total > 0)
        assert fits, f"drains {lag} in {said.drain_s} s, by counting {found}"


def _within(value: float, least: float, most: float) -> bool:
    return least <= value <= most or value in (pytest.approx(least), pytest.approx(most))


def _processing(past: Past) -> Iterator[Sum]:
    ends = [one.until for one in _intervals(past)]
    sums = _sums(past, lambda one: one.pending * one.seconds, lambda one: one.acknowledged, still=False)
    for one, before in zip(sums, [*reversed(ends[:-1]), 0.0], strict=False):
        if past.now - before >= _AT_LEAST_S:
            yield one


def _draining(past: Past) -> Iterator[Sum]:
    sums = _sums(past, lambda one: one.seconds, lambda one: one.net, still=True)
    return (one for one in sums if one.most >= _FORETELLS_S)


def _sums(
    past: Past, weight: Callable[[Interval], float], came: Callable[[Interval], int | None], *, still: bool
) -> Iterator[Sum]:
    """The sums of the last interval, of the last two, and so on. `still`: quiet time until now counts already."""
    least, most, total, counts = 0.0, 0.0, 0, still
    for one in reversed(list(_intervals(past))):
        amount = came(one)
        if not one.quiet:
            counts = amount is not None
            if past.now - one.until > _AT_MOST_S:
                return
        if amount is not None:
            least, most, total = least + counts * weight(one), most + weight(one), total + amount
        yield Sum(one.until, least, most, total)


def _intervals(past: Past) -> Iterator[Interval]:
    for before, row in pairwise(past.rows):
        delivered, acknowledged = (
            count(row.said.delivered_per_s, row.elapsed_s),
            count(row.said.acked_per_s, row.elapsed_s),
        )
        net = delivered - row.added if delivered is not None and row.added is not None else None
        quiet = delivered == row.added == acknowledged == 0
        yield Interval(row.at, row.at - before.at, before.said.pending, net, acknowledged, quiet)
