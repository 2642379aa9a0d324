"""A server's health: as much as it tells."""

import contextlib
import time
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
    assert unknown == set(ServerInfo.__struct_fields__) - {"product", "version", "role", "mode"}


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


def test_memory_clients_and_traffic_are_told_on_every_kind(
    watcher: redis.Redis, client_of_watched: redis.Redis
) -> None:
    client_of_watched.config_set("maxmemory", "200mb")
    try:
        info = read_info(watcher)
    finally:
        client_of_watched.config_set("maxmemory", "0")

    assert (info.mode, info.loading, info.memory_policy) == ("standalone", False, "noeviction")
    assert (info.max_memory_bytes, info.max_clients, info.blocked_clients) == (200 * 2**20, 10_000, 0)
    assert (info.evicted_keys, info.rejected_connections) == (0, 0)
    told = (
        info.fragmentation,
        info.peak_memory_bytes,
        info.input_bytes_per_s,
        info.output_bytes_per_s,
        info.expired_keys,
    )
    assert None not in told
    assert info.uptime_s is not None
    assert (info.replica_states, info.master, info.link_up, info.link_down_s) == ((), None, None, None)
    assert (info.aof_write_ok, info.aof_rewrite_ok, info.aof_bytes, info.rdb_ok) == (True, True, None, True)
    assert info.rdb_changes is not None
    assert info.fork_us is not None


def test_evictions_are_told_as_a_total(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    before = read_info(watcher).evicted_keys
    for number in range(50):
        client_of_watched.set(f"k:{number}", "x" * 1000)
    client_of_watched.config_set("maxmemory-policy", "allkeys-lru")
    client_of_watched.config_set("maxmemory", "1")
    with contextlib.suppress(redis.ResponseError):
        client_of_watched.set("more", "x")
    try:
        after = read_info(watcher)
    finally:
        client_of_watched.config_set("maxmemory", "0")
        client_of_watched.config_set("maxmemory-policy", "noeviction")

    assert before is not None
    assert after.evicted_keys is not None
    assert after.evicted_keys >= before + 50
    assert after.memory_policy == "allkeys-lru"


def test_the_slow_logs_newest_is_told_by_its_commands_name_alone(
    watcher: redis.Redis, client_of_watched: redis.Redis
) -> None:
    client_of_watched.slowlog_reset()
    empty = read_info(watcher).slow_log
    client_of_watched.config_set("slowlog-log-slower-than", "0")
    client_of_watched.xadd("orders", {"card": "4111-secret"})
    client_of_watched.config_set("slowlog-log-slower-than", "10000")
    log = read_info(watcher).slow_log
    client_of_watched.slowlog_reset()

    assert empty is not None
    assert (empty.length, empty.id, empty.command) == (0, None, "")
    assert log is not None
    assert (log.length, log.command) == (2, "XADD")
    assert log.duration_us is not None
    assert log.at is not None
    assert "secret" not in repr(log)


def test_a_replica_is_told_by_its_master_and_tells_of_its_link() -> None:
    with (
        running(Kind.VALKEY_8) as master,
        running(Kind.VALKEY_8, "--replicaof", "127.0.0.1", str(master.port)) as replica,
        connect(parse_address(master.url)) as client,
        connect(parse_address(replica.url)) as follower,
    ):
        wait_until(lambda: read_info(follower).link_up is True, "the link")
        wait_until(lambda: (read_info(client).replica_states or [None])[0].state == "online", "the replica")  # type: ignore[union-attr]
        with master.client() as writer:
            for number in range(100):
                writer.xadd("s", {"n": number})
        states, own = read_info(client).replica_states, read_info(follower)
        master.kill()
        wait_until(lambda: read_info(follower).link_up is False, "the broken link")
        time.sleep(1.1)
        broken = read_info(follower)

    assert states is not None
    [seen] = states
    assert seen.address == f"127.0.0.1:{replica.port}"
    assert seen.lag_bytes is not None
    assert seen.lag_s is not None
    assert (own.master, own.link_up, own.link_down_s) == (f"127.0.0.1:{master.port}", True, None)
    assert broken.link_down_s is not None
    assert broken.link_down_s >= 1


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
