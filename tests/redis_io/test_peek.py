"""What pages show of a stream's inside, in bounded pieces."""

from collections.abc import Iterator

import pytest
import redis

from dashboard.core.entry_id import LARGEST, EntryId
from dashboard.core.target import parse_address
from dashboard.redis_io import peek
from dashboard.redis_io.connect import connect
from tests.servers import RedisServer


@pytest.fixture
def watcher(watched_server: RedisServer) -> Iterator[redis.Redis]:
    with connect(parse_address(watched_server.url)) as client:
        yield client


def fill(client: redis.Redis, count: int) -> None:
    """Entries 1-1 … 1-count, all delivered to ann of the group billing."""
    pipeline = client.pipeline(transaction=False)
    for seq in range(1, count + 1):
        pipeline.xadd("orders", {"n": seq}, id=f"1-{seq}")
    pipeline.xgroup_create("orders", "billing", "0")
    pipeline.xreadgroup("billing", "ann", {"orders": ">"}, count=count)
    pipeline.execute()


def sequences(entries: list[peek.PendingEntry]) -> list[int]:
    return [entry.id.seq for entry in entries]


def test_pending_entries_are_paged_oldest_first(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 25)
    seen: list[int] = []
    after = None
    while page := peek.pending(watcher, b"orders", b"billing", after=after, count=10):
        seen += sequences(page)
        after = page[-1].id

    assert seen == list(range(1, 26))


def test_a_pending_entry_names_its_consumer_deliveries_and_idle_time(
    watcher: redis.Redis, client_of_watched: redis.Redis
) -> None:
    fill(client_of_watched, 2)
    client_of_watched.xclaim("orders", "billing", b"b\xff", 0, ["1-2"], idle=60_000, retrycount=7)

    first, second = peek.pending(watcher, b"orders", b"billing", after=None, count=10)

    assert (first.id, first.consumer, first.deliveries) == (EntryId(1, 1), b"ann", 1)
    assert (second.id, second.consumer, second.deliveries) == (EntryId(1, 2), b"b\xff", 7)
    assert 60_000 <= second.idle_ms < 70_000


def test_pending_entries_are_filtered_by_consumer_idle_time_and_deliveries(
    watcher: redis.Redis, client_of_watched: redis.Redis
) -> None:
    fill(client_of_watched, 1200)
    client_of_watched.xclaim("orders", "billing", "bob", 0, ["1-3", "1-900"], idle=60_000, retrycount=5)
    client_of_watched.xclaim("orders", "billing", "bob", 0, ["1-1100"], idle=60_000, retrycount=1)

    def found(**filters: object) -> list[int]:
        return sequences(peek.pending(watcher, b"orders", b"billing", after=None, count=10, **filters))  # type: ignore[arg-type]

    assert found(consumer=b"bob") == [3, 900, 1100]
    assert found(min_idle_ms=60_000) == [3, 900, 1100]
    assert found(min_deliveries=2) == [3, 900]
    assert found(min_deliveries=2, consumer=b"ann") == []


def test_a_filtered_page_says_where_to_go_on(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 700)
    client_of_watched.xclaim("orders", "billing", "bob", 0, ["1-3", "1-600"], retrycount=5)

    first = peek.pending_page(watcher, b"orders", b"billing", after=None, count=1, min_deliveries=2)
    second = peek.pending_page(watcher, b"orders", b"billing", after=first.after, count=1, min_deliveries=2)
    last = peek.pending_page(watcher, b"orders", b"billing", after=second.after, count=1, min_deliveries=2)

    assert [sequences(page.entries) for page in (first, second, last)] == [[3], [600], []]
    assert last.after is None


def test_nothing_is_pending_above_the_largest_id(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 1)

    assert peek.pending(watcher, b"orders", b"billing", after=EntryId(LARGEST, LARGEST), count=5) == []


def test_a_group_that_is_gone_is_an_error_of_the_server(watcher: redis.Redis) -> None:
    with pytest.raises(redis.ResponseError, match="NOGROUP"):
        peek.pending(watcher, b"orders", b"billing", after=None, count=5)
    with pytest.raises(redis.ResponseError, match="no such key"):
        peek.consumers(watcher, b"orders", b"billing", cap=5)


def test_consumers_come_with_the_busiest_first_and_capped(
    watcher: redis.Redis, client_of_watched: redis.Redis, watched_server: RedisServer
) -> None:
    fill(client_of_watched, 5)
    client_of_watched.xclaim("orders", "billing", b"b\xff", 0, ["1-1"])
    client_of_watched.xgroup_createconsumer("orders", "billing", "idle")

    listed = peek.consumers(watcher, b"orders", b"billing", cap=2)

    assert [(consumer.name, consumer.pending) for consumer in listed] == [(b"ann", 4), (b"b\xff", 1)]
    inactive = peek.consumers(watcher, b"orders", b"billing", cap=9)[2].inactive_ms
    assert inactive is None  # it never got an entry; before Redis 7.2 it is not told at all
