"""Discovery finds streams by SCAN, in pieces, and globs mean what they mean to the server."""

from collections.abc import Iterator

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.core.glob import matches
from dashboard.core.target import parse_address
from dashboard.redis_io.connect import connect
from dashboard.redis_io.discover import discover
from tests.servers import RedisServer


@pytest.fixture
def watcher(watched_server: RedisServer) -> Iterator[redis.Redis]:
    with connect(parse_address(watched_server.url)) as client:
        yield client


def whole_walk(watcher: redis.Redis, include: list[bytes], exclude: list[bytes], budget_s: float = 10) -> set[bytes]:
    found, cursor = discover(watcher, include=include, exclude=exclude, budget_s=budget_s)
    while cursor:
        more, cursor = discover(watcher, include=include, exclude=exclude, cursor=cursor, budget_s=budget_s)
        found |= more
    return found


@pytest.mark.parametrize(
    ("include", "exclude", "found"),
    [
        ([b"*"], [], {b"orders:1", b"orders:2", b"mail", b"\xff\n"}),
        ([b"orders:*"], [], {b"orders:1", b"orders:2"}),
        ([b"orders:*"], [b"*:2"], {b"orders:1"}),
        ([b"orders:1", b"m*"], [], {b"orders:1", b"mail"}),
        ([b"m*", b"*"], [b"orders*", b"\xff*"], {b"mail"}),
        ([b"\xff?"], [], {b"\xff\n"}),
        ([], [], {b"orders:1", b"orders:2", b"mail", b"\xff\n"}),
    ],
)
def test_streams_are_found_by_pattern_and_nothing_else_is(
    watcher: redis.Redis, client_of_watched: redis.Redis, include: list[bytes], exclude: list[bytes], found: set[bytes]
) -> None:
    for name in (b"orders:1", b"orders:2", b"mail", b"\xff\n"):
        client_of_watched.xadd(name, {"a": 1})
    client_of_watched.set("orders:text", 1)
    client_of_watched.rpush("list", 1)

    assert whole_walk(watcher, include, exclude) == found


def test_a_walk_goes_on_where_its_time_ran_out(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    pipeline = client_of_watched.pipeline(transaction=False)
    for number in range(5000):
        pipeline.xadd(f"s:{number}", {"a": 1})
    pipeline.execute()

    first = discover(watcher, include=[b"*"], exclude=[], budget_s=0)

    assert first.cursor != 0
    assert 0 < len(first.keys) < 5000
    assert len(whole_walk(watcher, [b"*"], [], budget_s=0)) == 5000


def test_an_empty_server_has_nothing_to_find(watcher: redis.Redis) -> None:
    assert discover(watcher, include=[b"*"], exclude=[], budget_s=1) == (set(), 0)


signs = st.sampled_from([b"a", b"b", b"c", b"-", b"*", b"?", b"[", b"]", b"^", b"\\", b"\xff", b"."])
texts = st.lists(signs, max_size=8).map(b"".join)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(pattern=texts, names=st.lists(texts, min_size=5, max_size=20, unique=True))
def test_a_glob_matches_what_the_server_matches(
    client_of_watched: redis.Redis, pattern: bytes, names: list[bytes]
) -> None:
    pipeline = client_of_watched.pipeline(transaction=False)
    pipeline.flushdb()
    pipeline.mset(dict.fromkeys(names, 1))
    pipeline.keys(pattern)
    by_server = pipeline.execute()[-1]

    assert {name for name in names if matches(pattern, name)} == set(by_server)
