"""The sampler keeps within its budget on a real server: it says what it leaves out, and comes back."""

import time
from collections.abc import Callable, Iterator, Sequence

import pytest
import redis

from dashboard.core.budget import LONGEST_INTERVAL_S
from dashboard.core.cost import Cost
from dashboard.core.marks import MarkKind
from dashboard.core.metrics import ServerTick
from dashboard.core.target import parse_address
from dashboard.live.events import SampleTaken
from dashboard.live.sampling.node_reader import NodeReader
from dashboard.live.sampling.reader import Definition
from dashboard.models import Server
from tests.live.sampling import Sampling, register
from tests.servers import RedisServer

KEYS = [b"s:%03d" % number for number in range(200)]
INTERVAL_S = 0.02


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quiet after a moment, and relaxed after another one."""
    monkeypatch.setattr("dashboard.core.pacing.QUIET_AFTER_S", 0.2)
    monkeypatch.setattr("dashboard.core.pacing.COUNT_EVERY_S", 0.0)
    monkeypatch.setattr("dashboard.core.budget.RELAX_AFTER_S", 0.1)


@pytest.fixture
def client(valkey_server: RedisServer) -> Iterator[redis.Redis]:
    with valkey_server.client() as client:
        add(client, KEYS)
        for key in KEYS:
            client.xgroup_create(key, "billing", "0")
        yield client


def add(client: redis.Redis, keys: Sequence[bytes], entries: int = 1) -> None:
    pipeline = client.pipeline(transaction=False)
    for key in keys:
        for _ in range(entries):
            pipeline.xadd(key, {"a": 1})
    pipeline.execute()


class Rounds:
    """A reader that is asked in the intervals that it wishes."""

    def __init__(self, server: RedisServer, budget: float) -> None:
        self._reader = NodeReader(
            Definition(
                server_id=1,
                target=parse_address(server.url),
                interval_s=INTERVAL_S,
                include=(b"*",),
                exclude=(),
                budget=budget,
            )
        )
        self.ticks: list[ServerTick] = []

    def once(self, keys: Sequence[bytes] = KEYS) -> ServerTick:
        """The next tick, and the time until the one after it."""
        tick = self._reader.read(keys).tick
        self.ticks.append(tick)
        time.sleep(min(tick.interval_s, 0.3))
        return tick

    def until(
        self, wanted: Callable[[ServerTick, Cost], bool], keys: Sequence[bytes] = KEYS, timeout: float = 20.0
    ) -> tuple[ServerTick, Cost]:
        """The first tick that is as wanted, with its cost."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            tick = self.once(keys)
            if tick.cost is not None and wanted(tick, tick.cost):
                return tick, tick.cost
        raise TimeoutError(f"no such tick within {timeout:g} s; the last one cost {tick.cost}")

    def close(self) -> None:
        self._reader.close()


def test_below_its_budget_nothing_is_left_out(valkey_server: RedisServer, client: redis.Redis, impatient: None) -> None:
    rounds = Rounds(valkey_server, budget=10.0)

    ticks = [rounds.once() for _ in range(30)]
    rounds.close()

    assert {tick.interval_s for tick in ticks} == {INTERVAL_S}
    assert all(tick.cost is not None and tick.cost.skipped == "" for tick in ticks)
    assert all(metrics.every_s is None for tick in ticks for metrics in tick.streams.values())
    assert ticks[-1].cost is not None
    assert 0 < (ticks[-1].cost.core_share or 0) < 1


