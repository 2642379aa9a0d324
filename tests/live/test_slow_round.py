"""What is read on slower cadences reaches the numbers, on every server, and stays within its bounds."""

from collections.abc import Iterator

import pytest
import redis

from dashboard.core.deriver import Deriver
from dashboard.core.lag import LagQuality
from dashboard.core.metrics import GroupMetrics, StreamMetrics
from dashboard.core.target import parse_address
from dashboard.live.sampling import consumer_round, pending_round
from dashboard.live.sampling.slow_round import SlowRound
from dashboard.redis_io.connect import connect
from dashboard.redis_io.meter import meter_of
from dashboard.redis_io.server_info import read_info
from dashboard.redis_io.sweep import sweep
from tests.servers import RedisServer

KEY, GROUP = b"orders", b"billing"


class Watch:
    """A sampler's round of some streams, as often as it is asked for."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self.deriver, self.slow = Deriver(), SlowRound()

    def streams(self, *keys: bytes) -> dict[bytes, StreamMetrics]:
        swept = sweep(self.client, keys)
        insights = self.slow.read(self.client, swept, self.deriver.uncounted())
        tick = self.deriver.take(swept, info=read_info(self.client), memory={}, interval_s=1, insights=insights)
        return tick.streams

    def stream(self, times: int = 2) -> StreamMetrics:
        for _ in range(times):
            found = self.streams(KEY)[KEY]
        return found

    def group(self, times: int = 2) -> GroupMetrics:
        return self.stream(times).groups[0]


@pytest.fixture
def watch(watched_server: RedisServer) -> Iterator[Watch]:
    with connect(parse_address(watched_server.url)) as client:
        yield Watch(client)


def fill(client: redis.Redis, last: int, *, first: int = 1, now_ms: int = 0) -> None:
    for seq in range(first, last + 1):
        client.xadd(KEY, {"n": seq}, id=f"{now_ms + seq if now_ms else 5}-{seq}")


def read(client: redis.Redis, count: int, *, consumer: str = "ann") -> None:
    client.xreadgroup(GROUP, consumer, {KEY: ">"}, count=count)  # type: ignore[arg-type]


def test_l3_a_lag_that_the_server_does_not_tell_is_measured(watch: Watch, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 10)
    client_of_watched.xgroup_create(KEY, GROUP, "0")
    read(client_of_watched, 4)
    client_of_watched.xdel(KEY, "5-7")

    lag = watch.group().lag

    assert (lag.value, lag.quality) == (5, LagQuality.MEASURED)


def test_g1_ghosts_of_trimming_are_counted(watch: Watch, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 20)
    client_of_watched.xgroup_create(KEY, GROUP, "0")
    read(client_of_watched, 15)
    client_of_watched.xtrim(KEY, maxlen=8, approximate=False)

    group = watch.group()

    assert (group.pending, group.ghosts, group.state) == (15, 12, "ghosts")


def test_g1_a_ghost_among_entries_is_found_among_the_oldest(watch: Watch, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 20)
    client_of_watched.xgroup_create(KEY, GROUP, "0")
    read(client_of_watched, 5)
    client_of_watched.xdel(KEY, "5-3")

    assert watch.group().ghosts == 1


def test_g1_nothing_pending_is_no_ghost(watch: Watch, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 5)
    client_of_watched.xgroup_create(KEY, GROUP, "$")

    group = watch.group()

    assert (group.ghosts, group.poison, group.oldest_pending_s, group.most_deliveries) == (0, 0, 0.0, None)


def test_g3_what_is_trimmed_before_delivery_is_lost(watch: Watch, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 100)
    client_of_watched.xgroup_create(KEY, GROUP, "0")
    read(client_of_watched, 10)
    watch.group()
    client_of_watched.xtrim(KEY, maxlen=20, approximate=False)

    group = watch.group()

    counts = client_of_watched.xinfo_stream(KEY).get("entries-added") is not None
    assert group.lost == 70
    assert group.state == "loss"
    assert counts or group.lag.value == 20


def test_poison_is_seen_by_its_deliveries(watch: Watch, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 3)
    client_of_watched.xgroup_create(KEY, GROUP, "0")
    read(client_of_watched, 3)
    for _ in range(5):
        client_of_watched.xclaim(KEY, GROUP, "bob", min_idle_time=0, message_ids=["5-2"])

    group = watch.group()

    assert (group.poison, group.most_deliveries, group.state) == (1, 6, "poison")


def test_l4_the_oldest_pending_entry_has_an_age_by_the_servers_clock(
    watch: Watch, client_of_watched: redis.Redis
) -> None:
    now_ms = client_of_watched.time()[0] * 1000
    fill(client_of_watched, 3, now_ms=now_ms - 90_000)
    client_of_watched.xgroup_create(KEY, GROUP, "0")
    read(client_of_watched, 2)

    assert watch.group().oldest_pending_s == pytest.approx(90, abs=5)


def test_consumers_are_alive_while_they_act(watch: Watch, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 3)
    client_of_watched.xgroup_create(KEY, GROUP, "0")
    read(client_of_watched, 1, consumer="ann")
    read(client_of_watched, 1, consumer="bob")

    group = watch.group()

    assert (group.consumers, group.live_consumers, group.dead_consumers) == (2, 2, 0)


def test_a_group_of_more_than_a_thousand_consumers_is_not_asked(watch: Watch, client_of_watched: redis.Redis) -> None:
    client_of_watched.xgroup_create(KEY, GROUP, "0", mkstream=True)
    batch = client_of_watched.pipeline(transaction=False)
    for number in range(consumer_round.MOST_CONSUMERS + 1):
        batch.xgroup_createconsumer(KEY, GROUP, f"c{number}")
    batch.execute()
    meter_of(watch.client).take()

    group = watch.group()

    assert (group.live_consumers, group.dead_consumers) == (None, None)
    assert not meter_of(watch.client).take().calls.get("xinfo|consumers")


def test_g4_a_deleted_tail_is_told(watch: Watch, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 3)
    whole = watch.stream().tail_deleted
    client_of_watched.xdel(KEY, "5-3")

    assert (whole, watch.stream().tail_deleted) == (False, True)


def test_t4_what_is_added_is_counted_where_the_server_does_not(watch: Watch, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 3)
    before = watch.streams(KEY)[KEY]
    fill(client_of_watched, 53, first=4)

    metrics = watch.streams(KEY)[KEY]

    assert before.added_per_s is None
    assert metrics.added_per_s is not None
    assert metrics.added_per_s > 0
    assert metrics.added_at_least is False


def test_slow_reads_of_many_groups_are_bounded_and_take_turns(watch: Watch, client_of_watched: redis.Redis) -> None:
    keys = [b"k%d" % number for number in range(150)]
    for key in keys:
        client_of_watched.xgroup_create(key, GROUP, "0", mkstream=True)
        client_of_watched.xadd(key, {"n": 1})
        client_of_watched.xreadgroup(GROUP, "ann", {key: ">"})  # type: ignore[arg-type]
    meter_of(watch.client).take()

    asked = []
    for _ in range(5):
        metrics = watch.streams(*keys)
        calls = meter_of(watch.client).take().calls
        asked.append((calls.get("xpending", 0), calls.get("xinfo|consumers", 0)))

    assert max(pending for pending, _ in asked) <= pending_round.ASKED_A_TICK
    assert max(consumers for _, consumers in asked) <= consumer_round.ASKED_A_TICK
    assert sum(pending for pending, _ in asked) >= len(keys)
    assert all(metrics[key].groups[0].oldest_pending_s is not None for key in keys)
    assert all(metrics[key].groups[0].live_consumers == 1 for key in keys)


def test_a_user_who_may_not_look_inside_is_not_asked_again_and_again(watched_server: RedisServer) -> None:
    with watched_server.client() as root:
        fill(root, 5)
        root.xgroup_create(KEY, GROUP, "0")
        read(root, 2)
        root.execute_command("ACL", "SETUSER", "shy", "reset", "on", ">pw", "~*", "+xinfo", "+ping", "+time", "+info")
        root.execute_command("ACL", "LOG", "RESET")
        target = parse_address(watched_server.url.replace("redis://", "redis://shy:pw@"))
        with connect(target) as client:
            group = Watch(client).group(times=5)
        denied = [line for line in root.execute_command("ACL", "LOG") if b"xpending" in line]
        root.acl_deluser("shy")

    assert (group.pending, group.ghosts, group.oldest_pending_s) == (2, None, None)
    assert len(denied) <= 1
