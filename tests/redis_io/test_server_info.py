"""A server's health: as much as it tells."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from dashboard.core.sample import ServerInfo
from dashboard.core.target import parse_address
from dashboard.redis_io.connect import connect
from dashboard.redis_io.server_info import read_info, read_memory
from tests.servers import Kind, RedisServer, running, wait_until


@pytest.fixture
def watcher(watched_server: RedisServer) -> Iterator[redis.Redis]:
    with connect(parse_address(watched_server.url)) as client:
        yield client


@contextlib.contextmanager
def user(server: RedisServer, *rules: str) -> Iterator[redis.Redis]:
    """A client of a user with just these ACL rules."""
    with server.client() as root:
        root.execute_command("ACL", "SETUSER", "ann", "reset", "on", ">secret", "~*", *rules)
        try:
            with connect(parse_address(f"redis://ann:secret@127.0.0.1:{server.port}")) as client:
                yield client
        finally:
            root.acl_deluser("ann")


def test_product_version_and_role_are_told(watcher: redis.Redis, watched_server: RedisServer) -> None:
    info = read_info(watcher)

    kind = watched_server.kind
    assert (info.product, info.role, info.aof, len(info.run_id)) == (kind.product, "master", "off", 40)
    assert info.version.startswith(f"{kind.version}.")
    assert info.used_memory_bytes
    assert info.clients
    assert info.max_memory_bytes is None
    assert info.rdb_ok is True


def test_xadd_calls_are_counted_from_the_first(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    client_of_watched.config_resetstat()
    none_yet = read_info(watcher).xadd_calls
    for _ in range(3):
        client_of_watched.xadd("orders", {"a": 1})

    assert (none_yet, read_info(watcher).xadd_calls) == (0, 3)


def test_what_is_denied_is_unknown_and_the_rest_is_told(watched_server: RedisServer) -> None:
    with user(watched_server, "+ping") as client:
        info = read_info(client)

    assert info.version.count(".") == 2  # by HELLO, which nobody can be denied
    unknown = {name for name in ServerInfo.__struct_fields__ if getattr(info, name) in (None, "")}
    assert unknown == set(ServerInfo.__struct_fields__) - {"product", "version", "role"}


def test_persistence_and_replicas_are_told() -> None:
    with (
        running(Kind.VALKEY_9, "--appendonly", "yes", "--maxmemory", "100mb") as master,
        running(Kind.VALKEY_9, "--replicaof", f"127.0.0.1 {master.port}") as replica,
        connect(parse_address(master.url)) as client,
        connect(parse_address(replica.url)) as follower,
    ):
        wait_until(lambda: read_info(client).replicas == 1, "the replica")
        info, other = read_info(client), read_info(follower)

    assert (info.aof, info.max_memory_bytes) == ("ok", 100 * 1024 * 1024)
    assert (info.role, other.role) == ("master", "slave")
    assert info.run_id != other.run_id


def test_memory_is_told_of_streams_that_are_there(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    keys = [b"s:%d" % number for number in range(450)]
    for key in keys:
        client_of_watched.xadd(key, {"a": "x" * 100})
    client_of_watched.delete(keys[7])

    memory = read_memory(watcher, keys)

    assert set(memory) == set(keys) - {keys[7]}
    assert all(size > 100 for size in memory.values())


def test_memory_that_is_denied_is_unknown_and_asked_for_in_one_batch_only(watched_server: RedisServer) -> None:
    with watched_server.client() as root, user(watched_server, "+ping") as client:
        root.acl_log_reset()
        assert read_memory(client, [b"s:%d" % number for number in range(1000)]) == {}

        log: list[dict[str, Any]] = root.acl_log()
    assert [entry["count"] for entry in log if entry["object"].startswith("memory")] == [200]
