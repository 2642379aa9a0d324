"""A survey of pending entries of real servers: bounded, and right about what is gone."""

from collections.abc import Iterator

import pytest
import redis

from dashboard.core.entry_id import EntryId
from dashboard.core.target import parse_address
from dashboard.redis_io import surveying
from dashboard.redis_io.connect import connect
from dashboard.redis_io.surveying import survey_pending
from tests.servers import RedisServer


@pytest.fixture
def watcher(watched_server: RedisServer) -> Iterator[redis.Redis]:
    with connect(parse_address(watched_server.url)) as client:
        yield client


def fill(client: redis.Redis, count: int, *, size: int = 1) -> None:
    """Entries 1-1 … 1-count, all delivered to ann of the group billing."""
    pipeline = client.pipeline(transaction=False)
    for seq in range(1, count + 1):
        pipeline.xadd("orders", {"n": "x" * size}, id=f"1-{seq}")
    pipeline.xgroup_create("orders", "billing", "0")
    pipeline.xreadgroup("billing", "ann", {"orders": ">"}, count=count)
    pipeline.execute()


def test_waits_deliveries_and_poison_are_what_the_server_says(
    watcher: redis.Redis, client_of_watched: redis.Redis, watched_server: RedisServer
) -> None:
    fill(client_of_watched, 1200)
    client_of_watched.xclaim("orders", "billing", b"b\xff", 0, ["1-7"], idle=120_000, retrycount=9)

    found = survey_pending(watcher, b"orders", b"billing")

    assert (found.looked_at, found.complete) == (1200, True)
    assert found.waits.counts[0] == 1199
    assert found.waits.counts[found.waits.begins.index(60)] == 1
    [poison] = found.poisonous
    assert (poison.id, poison.consumer, poison.deliveries) == (EntryId(1, 7), b"b\xff", 9)
    # Redis 6.2 does not say whether anything was deleted, so any of the 1,200 could be a ghost.
    assert (found.ghosts, found.ghosts_at_least) == (0, not watched_server.kind.counts)


def test_ghosts_are_found_below_the_first_entry_and_between_others(
    watcher: redis.Redis, client_of_watched: redis.Redis
) -> None:
    fill(client_of_watched, 50)
    client_of_watched.xdel("orders", "1-1", "1-2", "1-30")

    found = survey_pending(watcher, b"orders", b"billing")

    assert found.ghostly == (EntryId(1, 1), EntryId(1, 2), EntryId(1, 30))
    assert (found.ghosts, found.ghosts_at_least) == (3, False)


def test_large_payloads_end_the_search_for_ghosts_and_what_is_found_is_a_lower_bound(
    watcher: redis.Redis, client_of_watched: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveying, "_READ_BYTES", 100_000)
    fill(client_of_watched, 40, size=20_000)
    client_of_watched.xdel("orders", "1-3", "1-39")

    found = survey_pending(watcher, b"orders", b"billing")

    assert (found.ghostly, found.ghosts_at_least) == ((EntryId(1, 3),), True)


def test_a_long_list_is_looked_at_up_to_its_bound(
    watcher: redis.Redis, client_of_watched: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveying, "MOST", 1000)
    fill(client_of_watched, 1600)

    found = survey_pending(watcher, b"orders", b"billing")

    assert (found.looked_at, found.complete, found.ghosts_at_least) == (1000, False, True)


def test_a_survey_changes_nothing_and_its_number_of_commands_is_bounded(
    watcher: redis.Redis, client_of_watched: redis.Redis
) -> None:
    fill(client_of_watched, 1200)
    before = client_of_watched.xpending_range("orders", "billing", "-", "+", 1200)
    client_of_watched.config_resetstat()

    survey_pending(watcher, b"orders", b"billing")

    calls = {name: stat["calls"] for name, stat in client_of_watched.info("commandstats").items()}
    assert calls["cmdstat_xpending"] == 3
    assert calls.get("cmdstat_xrange", 0) <= 200
    after = client_of_watched.xpending_range("orders", "billing", "-", "+", 1200)
    assert [row["times_delivered"] for row in after] == [row["times_delivered"] for row in before]


def test_a_group_that_is_gone_is_told(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    client_of_watched.xadd("orders", {"n": "1"})

    with pytest.raises(redis.ResponseError, match="NOGROUP"):
        survey_pending(watcher, b"orders", b"billing")
