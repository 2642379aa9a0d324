"""Replies are taken out of the reader's buffer, past redis-py, and are what redis-py would have given."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from redis._parsers import _RESP2Parser
from redis.exceptions import BusyLoadingError, ResponseError

from dashboard.core.target import parse_address
from dashboard.redis_io.connect import connect
from dashboard.redis_io.wire import borrowed, buffered, pack, send
from tests.servers import RedisServer


@pytest.fixture(params=["hiredis", "redis-py's own parser"])
def watcher(request: pytest.FixtureRequest, valkey_server: RedisServer) -> Iterator[redis.Redis]:
    with connect(parse_address(valkey_server.url)) as client:
        if request.param != "hiredis":
            client.connection_pool.connection_kwargs["parser_class"] = _RESP2Parser
        yield client


def failing(code: bytes) -> bytes:
    """A script that the server answers with this error."""
    return pack(b"EVAL", b"return redis.error_reply('%s it is')" % code, b"0")


def answers(watcher: redis.Redis, packed: bytes, count: int) -> list[Any]:
    with borrowed(watcher) as connection:
        send(connection, packed)
        read = buffered(connection)
        return [read() for _ in range(count)]


LIST, ERROR = pack(b"COMMAND", b"LIST"), failing(b"NOPE")
NULL, NUMBER = pack(b"GET", b"none"), pack(b"DBSIZE")


def test_each_reply_or_error_stands_in_its_commands_place(watcher: redis.Redis) -> None:
    commands, error, null, number, again = answers(watcher, LIST + ERROR + NULL + NUMBER + LIST, 5)

    assert commands == again
    assert b"xinfo" in commands
    assert isinstance(error, ResponseError)
    assert (null, number) == (None, 0)


def test_a_reply_that_comes_in_many_pieces_is_whole(watcher: redis.Redis, valkey_server: RedisServer) -> None:
    members = [b"%07d" % number for number in range(100_000)]
    with valkey_server.client() as client:
        client.rpush("long", *members)

    assert answers(watcher, pack(b"LRANGE", b"long", b"0", b"-1"), 1) == [members]


@pytest.mark.parametrize(
    ("code", "raised"), [(b"BUSY", ResponseError), (b"CLUSTERDOWN", ResponseError), (b"LOADING", BusyLoadingError)]
)
def test_an_error_of_the_whole_server_is_raised_and_leaves_no_reply(
    watcher: redis.Redis, code: bytes, raised: type[Exception]
) -> None:
    with pytest.raises(raised, match="it is"):
        answers(watcher, LIST + failing(code) + LIST + LIST, 3)

    assert watcher.ping() is True
