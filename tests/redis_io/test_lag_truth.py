"""Random histories on real servers: what is called exact is what counting every entry gives, and no rate is wrong."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.core.deriver import Deriver
from dashboard.core.insight import Insights
from dashboard.core.lag import LagQuality
from dashboard.core.metrics import GroupMetrics, StreamMetrics
from dashboard.core.target import parse_address
from dashboard.redis_io.connect import connect
from dashboard.redis_io.counting import Counting
from dashboard.redis_io.server_info import read_info
from dashboard.redis_io.sweep import sweep
from dashboard.redis_io.wire import borrowed
from tests.servers import Kind, RedisServer, running

GROUPS = (b"g1", b"g2")

numbers = st.integers(1, 12)
steps = st.one_of(
    st.tuples(st.just("add"), numbers, st.just(0)),
    st.tuples(st.just("read"), st.integers(1, 6), st.integers(0, 1)),
    st.tuples(st.just("read_noack"), st.integers(1, 6), st.integers(0, 1)),
    st.tuples(st.just("acknowledge"), st.integers(1, 6), st.integers(0, 1)),
    st.tuples(st.just("delete"), st.integers(1, 40), st.just(0)),
    st.tuples(st.just("trim"), st.integers(0, 10), st.just(0)),
    st.tuples(st.just("set"), st.integers(0, 40), st.integers(0, 1)),
    st.tuples(st.just("regroup"), st.integers(0, 1), st.integers(0, 1)),
    st.tuples(st.just("sample"), st.just(0), st.just(0)),
)
histories = st.lists(steps, min_size=1, max_size=40)


class History:
    """A stream with two groups, driven step by step; ids are 1-1, 1-2, …"""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        client.flushall()
        self.added = 0
        self.read_by = dict.fromkeys(GROUPS, 0)
        for group in GROUPS:
            client.xgroup_create(b"s", group, "0", mkstream=True)

    def step(self, name: str, count: int, which: int) -> None:
        getattr(self, f"_{name}")(count, GROUPS[which])

    def _add(self, count: int, _: bytes) -> None:
        for _n in range(count):
            self.added += 1
            self.client.xadd(b"s", {"a": 1}, id=f"1-{self.added}")

    def _read(self, count: int, group: bytes, noack: bool = False) -> None:
        reply: Any = self.client.xreadgroup(group, "c", {b"s": ">"}, count=count, noack=noack)  # type: ignore[arg-type]
        self.read_by[group] += sum(len(entries) for entries in reply.values())

    def _read_noack(self, count: int, group: bytes) -> None:
        self._read(count, group, noack=True)

    def _acknowledge(self, count: int, group: bytes) -> None:
        for row in self.client.xpending_range(b"s", group, min="-", max="+", count=count):
            self.client.xack(b"s", group, row["message_id"])

    def _delete(self, seq: int, _: bytes) -> None:
        self.client.xdel(b"s", f"1-{seq}")

    def _trim(self, length: int, _: bytes) -> None:
        self.client.xtrim(b"s", maxlen=length, approximate=False)

    def _set(self, seq: int, group: bytes) -> None:
        self.client.xgroup_setid(b"s", group, f"1-{seq}")

    def _regroup(self, at_end: int, group: bytes) -> None:
        self.client.xgroup_destroy(b"s", group)
        self.client.xgroup_create(b"s", group, "$" if at_end else "0")

    def _sample(self, _count: int, _: bytes) -> None:
        pass

    def waiting(self, group: GroupMetrics) -> int:
        """The entries after the group's position, counted one by one."""
        return len(self.client.xrange(b"s", min=f"({group.last_delivered_id}") or ())


@pytest.fixture(scope="module", params=list(Kind), ids=str)
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with running(request.param) as started:
        yield started


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(history=histories)
def test_an_exact_lag_is_what_counting_every_entry_gives(
    server: RedisServer, history: list[tuple[str, int, int]]
) -> None:
    with server.client() as client, connect(parse_address(server.url)) as watcher:
        stream, deriver = History(client), Deriver()
        for step in history:
            stream.step(*step)
            for group in taken(watcher, deriver).groups:
                check_lag(server.kind, stream, group)


