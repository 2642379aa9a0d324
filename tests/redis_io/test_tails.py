"""Following the end of a stream."""

from collections.abc import Callable, Iterator

import pytest
import redis

from dashboard.core.target import parse_address
from dashboard.redis_io.connect import connect
from dashboard.redis_io.tails import Cursor, News, Tails
from tests.servers import RedisServer

KEY = b"orders"


@pytest.fixture
def watcher(valkey_server: RedisServer) -> Iterator[redis.Redis]:
    with connect(parse_address(valkey_server.url)) as client:
        yield client


class Followers:
    """People who follow one stream through one process; each look is a second after the last one."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self.tails = Tails()
        self.looks = 0
        self.now = 0.0

    def _look(self, read: Callable[[redis.Redis, bytes], None]) -> None:
        self.looks += 1
        read(self.client, KEY)

    def news(self, cursor: Cursor | None, *, wait: float = 1.0) -> News:
        self.now += wait
        found = self.tails.follow(1, cursor, self._look, self.now)
        assert isinstance(found, News)
        return found


def add(server: RedisServer, first: int, last: int, value: bytes = b"1") -> None:
    with server.client() as client:
        pipeline = client.pipeline(transaction=False)
        for number in range(first, last + 1):
            pipeline.xadd(KEY, {"n": value}, id=f"{number}-0")
        pipeline.execute()


def ids(news: News) -> list[int]:
    return [entry.id.ms for entry in news.entries]


def test_who_follows_gets_each_new_entry_once(watcher: redis.Redis, valkey_server: RedisServer) -> None:
    add(valkey_server, 1, 5)
    followers = Followers(watcher)

    start = followers.news(None)
    add(valkey_server, 6, 8)
    first = followers.news(start.cursor)
    none = followers.news(first.cursor)
    add(valkey_server, 9, 9)
    second = followers.news(none.cursor)

    assert (ids(start), ids(first), ids(none), ids(second)) == ([], [6, 7, 8], [], [9])
    assert first.missed == second.missed == 0


def test_one_look_serves_everybody_who_follows(watcher: redis.Redis, valkey_server: RedisServer) -> None:
    add(valkey_server, 1, 1)
    followers = Followers(watcher)
    cursors = [followers.news(None).cursor for _ in range(3)]
    add(valkey_server, 2, 3)
    followers.looks = 0

    found = [
        followers.news(cursor, wait=1.0 if first else 0.1) for first, cursor in zip((1, 0, 0), cursors, strict=True)
    ]

    assert [ids(news) for news in found] == [[2, 3]] * 3
    assert followers.looks == 1


def test_what_is_too_much_is_jumped_over_and_said(watcher: redis.Redis, valkey_server: RedisServer) -> None:
    followers = Followers(watcher)
    start = followers.news(None)

    add(valkey_server, 1, 1800)
    many = followers.news(start.cursor)
    add(valkey_server, 1801, 9000)
    most = followers.news(many.cursor)

    assert (ids(many), many.missed, many.at_least) == (list(range(801, 1801)), 800, False)
    assert (ids(most)[-1], most.at_least) == (9000, True)
    assert most.missed + len(most.entries) == 2020
    assert not followers.news(most.cursor).at_least or followers.news(most.cursor).entries == []


def test_large_entries_are_not_kept_beyond_a_limit(watcher: redis.Redis, valkey_server: RedisServer) -> None:
    followers = Followers(watcher)
    start = followers.news(None)
    add(valkey_server, 1, 10, b"x" * 1_500_000)

    news = followers.news(start.cursor)

    assert ids(news) == [10]
    assert news.at_least


def test_another_process_goes_on_from_the_last_id(watcher: redis.Redis, valkey_server: RedisServer) -> None:
    add(valkey_server, 1, 5)
    cursor = Followers(watcher).news(None).cursor
    add(valkey_server, 6, 7)

    news = Followers(watcher).news(Cursor.parse(str(cursor)))

    assert (ids(news), news.missed, news.at_least) == ([6, 7], 0, False)


def test_a_stream_that_is_gone_and_comes_back_is_followed_from_its_beginning(
    watcher: redis.Redis, valkey_server: RedisServer
) -> None:
    add(valkey_server, 1_000, 1_000)
    followers = Followers(watcher)
    start = followers.news(None)
    with valkey_server.client() as client:
        client.delete(KEY)
    gone = followers.news(start.cursor)
    add(valkey_server, 1, 2)

    assert (ids(gone), ids(followers.news(gone.cursor))) == ([], [1, 2])


def test_no_command_that_blocks_or_writes_is_used(watcher: redis.Redis, valkey_server: RedisServer) -> None:
    add(valkey_server, 1, 5)
    followers = Followers(watcher)
    with valkey_server.client() as client:
        client.config_resetstat()
        cursor = followers.news(None).cursor
        add(valkey_server, 6, 3000)
        followers.news(followers.news(cursor).cursor)
        ran = set(client.info("commandstats"))

    assert {name for name in ran if "read" in name or "range" in name} == {"cmdstat_xrange", "cmdstat_xrevrange"}


@pytest.mark.parametrize("text", ["", "a.b", "a.1.x", "a.x.1-1", "a.1.1-1.2"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Cursor.parse(text)
