"""Streams that are left out of some sweeps keep their numbers, and their rates stay right over the longer time."""

import msgspec

from dashboard.core.deriver import Deriver
from dashboard.core.metrics import StreamMetrics
from dashboard.core.sample import ServerInfo, StreamSample
from tests.core.samples import NOON, at, group, stream, swept

VALKEY = ServerInfo(run_id="a", product="valkey", version="9.1.2", role="master", xadd_calls=0)
ORDERS, BILLS = b"orders", b"bills"


def sample(last: int, delivered: int = 0, key: bytes = ORDERS) -> StreamSample:
    own = group(at(delivered), entries_read=delivered, server_lag=last - delivered)
    return stream(at(1), at(last), last, key=key, groups=(own,))


class Watch:
    """A deriver that is told of two streams; `orders` is left out of a sweep where it is None."""

    def __init__(self) -> None:
        self.deriver = Deriver()
        self.info = VALKEY
        self.now = NOON + 100

    def see(self, orders: StreamSample | None, *, calls: int | None = None) -> StreamMetrics:
        if calls is not None:
            self.info = msgspec.structs.replace(self.info, xadd_calls=calls)
        self.now += 1
        read = [sample(5, 5, BILLS)] if orders is None else [orders, sample(5, 5, BILLS)]
        sweep = swept(self.now, *read, held=(ORDERS,) if orders is None else ())
        tick = self.deriver.take(sweep, info=self.info, memory={}, interval_s=1.0)
        assert list(tick.streams) == [ORDERS, BILLS]
        return tick.streams[ORDERS]


def test_a_stream_that_is_left_out_keeps_its_metrics() -> None:
    watch = Watch()
    before = [watch.see(sample(10, 4)) for _ in range(3)][-1]

    assert watch.see(None) is before
    assert watch.see(None) is before


def test_its_rates_are_over_the_time_since_it_was_read() -> None:
    watch = Watch()
    for _ in range(3):
        watch.see(sample(10, 4))
    for _ in range(3):
        watch.see(None)

    metrics = watch.see(sample(30, 24))

    assert metrics.added_per_s == 5
    assert metrics.groups[0].delivered_per_s == 5


def test_rates_are_over_one_interval_again_afterwards() -> None:
    watch = Watch()
    watch.see(sample(10, 4))
    watch.see(None)
    watch.see(sample(30, 24))

    assert watch.see(sample(37, 24)).added_per_s == 7


def test_a_stream_without_change_ages_over_what_was_left_out() -> None:
    watch = Watch()
    for _ in range(3):
        before = watch.see(sample(10, 4))
    for _ in range(3):
        watch.see(None)

    after = watch.see(sample(10, 4))

    assert (before.groups[0].time_lag_s, after.groups[0].time_lag_s) != (None, None)
    assert after.groups[0].time_lag_s - before.groups[0].time_lag_s == 4  # type: ignore[operator]
    assert after.added_per_s == 0


def test_a_restart_that_it_slept_through_is_a_gap() -> None:
    watch = Watch()
    for _ in range(3):
        watch.see(sample(10, 4))
    watch.see(None)
    watch.info = msgspec.structs.replace(watch.info, run_id="b")
    watch.see(None)
    watch.see(None)

    assert watch.see(sample(30, 24)).added_per_s is None
    assert watch.see(sample(32, 24)).added_per_s == 2


def test_more_than_all_calls_since_it_was_read_is_a_gap_and_fewer_is_none() -> None:
    rates = []
    for calls in (19, 20):
        watch = Watch()
        for _ in range(3):
            watch.see(sample(10, 4), calls=100)
        watch.see(None)
        watch.see(None, calls=100 + calls // 2)
        rates.append(watch.see(sample(30, 24), calls=100 + calls).added_per_s)

    assert rates == [None, 20 / 3]


def test_a_stream_that_is_no_longer_watched_is_forgotten() -> None:
    watch = Watch()
    watch.see(sample(10, 4))
    watch.see(None)
    gone = swept(watch.now + 1, sample(5, 5, BILLS))

    tick = watch.deriver.take(gone, info=watch.info, memory={}, interval_s=1.0)

    assert list(tick.streams) == [BILLS]
