"""Streams with large entries are read without them, and nothing that is said of them meanwhile is wrong."""

from collections.abc import Iterator

import pytest
import redis

from dashboard.core.deriver import Deriver
from dashboard.core.lag import LagQuality
from dashboard.core.metrics import StreamMetrics
from dashboard.core.sample import StreamSample, Sweep
from dashboard.core.target import parse_address
from dashboard.redis_io import large
from dashboard.redis_io.connect import connect
from dashboard.redis_io.meter import meter_of
from dashboard.redis_io.server_info import read_info
from dashboard.redis_io.sweep import sweep
from tests.servers import RedisServer

KEYS = [b"s:%02d" % number for number in range(20)]
PAYLOAD = b"x" * 20_000
PAIR = 2 * len(PAYLOAD)


@pytest.fixture(autouse=True)
def small_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep may carry two of twenty large streams."""
    monkeypatch.setattr(large, "MOST_BYTES", 2 * PAIR + 1000)


@pytest.fixture
def writer(client_of_watched: redis.Redis) -> redis.Redis:
    for key in KEYS:
        add(client_of_watched, key, 3)
        client_of_watched.xgroup_create(key, "billing", "0")
    return client_of_watched


@pytest.fixture
def watcher(watched_server: RedisServer, writer: redis.Redis) -> Iterator[redis.Redis]:
    with connect(parse_address(watched_server.url)) as client:
        sweep(client, KEYS)  # finds them
        yield client


def add(writer: redis.Redis, key: bytes, entries: int = 1) -> None:
    for _ in range(entries):
        writer.xadd(key, {"payload": PAYLOAD})


def received_by(watcher: redis.Redis) -> tuple[Sweep, int]:
    before = meter_of(watcher).received
    swept = sweep(watcher, KEYS)
    return swept, meter_of(watcher).received - before


def plain(sample: StreamSample) -> tuple[object, ...]:
    return sample.length, sample.first_id, sample.last_id, sample.groups


def test_streams_that_stand_still_are_read_without_their_entries_and_known_whole(watcher: redis.Redis) -> None:
    first = sweep(watcher, KEYS)

    second, received = received_by(watcher)

    assert received < PAIR
    assert second.thin == len(KEYS)
    assert all(second.streams[key] is first.streams[key] for key in KEYS)
    assert all(sample.whole_at is None for sample in second.streams.values())


def test_a_few_large_streams_are_always_read_whole(watcher: redis.Redis, writer: redis.Redis) -> None:
    for _ in range(3):
        swept = sweep(watcher, KEYS[:2])
        assert swept.thin == 0
    add(writer, KEYS[0])

    sample = sweep(watcher, KEYS[:2]).streams[KEYS[0]]

    assert (sample.length, sample.whole_at) == (4, None)


def test_small_streams_beside_large_ones_are_read_whole(watcher: redis.Redis, writer: redis.Redis) -> None:
    writer.xadd("small", {"a": 1})
    for _ in range(3):
        swept = sweep(watcher, [*KEYS, b"small"])
    writer.xadd("small", {"a": 1})

    sample = sweep(watcher, [*KEYS, b"small"]).streams[b"small"]

    assert swept.thin == len(KEYS)
    assert (sample.length, sample.whole_at) == (2, None)


@pytest.mark.parametrize("trimmed", [False, True], ids=["grows", "keeps its length"])
def test_what_moved_says_that_its_ends_are_older_and_is_read_whole_in_turn(
    watcher: redis.Redis, writer: redis.Redis, watched_server: RedisServer, trimmed: bool
) -> None:
    sweep(watcher, KEYS)
    for key in KEYS:
        add(writer, key)
        if trimmed:
            writer.xtrim(key, maxlen=3, approximate=False)

    swept = sweep(watcher, KEYS)

    moved = [key for key, sample in swept.streams.items() if sample.whole_at is not None]
    assert moved == KEYS
    whole: set[bytes] = set()
    for _ in range(12):
        swept, received = received_by(watcher)
        assert received < 4 * PAIR
        whole |= {key for key, sample in swept.streams.items() if sample.whole_at is None}
    assert whole == set(KEYS)
    with connect(parse_address(watched_server.url)) as other:
        truth = sweep(other, KEYS).streams
    assert {key: plain(swept.streams[key]) for key in KEYS} == {key: plain(truth[key]) for key in KEYS}


def test_nothing_that_is_called_exact_is_wrong(watcher: redis.Redis, writer: redis.Redis) -> None:
    deriver, info = Deriver(), read_info(watcher)
    moves = 0
    for turn in range(12):
        for at, key in enumerate(KEYS):
            if (turn + at) % 3 == 0:
                add(writer, key)
                moves += 1
            if (turn + at) % 4 == 0:
                writer.xreadgroup("billing", "ann", {key: ">"}, count=1 + at % 3)
            if (turn + at) % 5 == 0:
                writer.xtrim(key, maxlen=2, approximate=False)
            if (turn + at) % 7 == 0:
                writer.xdel(key, *[entry[0] for entry in writer.xrange(key, count=1) or ()])  # type: ignore[arg-type]

        tick = deriver.take(sweep(watcher, KEYS), info=info, memory={}, interval_s=1.0)

        for key, metrics in tick.streams.items():
            check(writer, key, metrics)
    assert moves


def check(writer: redis.Redis, key: bytes, metrics: StreamMetrics) -> None:
    [group] = metrics.groups
    delivered = writer.xinfo_groups(key)[0]["last-delivered-id"]
    assert metrics.length == writer.xlen(key)
    assert group.pending == writer.xpending(key, "billing")["pending"]
    if group.lag.quality is LagQuality.EXACT:
        waiting = writer.xrange(key, min=b"(" + delivered)
        assert waiting is not None
        assert group.lag.value == len(waiting)
    if group.lag.value is not None and metrics.length is not None:
        assert 0 <= group.lag.value <= metrics.length
    assert metrics.added_per_s is None or metrics.added_per_s >= 0


def test_rates_are_right_over_the_time_between_two_whole_readings(watcher: redis.Redis, writer: redis.Redis) -> None:
    deriver, info = Deriver(), read_info(watcher)
    whole_at: dict[bytes, float] = {}
    added = dict.fromkeys(KEYS, 0)
    rates = 0
    for _ in range(25):
        swept = sweep(watcher, KEYS)
        tick = deriver.take(swept, info=info, memory={}, interval_s=1.0)
        for key, sample in swept.streams.items():
            if sample.whole_at is None:
                metrics = tick.streams[key]
                if metrics.added_per_s is not None and sample.entries_added is not None:
                    assert metrics.added_per_s * (swept.at - whole_at[key]) == pytest.approx(added[key], abs=0.01)
                    rates += added[key] > 0
                whole_at[key], added[key] = swept.at, 0
        for key in KEYS:
            add(writer, key)
            added[key] += 1
    counts = sweep(watcher, KEYS).streams[KEYS[0]].entries_added is not None
    assert rates > 20 or not counts


def test_a_stream_that_is_gone_or_became_small_is_so_at_once_or_in_its_turn(
    watcher: redis.Redis, writer: redis.Redis
) -> None:
    sweep(watcher, KEYS)
    writer.delete(KEYS[0])
    writer.delete(KEYS[1])
    writer.xadd(KEYS[1], {"a": 1})

    swept = sweep(watcher, KEYS)
    for _ in range(3):
        swept = sweep(watcher, KEYS)

    assert KEYS[0] in swept.problems
    assert swept.streams[KEYS[1]].whole_at is None
    assert swept.streams[KEYS[1]].length == 1
    assert swept.thin == len(KEYS) - 2


def test_without_the_right_to_ask_the_length_everything_is_read_whole(
    watched_server: RedisServer, writer: redis.Redis
) -> None:
    rights = ["reset", "on", ">secret", "~*", "+time", "+xinfo", "+client|setname", "+select"]
    if watched_server.kind.value.startswith("redis-6"):
        rights[-2] = "+client"
    writer.execute_command(  # type: ignore[no-untyped-call]
        "ACL", "SETUSER", "narrow", *rights
    )
    url = watched_server.url.replace("redis://", "redis://narrow:secret@")
    with connect(parse_address(url)) as watcher:
        for _ in range(4):
            swept = sweep(watcher, KEYS)

    writer.execute_command(  # type: ignore[no-untyped-call]
        "ACL", "DELUSER", "narrow"
    )
    assert swept.thin == 0
    assert all(sample.length == 3 and sample.whole_at is None for sample in swept.streams.values())
