"""Streams to back up, and the client that does it."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from dashboard.core.target import parse_address
from streams_admin.backup.format import Reader
from streams_admin.backup.rebuilding import rebuild
from streams_admin.backup.taking import Taken, take
from streams_admin.redis_io.scripts import action_client
from streams_admin.redis_io.whole import put_back, read_server
from tests.servers import RedisServer

KEY = b"orders"


@pytest.fixture
def acting(watched_server: RedisServer, own_redis: RedisServer) -> Iterator["redis.Redis"]:
    """The client of actions, on a server that is empty still."""
    with action_client(parse_address(watched_server.url), KEY) as client:
        yield client


def lived_in(client: "redis.Redis", key: bytes = KEY) -> None:
    """A stream with a past: odd names and bytes, deletions, a trim, groups at several places, pending entries of several kinds."""
    for number in range(1, 41):
        fields: Any = {b"number": str(number), b"\xff\x00 raw": bytes(range(number))}
        client.xadd(key, fields, id=f"{number}-{number % 3}")
    client.xgroup_create(key, b"billing", id="0")
    client.xgroup_create(key, b'odd "\n\xff', id="7-1")
    client.xgroup_create(key, b"new", id="$")
    client.xreadgroup(b"billing", b"w-1", {key: ">"}, count=12)  # type: ignore[arg-type]
    client.xreadgroup(b"billing", b"w-\xfe", {key: ">"}, count=8)  # type: ignore[arg-type]
    client.xreadgroup(b'odd "\n\xff', b"other", {key: ">"}, count=3)  # type: ignore[arg-type]
    client.xgroup_createconsumer(key, b"new", b"idle")
    client.xclaim(key, b"billing", b"w-2", 0, ["3-0", "4-1"])
    client.xclaim(key, b"billing", b"w-2", 0, ["3-0"], retrycount=7, idle=123_456)
    client.xack(key, b"billing", "5-2", "6-0")
    client.xdel(key, "30-0", "40-1")
    client.xtrim(key, minid="3", approximate=False)


def backed_up(client: "redis.Redis", key: bytes = KEY) -> tuple[bytes, Taken]:
    """The file and what it is said to hold."""
    file = io.BytesIO()
    taken = take(client, key, file, server="shop", step=lambda _: None)
    return file.getvalue(), taken


def reader(content: bytes) -> Reader:
    """Reads the file from its beginning."""
    return Reader(io.BytesIO(content))


def restored(client: "redis.Redis", content: bytes, key: bytes) -> None:
    """Rebuilds the backup and puts it in its place."""
    server = read_server(client)
    its, rebuilt = reader(content), key + b":rebuilt"
    rebuild(client, its, rebuilt, server, lambda _: None)
    assert its.end is not None
    put_back(
        client,
        rebuilt,
        key,
        run_id=server.run_id,
        length=its.end.entries,
        last_generated_id=its.stream.last_generated_id,
        again=False,
    )
