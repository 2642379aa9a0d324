"""The reader behind Sentinels: whom it reads, and how it follows a failover."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing

import msgspec
import pytest
import redis

from dashboard.core.marks import MarkKind
from dashboard.core.metrics import ServerTick
from dashboard.core.sample import ProblemKind, ServerState
from dashboard.core.target import parse_address
from dashboard.live.sampling.reader import Definition
from dashboard.live.sampling.readers import reader_of
from dashboard.live.sampling.sentinel_reader import SentinelReader
from dashboard.redis_io.connect import explain
from tests.deployments import Watched, in_step, watched
from tests.servers import Kind, RedisServer, wait_until

#: So often a watcher at an interval of a second tries what failed, at most.
RETRY_S = 1.0


def definition(address: str, *, read_replicas: bool = False) -> Definition:
    return Definition(
        server_id=1,
        target=parse_address(address),
        interval_s=1.0,
        include=(b"*",),
        exclude=(),
        read_replicas=read_replicas,
    )


@pytest.fixture
def own_watched() -> Iterator[Watched]:
    """A deployment that a test may break, with one stream."""
    with watched(Kind.VALKEY_9) as made:
        add(made.master)
        yield made


@pytest.fixture(scope="module")
def calm() -> Iterator[Watched]:
    """A deployment with one stream that tests leave as it is."""
    with watched(Kind.REDIS_7) as made:
        add(made.master)
        yield made


@pytest.fixture
def reader(own_watched: Watched) -> Iterator[SentinelReader]:
    made = SentinelReader(definition(own_watched.url))
    with closing(made):
        yield made


def add(server: RedisServer, key: str = "s") -> None:
    with server.client() as client:
        client.xadd(key, {"n": 1})
        client.wait(1, 2000)


def told(reader: SentinelReader) -> ServerTick | str:
    """A round as the watcher takes it: a tick, or why there is none."""
    try:
        return reader.read([b"s"]).tick
    except (redis.RedisError, OSError) as error:
        reader.close()
        return explain(error).detail


def first(reader: SentinelReader, wanted: Callable[[ServerTick], bool], *, within: float) -> ServerTick:
    """Reads on until a tick is as wanted."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        tick = told(reader)
        if isinstance(tick, ServerTick) and wanted(tick):
            return tick
        time.sleep(0.1 if isinstance(tick, ServerTick) else RETRY_S)
    raise TimeoutError(f"no such tick within {within:g} s; the last is {tick!r}")


def master_of(tick: ServerTick) -> str:
    return next(node.address for node in tick.nodes if node.role == "master")


def test_the_master_is_read_and_its_replica_is_told(calm: Watched) -> None:
    with closing(SentinelReader(definition(calm.url))) as reader:
        tick = reader.read([b"s"]).tick

    assert tick.streams[b"s"].length == 1
    master, replica = tick.nodes
    assert (master.address, master.role, master.streams) == (f"127.0.0.1:{calm.master.port}", "master", 1)
    assert master.info is not None
    assert (replica.address, replica.state) == (f"127.0.0.1:{calm.replicas[0].port}", ServerState.UP)
    assert tick.deployment is not None
    assert (tick.deployment.master, tick.deployment.has_quorum) == (master.address, True)
    assert tick.marks == ()


def test_a_failover_is_followed_and_marked_once(own_watched: Watched, reader: SentinelReader) -> None:
    assert isinstance(told(reader), ServerTick)
    old, new = own_watched.master, own_watched.replicas[0]
    old.pause()

    # The promise is 5 s; the rest is for a machine that does much else.
    tick = first(reader, lambda tick: True, within=5 + 5)

    assert master_of(tick) == f"127.0.0.1:{new.port}"
    assert tick.streams[b"s"].length == 1
    assert tick.streams[b"s"].added_per_s is None  # another process: nothing to compare with
    [mark] = tick.marks
    assert mark.kind is MarkKind.FAILOVER
    assert mark.text == f"Failover: the master is 127.0.0.1:{new.port} now; it was 127.0.0.1:{old.port}."
    assert reader.read([b"s"]).tick.marks == ()

    old.resume()  # and returns, master as it believes
    for _ in range(20):
        tick = reader.read([b"s"]).tick
        assert master_of(tick) == f"127.0.0.1:{new.port}"
        assert [mark for mark in tick.marks if mark.kind in (MarkKind.FAILOVER, MarkKind.RESTART)] == []