def test_quiet_streams_are_read_less_often_and_their_rates_stay_right(
    valkey_server: RedisServer, client: redis.Redis, impatient: None
) -> None:
    rounds = Rounds(valkey_server, budget=0.01)

    def are_all_quiet(tick: ServerTick, cost: Cost) -> bool:
        # On a busy machine a tick may be late, and some stream be read at it all the same.
        is_slowed = tick.interval_s == INTERVAL_S and "quiet" in cost.skipped
        return is_slowed and all(metrics.every_s for metrics in tick.streams.values())

    _, cost = rounds.until(are_all_quiet)

    assert f"{len(KEYS)} quiet streams are read every" in cost.skipped

    before = _stream_reads(client)
    rounds.once()
    assert _stream_reads(client) - before <= len(KEYS) // 2

    add(client, KEYS, entries=10)
    elapsed: dict[bytes, float] = {}
    while len(elapsed) < len(KEYS):
        tick = rounds.once()
        for key, metrics in tick.streams.items():
            if metrics.length == 11 and key not in elapsed:
                assert metrics.added_per_s is not None
                elapsed[key] = 10 / metrics.added_per_s
                # The time since it was read before, which is that since one of the ticks before.
                assert min(abs(tick.at - earlier.at - elapsed[key]) for earlier in rounds.ticks) < 1e-4
    rounds.close()
    assert len({round(seconds, 3) for seconds in elapsed.values()}) > 1
    assert max(elapsed.values()) > 1.5 * INTERVAL_S


def _stream_reads(client: redis.Redis) -> int:
    return int(client.info("commandstats")["cmdstat_xinfo|stream"]["calls"])


def test_the_interval_is_stretched_and_comes_back(
    valkey_server: RedisServer, client: redis.Redis, impatient: None
) -> None:
    rounds = Rounds(valkey_server, budget=0.01)

    def keep_busy(tick: ServerTick, cost: Cost) -> bool:
        add(client, KEYS)  # so that none is quiet
        return tick.interval_s > INTERVAL_S and "all are read" in cost.skipped

    stretched, cost = rounds.until(keep_busy)

    assert cost.every_s == stretched.interval_s
    assert f"all are read every {stretched.interval_s:g} s" in cost.skipped
    [mark] = stretched.marks
    assert mark.kind is MarkKind.STRETCHED
    assert mark.text == f"Streams are read every {stretched.interval_s:g} s to stay within the cost budget."

    back, cost = rounds.until(lambda tick, cost: tick.interval_s == INTERVAL_S, KEYS[:1])
    rounds.close()

    assert "all are read" not in cost.skipped
    assert [mark.text for mark in back.marks] == [
        f"Streams are read every {INTERVAL_S:g} s again, within the cost budget."
    ]


def test_the_samplers_watchers_follow_the_interval(sampling: Sampling, valkey_server: RedisServer) -> None:
    with valkey_server.client() as client:
        add(client, KEYS)
    server = register(valkey_server)
    Server.objects.filter(pk=server.pk).update(cost_budget_percent=0.05)
    sampling.start()

    # On a busy machine each command takes the server so long that the interval is stretched to half a minute.
    sample = sampling.wait_for(SampleTaken, lambda event: event.interval >= 0.4, timeout=LONGEST_INTERVAL_S + 10)
    following = sampling.wait_for(SampleTaken, timeout=LONGEST_INTERVAL_S + 10)

    assert sample.health.every_s == sample.interval
    assert "To stay in budget" in sample.health.skipped
    assert following.taken_at - sample.taken_at > 0.2


def test_a_tick_asks_what_the_documentation_says_under_our_name(
    valkey_server: RedisServer, client: redis.Redis
) -> None:
    others = {row["id"] for row in client.client_list()}  # of tests before this one, on their way out
    rounds = Rounds(valkey_server, budget=10.0)
    for _ in range(20):  # until all slow reads are done for now
        rounds.once()

    before = _calls(client)
    rounds.once()
    asked = {
        name: count - before.get(name, 0) for name, count in _calls(client).items() if count != before.get(name, 0)
    }

    names = [row["name"] for row in client.client_list() if row["id"] not in others]
    rounds.close()
    assert asked == {
        "time": 1,
        "xinfo|groups": len(KEYS),
        "xinfo|stream": len(KEYS),
        "info": 1 + 1,
    }  # one is the test's
    assert names.count("streamgauge") == 1


def _calls(client: redis.Redis) -> dict[str, int]:
    stats = client.info("commandstats")
    return {name.removeprefix("cmdstat_"): int(told["calls"]) for name, told in stats.items()}
