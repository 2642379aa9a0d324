"""Hostile intervals (E4): whatever is done to a stream's counters, "added" is never negative and never beyond its bound."""

from random import Random

import pytest

from tests.proofs.resets import Resets
from tests.servers import Kind, running

COUNTING = [kind for kind in Kind if kind.counts]


@pytest.mark.parametrize("noise", [0, 40], ids=["alone", "beside another key"])
@pytest.mark.parametrize("kind", COUNTING, ids=str)
def test_added_is_never_negative_never_above_what_the_server_was_told_and_mostly_exact(kind: Kind, noise: int) -> None:
    with running(kind) as server:
        verdicts = Resets(server, Random(4), noise=noise).run(400)

    assert verdicts.negative == 0
    assert verdicts.beyond_calls == 0
    said = verdicts.exact + verdicts.too_low + verdicts.too_high
    assert said > 200  # what is silent is never wrong
    assert verdicts.exact >= 0.96 * said


def test_redis_6_counts_nothing_and_is_never_too_high() -> None:
    with running(Kind.REDIS_6) as server:
        verdicts = Resets(server, Random(4), noise=40).run(100)

    assert (verdicts.negative, verdicts.too_high) == (0, 0)