def test_without_sentinels_an_open_connection_is_read_on_and_a_lost_one_is_not_trusted(
    own_watched: Watched, reader: SentinelReader
) -> None:
    assert isinstance(told(reader), ServerTick)
    for sentinel in own_watched.sentinels:
        sentinel.kill()

    tick = first(reader, lambda tick: bool(tick.deployment and tick.deployment.trouble), within=10)
    assert tick.streams[b"s"].length == 1
    assert tick.deployment is not None
    assert tick.deployment.sentinels_answering == 0
    assert "None of the 3 Sentinels answers." in tick.deployment.trouble
    own_watched.master.kill()
    own_watched.master.start()  # it may be an old master that comes back: who is to know?
    words = [told(reader), told(reader)]
    assert "None of the 3 Sentinels answers." in str(words[1])


def test_a_replica_in_step_is_read_where_that_is_wished_and_the_master_where_there_is_none(
    own_watched: Watched,
) -> None:
    replica = own_watched.replicas[0]
    with closing(SentinelReader(definition(own_watched.url, read_replicas=True))) as reader:
        tick = reader.read([b"s"]).tick
        assert tick.info is not None
        assert tick.info.role == "slave"
        assert [(node.role, node.streams) for node in tick.nodes] == [("master", None), ("replica", 1)]

        replica.kill()

        tick = reader.read([b"s"]).tick
        assert tick.streams[b"s"].length == 1
        assert tick.info is not None
        assert tick.info.role == "master"
        assert tick.marks == ()


def test_a_replica_that_lacks_its_data_makes_no_stream_vanish(own_watched: Watched) -> None:
    replica = own_watched.replicas[0]
    with closing(SentinelReader(definition(own_watched.url, read_replicas=True))) as reader:
        assert reader.read([b"s"]).tick.streams[b"s"].length == 1
        with own_watched.master.client() as client:
            client.execute_command("ACL", "SETUSER", "default", "-psync", "-sync")  # nobody gets a copy of its data
        replica.kill()
        replica.start()  # without data of its own
        assert not in_step(replica)

        for _ in range(20):
            tick = reader.read([b"s"]).tick
            assert tick.streams[b"s"].problem is not ProblemKind.VANISHED
            time.sleep(0.1)


def test_other_credentials_are_taken_over_with_nothing_lost(calm: Watched) -> None:
    with closing(SentinelReader(definition(calm.url))) as reader, calm.master.client() as client:
        assert isinstance(told(reader), ServerTick)
        client.execute_command("ACL", "SETUSER", "watcher", "on", ">secret", "~*", "+@all")
        account = msgspec.structs.replace(parse_address(calm.url), username="watcher", password="secret")

        reader.renew(msgspec.structs.replace(definition(calm.url), target=account))
        tick = reader.read([b"s"]).tick

        assert tick.streams[b"s"].added_per_s == 0.0
        assert any(row["user"] == "watcher" for row in client.client_list())


def test_what_is_wrong_with_the_address_is_the_servers_state(calm: Watched) -> None:
    wrong = msgspec.structs.replace(parse_address(calm.url), master_name="billing")
    reader = reader_of(msgspec.structs.replace(definition(calm.url), target=wrong))

    with closing(reader), pytest.raises(redis.RedisError) as caught:
        reader.read([b"s"])

    assert explain(caught.value).state is ServerState.DOWN
    assert explain(caught.value).detail == "The Sentinels know no master called billing. They watch orders."


def test_a_master_that_became_a_replica_is_left_for_the_new_one(own_watched: Watched, reader: SentinelReader) -> None:
    assert isinstance(told(reader), ServerTick)
    wait_until(lambda: _failover_begun(own_watched), "a failover by order")

    tick = first(reader, lambda tick: master_of(tick).endswith(f":{own_watched.replicas[0].port}"), within=10)

    assert [mark.kind for mark in tick.marks] == [MarkKind.FAILOVER]


def _failover_begun(own_watched: Watched) -> bool:
    try:
        return own_watched.sentinels[0].ask("FAILOVER", "orders") is not None
    except redis.ResponseError:  # the Sentinel does not know yet that the replica is fit
        return False
