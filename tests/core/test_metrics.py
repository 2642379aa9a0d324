from typing import Any

import pytest

from dashboard.core.deriver import Deriver
from dashboard.core.entry_id import EntryId
from dashboard.core.group_state import STUCK_AFTER_S, WINDOW_S, GroupState
from dashboard.core.metrics import GroupMetrics, ServerTick, StreamMetrics
from dashboard.core.sample import ProblemKind, ServerInfo, StreamProblem, StreamSample, Sweep
from tests.core.samples import NOON, at, group, stream, swept
from tests.counting import calls_of

VALKEY = ServerInfo(run_id="a", product="valkey", version="9.1.2", role="master", xadd_calls=0)


def orders(last: int, delivered: int, *, pending: int = 0, **facts: Any) -> StreamSample:
    """Entries 1 … last, a millisecond apart, with one group that was given the first `delivered` of them."""
    lag = last - delivered
    own = group(at(delivered), pending=pending, entries_read=delivered, server_lag=lag)
    return stream(at(1), at(last), last, **({"groups": (own,)} | facts))


class Watch:
    """A deriver that is fed one stream, a second a sample."""

    def __init__(self, *, info: ServerInfo | None = VALKEY) -> None:
        self.deriver = Deriver()
        self.info = info
        self.now = NOON + 100

    def tick(self, sweep: Sweep, info: ServerInfo | None = None, memory: dict[bytes, int] | None = None) -> ServerTick:
        return self.deriver.take(sweep, info=info or self.info, memory=memory or {}, interval_s=1.0)

    def see(self, sample: StreamSample, **options: Any) -> StreamMetrics:
        tick = self.tick(swept(self.now, sample), **options)
        self.now += 1
        return tick.streams[sample.key]

    def see_group(self, sample: StreamSample) -> GroupMetrics:
        return self.see(sample).groups[0]


def test_the_first_sample_has_no_rates() -> None:
    metrics = Watch().see(orders(10, 4, pending=2))

    assert (metrics.length, metrics.pending, metrics.added_per_s) == (10, 2, None)
    assert (metrics.groups[0].delivered_per_s, metrics.groups[0].acked_per_s) == (None, None)


def test_rates_are_what_happened_over_the_servers_own_time() -> None:
    watch = Watch()
    watch.see(orders(10, 4, pending=2))
    watch.now += 1  # two seconds between the samples

    metrics = watch.see(orders(30, 24, pending=8))

    assert metrics.added_per_s == 10
    assert metrics.groups[0].delivered_per_s == 10
    assert metrics.groups[0].acked_per_s == 7


def test_pending_entries_that_are_given_again_to_a_group_set_back_are_not_acknowledged() -> None:
    watch = Watch()
    watch.see(orders(10, 6, pending=6))
    watch.see(orders(10, 2, pending=6))  # set back: four of the pending entries will be given again

    again, then = watch.see_group(orders(10, 6, pending=6)), watch.see_group(orders(10, 8, pending=7))

    assert (again.delivered_per_s, again.acked_per_s) == (4, None)
    assert (then.delivered_per_s, then.acked_per_s) == (2, 1)


def test_a_stream_to_which_nothing_happens_has_rates_of_zero() -> None:
    watch = Watch()

    seen = [watch.see(orders(10, 10)) for _ in range(4)]

    assert [metrics.added_per_s for metrics in seen] == [None, 0.0, 0.0, 0.0]
    assert seen[3] is seen[2]  # and costs nothing


def test_memory_that_is_read_later_shows_though_nothing_else_changed() -> None:
    watch = Watch()
    for _ in range(3):
        watch.see(orders(10, 10))

    assert watch.see(orders(10, 10), memory={b"orders": 4096}).memory_bytes == 4096
    assert watch.see(orders(10, 10)).memory_bytes is None


def test_a_vanished_stream_restarts_its_series_when_it_comes_back() -> None:
    watch = Watch()
    watch.see(orders(10, 4))
    gone = StreamProblem(b"orders", ProblemKind.VANISHED, "There is no such key.")
    tick = watch.tick(Sweep(at=watch.now, round_trip_s=0.0, streams={}, problems={b"orders": gone}))
    watch.now += 1

    metrics = watch.see(orders(20, 4))

    vanished = tick.streams[b"orders"]
    assert (vanished.length, vanished.pending, vanished.problem) == (None, None, ProblemKind.VANISHED)
    assert metrics.added_per_s is None


@pytest.mark.parametrize(
    "other",
    [
        ServerInfo(run_id="b", product="valkey", version="9.1.2", role="master", xadd_calls=999),
        ServerInfo(run_id="a", product="valkey", version="9.1.2", role="slave", xadd_calls=999),
    ],
)
def test_another_process_or_role_restarts_every_series(other: ServerInfo) -> None:
    watch = Watch()
    for _ in range(3):
        watch.see(orders(10, 10))

    metrics = watch.see(orders(15, 12), info=other)

    assert metrics.added_per_s is None
    assert metrics.groups[0].delivered_per_s is None