def taken(watcher: redis.Redis, deriver: Deriver) -> StreamMetrics:
    info = read_info(watcher)
    return deriver.take(sweep(watcher, [b"s"]), info=info, memory={}, interval_s=1).streams[b"s"]


def check_lag(kind: Kind, stream: History, group: GroupMetrics) -> None:
    lag = group.lag
    if lag.quality in (LagQuality.EXACT, LagQuality.MEASURED):
        assert lag.value == stream.waiting(group), lag.reason
    elif lag.quality is LagQuality.AT_LEAST:
        assert lag.value is not None
        assert 0 < lag.value <= stream.waiting(group), lag.reason
    elif lag.quality is LagQuality.APPROXIMATE:
        assert kind is Kind.REDIS_7
        assert lag.value is not None
    else:
        assert (lag.quality, lag.value) == (LagQuality.UNKNOWN, None)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(history=histories)
def test_l3_after_one_measuring_round_every_lag_is_known(
    server: RedisServer, history: list[tuple[str, int, int]]
) -> None:
    with server.client() as client, connect(parse_address(server.url)) as watcher:
        stream, deriver = History(client), Deriver()
        for step in history:
            stream.step(*step)
            taken(watcher, deriver)
            for group in measured(watcher, deriver).groups:
                check_lag(server.kind, stream, group)
                assert group.lag.quality is not LagQuality.UNKNOWN, group.lag.reason


def measured(watcher: redis.Redis, deriver: Deriver) -> StreamMetrics:
    """The same after everything that is not known was counted."""
    swept = sweep(watcher, [b"s"])
    with borrowed(watcher) as connection:
        counts = Counting(connection, room=lambda _: 64).run(deriver.uncounted())
    tick = deriver.take(swept, info=None, memory={}, interval_s=1, insights=Insights(measured=counts))
    return tick.streams[b"s"]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(history=histories)
def test_rates_count_what_happened_or_say_nothing(server: RedisServer, history: list[tuple[str, int, int]]) -> None:
    """Groups that are set by hand or made anew are left out: what they "were delivered" nobody can tell."""
    honest = [step for step in history if step[0] not in ("set", "regroup")]
    with server.client() as client, connect(parse_address(server.url)) as watcher:
        stream, deriver = History(client), Deriver()
        before, at = taken_at(watcher, deriver)
        added, read = stream.added, dict(stream.read_by)
        for step in honest:
            stream.step(*step)
            metrics, now = taken_at(watcher, deriver)
            assert metrics.added_per_s is not None or not server.kind.counts
            check_rates(metrics, now - at, stream, added, read)
            before, at, added, read = metrics, now, stream.added, dict(stream.read_by)
        assert before.length is not None


def taken_at(watcher: redis.Redis, deriver: Deriver) -> tuple[StreamMetrics, float]:
    tick = deriver.take(sweep(watcher, [b"s"]), info=None, memory={}, interval_s=1)
    return tick.streams[b"s"], tick.at


def check_rates(metrics: StreamMetrics, elapsed: float, stream: History, added: int, read: dict[bytes, int]) -> None:
    if metrics.added_per_s is not None:
        assert metrics.added_per_s * elapsed == pytest.approx(stream.added - added)
    for group in metrics.groups:
        if group.delivered_per_s is not None:
            assert group.delivered_per_s * elapsed == pytest.approx(stream.read_by[group.name] - read[group.name])
        assert group.acked_per_s is None or group.acked_per_s >= 0


def test_lag_is_mostly_known_in_ordinary_use(server: RedisServer) -> None:
    """Where the server counts right, a group that reads, acknowledges and is trimmed behind itself has an exact lag."""
    with server.client() as client, connect(parse_address(server.url)) as watcher:
        stream, deriver = History(client), Deriver()
        qualities = set()
        for round_ in range(30):
            stream.step("add", 1 + round_ % 5, 0)
            stream.step("read", 1 + round_ % 3, 0)
            stream.step("acknowledge", 2, 0)
            if round_ % 10 == 9:
                client.xtrim(b"s", minid="1-5", approximate=False)
            qualities.add(taken(watcher, deriver).groups[0].lag.quality)

    otherwise = LagQuality.APPROXIMATE if server.kind.counts else LagQuality.UNKNOWN
    assert qualities == ({LagQuality.EXACT} if server.kind.counts_right else {LagQuality.EXACT, otherwise})
