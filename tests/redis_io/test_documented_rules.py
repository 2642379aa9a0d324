"""The ACL rules of docs/operations.md are enough, and no more than that."""

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from msgspec.structs import replace
from redis.exceptions import NoPermissionError

from dashboard.core.target import Target, parse_address
from dashboard.live.sampling import memory_round, node_reader
from dashboard.live.sampling.reader import Definition
from dashboard.live.sampling.readers import reader_of
from dashboard.redis_io import peek
from dashboard.redis_io.connect import check, connect, connect_for
from dashboard.redis_io.entries import Reader, Span
from dashboard.redis_io.nodes import find_map
from dashboard.redis_io.sentinels import Sentinels
from tests.deployments import cluster, watched
from tests.servers import Kind, RedisServer, running

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
KEYS = (b"orders", b"holes", b"large", b"gone")


def rules(*names: str) -> list[str]:
    found: list[str] = []
    for name in names:
        block = re.search(rf"```{name}\n(.*?)\n```", DOCUMENT.read_text(), re.DOTALL)
        assert block, name
        found += block[1].split()
    return found


def run(root: redis.Redis, *command: str) -> object:
    return root.execute_command(*command)  # type: ignore[no-untyped-call]


def let_watch(root: redis.Redis, *names: str) -> None:
    """A user `watcher` with exactly the documented rules; the log and the counts of commands start anew."""
    run(root, "ACL", "SETUSER", "watcher", "reset", "on", ">secret", *rules(*names))
    run(root, "ACL", "LOG", "RESET")
    run(root, "CONFIG", "RESETSTAT")


def refused(root: redis.Redis) -> list[tuple[object, object]]:
    return [(entry["reason"], entry["object"]) for entry in root.acl_log()]


def as_watcher(target: Target) -> Target:
    return replace(target, username="watcher", password="secret")


@pytest.fixture(params=list(Kind), ids=str)
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """Streams of every kind that makes the sampler look closer: holes, waiting, pending, large, gone; in database 1."""
    with running(request.param) as running_server, running_server.client(db=1) as root:
        for key in ("orders", "holes"):
            ids = [root.xadd(key, {"n": number}) for number in range(40)]
            root.xgroup_create(key, "billing", "0")
            root.xreadgroup("billing", "ann", {key: ">"}, count=10)
        root.xdel("holes", *ids[2:4], *ids[20:30])
        root.xadd("large", {"n": b"x" * 5_000_000})
        yield running_server


def defined(target: Target, *, read_replicas: bool = False) -> Definition:
    return Definition(
        server_id=1, target=target, interval_s=0.1, include=(b"*",), exclude=(), read_replicas=read_replicas
    )