def test_after_a_reconnection_only_a_fresh_run_id_tells_that_the_series_goes_on() -> None:
    watch = Watch()
    watch.see(orders(10, 10))

    unsure = watch.tick(swept(watch.now, orders(15, 10), reconnected=True)).streams[b"orders"].added_per_s
    watch.now += 1
    again = calls(5)
    sure = watch.tick(swept(watch.now, orders(20, 10), reconnected=True), info=again).streams[b"orders"].added_per_s

    assert (unsure, sure) == (None, 5)


def test_a_counter_that_rose_without_calls_is_a_gap() -> None:
    watch = Watch()
    watch.see(orders(10, 10), info=calls(10))
    watch.see(orders(10, 10), info=calls(10))

    forged = watch.see(orders(5000, 10), info=calls(10))
    true = watch.see(orders(5010, 10), info=calls(20))

    assert (forged.added_per_s, true.added_per_s) == (None, 10)


def test_counts_of_calls_that_come_seldom_do_not_turn_traffic_into_gaps() -> None:
    watch = Watch()
    info, rates = calls(0), []
    for second in range(1, 20):
        if second % 5 == 0:
            info = calls(second * 10 + 3)  # read a little after the sweep
        rates.append(watch.see(orders(second * 10, 0), info=info).added_per_s)

    assert rates[1:] == [10.0] * 18


def calls(count: int) -> ServerInfo:
    return ServerInfo(run_id="a", product="valkey", version="9.1.2", role="master", xadd_calls=count)


def test_a_clock_set_back_makes_a_gap_and_no_nonsense() -> None:
    watch = Watch()
    watch.see(orders(10, 4))
    watch.now -= 3600

    back = watch.see(orders(15, 5))
    after = watch.see(orders(20, 6))

    assert (back.added_per_s, back.groups[0].delivered_per_s) == (None, None)
    assert after.added_per_s == 5


def test_time_lag_grows_while_nothing_else_does() -> None:
    watch = Watch()

    lags = [watch.see_group(orders(10, 4)).time_lag_s for _ in range(5)]

    assert lags == [pytest.approx(100 + second - 0.004) for second in range(5)]


def test_time_lag_is_zero_where_the_group_has_caught_up() -> None:
    assert Watch().see_group(orders(10, 10)).time_lag_s == 0.0


def test_time_lag_counts_from_the_entry_that_was_looked_up() -> None:
    watch = Watch()
    far = stream(at(1), at(90_000), 3, groups=(group(at(1), server_lag=2),))
    unknown = watch.see_group(far).time_lag_s

    found = watch.tick(swept(watch.now, far, first_undelivered={(b"orders", b"billing"): at(60_000)}))

    assert unknown is None
    assert found.streams[b"orders"].groups[0].time_lag_s == pytest.approx(41)


def test_time_lag_is_unknown_where_ids_are_no_clock() -> None:
    plain = stream(EntryId(1, 0), EntryId(9, 0), 9, groups=(group(EntryId(4, 0), server_lag=5),))

    metrics = Watch().see_group(plain)

    assert (metrics.lag.value, metrics.time_lag_s) == (5, None)


def test_a_lag_of_an_unknown_server_is_approximate_until_it_tells_its_version() -> None:
    watch = Watch(info=None)

    before = watch.see_group(orders(10, 4)).lag.quality
    watch.info = VALKEY
    watch.see(orders(11, 5))

    assert (before, watch.see_group(orders(12, 6)).lag.quality) == ("approximate", "exact")


def test_a_group_stalls_though_every_sample_is_the_same() -> None:
    watch = Watch()
    seen = [watch.see_group(orders(10, 4, pending=4)).state for _ in range(int(STUCK_AFTER_S) + 2)]

    assert seen[0] is GroupState.WAITING
    assert seen[int(WINDOW_S) + 1] is GroupState.STALLED
    assert seen[-1] is GroupState.STALLED


def test_a_quiet_group_with_pending_entries_gets_stuck_though_its_metrics_are_reused() -> None:
    watch = Watch()
    seen = [watch.see_group(orders(10, 10, pending=4)).state for _ in range(int(STUCK_AFTER_S) + 2)]

    assert seen[:300] == [GroupState.OK] * 300
    assert seen[-1] is GroupState.STUCK


def test_a_group_that_comes_and_goes_begins_anew() -> None:
    watch = Watch()
    for _ in range(int(WINDOW_S) + 2):
        watch.see(orders(10, 4))
    watch.see(orders(10, 4, groups=()))

    assert watch.see_group(orders(10, 4)).state is GroupState.WAITING


def test_streams_that_are_not_watched_any_more_are_forgotten() -> None:
    watch = Watch()
    watch.see(orders(10, 4))
    watch.see(orders(10, 4, key=b"other"))

    assert watch.see(orders(20, 4)).added_per_s is None


def test_ten_thousand_quiet_streams_take_few_calls_each() -> None:
    watch = Watch()
    streams = [orders(10, 10, key=b"orders:%d" % number) for number in range(10_000)]
    for second in range(3):
        watch.tick(swept(NOON + 100 + second, *streams))
    again = swept(NOON + 110, *streams)

    calls = calls_of(lambda: watch.tick(again))

    assert calls < 10 * len(streams), f"{calls / len(streams):.1f} calls a stream"