def watch(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sampler's reader for two seconds, with its slow cadences made fast."""
    monkeypatch.setattr(node_reader, "INFO_EVERY_S", 0.2)
    monkeypatch.setattr(node_reader, "DISCOVERY_EVERY_S", 0.2)
    monkeypatch.setattr(memory_round, "MEMORY_EVERY_S", 0.5)
    with contextlib.closing(reader_of(defined(target))) as reader:
        found = set[bytes]()
        until = time.monotonic() + 2
        while time.monotonic() < until:
            reading = reader.read(KEYS)
            found |= set(reading.found)
            time.sleep(0.1)
    assert found == set(KEYS) - {b"gone"}
    assert reading.tick.streams[b"orders"].length == 40
    assert reading.tick.streams[b"orders"].memory_bytes
    assert reading.tick.info is not None
    assert reading.tick.info.run_id


def look(target: Target) -> None:
    """What pages ask for."""
    with connect_for(target, b"orders") as client:
        assert list(Reader(client, b"orders", Span(), most=5, most_bytes=100))
        assert peek.consumers(client, b"orders", b"billing", cap=10)
        assert peek.pending(client, b"orders", b"billing", after=None, count=5)


def test_a_sampler_under_the_watching_rules_leaves_the_log_empty_and_uses_each_of_them(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = as_watcher(parse_address(f"redis://127.0.0.1:{server.port}/1"))
    with server.client() as root:
        let_watch(root, "acl-watching")

        assert check(target).ok, check(target).failure
        watch(target, monkeypatch)
        look(target)

        assert refused(root) == []
        called = {name.removeprefix("cmdstat_") for name in root.info("commandstats")}
    unused = {rule for rule in rules("acl-watching") if rule.startswith("+") and not was_called(rule[1:], called)}
    assert unused == set()


def was_called(command: str, called: set[str]) -> bool:
    """Redis 6.2 counts commands as a whole."""
    whole = command.partition("|")[0]
    return (
        command in called or whole in called or ("|" not in command and any(c.startswith(whole + "|") for c in called))
    )


def test_a_watcher_may_neither_write_nor_run_a_script(server: RedisServer) -> None:
    with server.client() as root:
        let_watch(root, "acl-watching")
    with connect(as_watcher(parse_address(server.url))) as watcher:
        for write in (
            ["XADD", "orders", "*", "n", "2"],
            ["XTRIM", "orders", "MAXLEN", "0"],
            ["XACK", "orders", "billing", "1-1"],
            ["EVAL", "return 1", "0"],
            ["SLOWLOG", "RESET"],
            ["CLIENT", "KILL", "127.0.0.1:1"],
        ):
            with pytest.raises(NoPermissionError):
                run(watcher, *write)


@pytest.mark.parametrize("kind", [Kind.REDIS_6, Kind.VALKEY_9], ids=str)
def test_the_rules_of_a_cluster_are_enough_to_find_and_read_its_nodes(kind: Kind) -> None:
    with cluster(kind, masters=2, replicas=[0, 1]) as found:
        target = as_watcher(parse_address(found.url))
        for node in found.all:
            with node.client() as root:
                let_watch(root, "acl-watching", "acl-watching-cluster")
        key, moving = found.keys_at(0, 2)
        with found.nodes[0].client() as root:
            for name in (key, moving):
                root.xadd(name, {"n": 1})
                root.wait(1, 5000)

        assert check(target).ok, check(target).failure
        assert {shard.master[1] for shard in find_map(target, thorough=True).shards} == {n.port for n in found.nodes}
        with connect_for(target, key, acting=True) as client:
            assert list(Reader(client, key, Span(rising=True), most=1, most_bytes=10))
        assert read_lengths(target, key, moving, read_replicas=True) == [1, 1]
        found.begin_move(moving, *found.nodes)
        assert read_lengths(target, key, moving, read_replicas=False) == [1, 1]

        for node in found.all:
            with node.client() as root:
                assert refused(root) == []
                assert "cmdstat_readonly" in root.info("commandstats") or node in found.nodes
        with found.nodes[1].client() as root:
            assert "cmdstat_asking" in root.info("commandstats")


def read_lengths(target: Target, *keys: bytes, read_replicas: bool) -> list[int | None]:
    """Lengths of streams as the sampler's reader sees them after a few rounds."""
    with contextlib.closing(reader_of(defined(target, read_replicas=read_replicas))) as reader:
        streams = [reader.read(keys).tick.streams for _ in range(5)][-1]
    return [streams[key].length for key in keys]


@pytest.mark.parametrize("kind", [Kind.REDIS_6, Kind.VALKEY_9], ids=str)
def test_the_rules_of_a_sentinel_and_of_its_server_are_enough_to_find_the_master(kind: Kind) -> None:
    with watched(kind) as found:
        for sentinel in found.sentinels:
            sentinel.ask_plainly("ACL", "SETUSER", "finder", "reset", "on", ">sentinels", *rules("acl-sentinel"))
            sentinel.ask_plainly("ACL", "LOG", "RESET")
        for node in (found.master, *found.replicas):
            with node.client() as root:
                let_watch(root, "acl-watching")
                run(root, "ACL", "SETUSER", "watcher", "+role")
        with found.master.client() as root:
            root.xadd("orders", {"n": 1})
            root.wait(1, 5000)
        target = as_watcher(parse_address(found.url))
        target = replace(target, sentinel_username="finder", sentinel_password="sentinels")

        assert check(target).ok, check(target).failure
        with contextlib.closing(Sentinels(target)) as sentinels:
            assert sentinels.ask().word.master == ("127.0.0.1", found.master.port)
        with connect_for(target, b"orders", acting=True) as client:
            assert list(Reader(client, b"orders", Span(), most=1, most_bytes=10))

        for read_replicas in (False, True):
            assert read_lengths(target, b"orders", read_replicas=read_replicas) == [1]

        for node in (found.master, *found.replicas):
            with node.client() as root:
                assert refused(root) == []
        assert [sentinel.ask_plainly("ACL", "LOG") for sentinel in found.sentinels] == [[]] * len(found.sentinels)


def test_the_sets_of_rules_grant_nothing_that_deletes_or_configures() -> None:
    watching = set(rules("acl-watching", "acl-watching-cluster", "acl-sentinel"))
    granted = watching | set(rules("acl-acting"))

    assert not watching & {"+eval", "+xadd", "+xdel", "+unlink", "+xtrim", "+xclaim", "+xack", "+xgroup"}
    assert not granted & {
        "+@all",
        "+del",
        "+flushall",
        "+config",
        "+acl",
        "+keys",
        "+sentinel",
        "+xgroup",
        "allcommands",
    }
