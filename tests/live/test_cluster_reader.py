"""The reader of a cluster: all shards in one tick, each node's trouble its own, and keys that move followed."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing

import msgspec
import pytest
import redis

from dashboard.core.marks import Mark, MarkKind
from dashboard.core.metrics import ServerTick
from dashboard.core.sample import ProblemKind, ServerState
from dashboard.core.target import parse_address
from dashboard.live.sampling.cluster_reader import ClusterReader
from dashboard.live.sampling.reader import Definition
from dashboard.redis_io.connect import explain
from tests.deployments import Cluster, cluster
from tests.servers import Kind, wait_until

INTERVAL_S = 0.4


def definition(made: Cluster, *, read_replicas: bool = False) -> Definition:
    return Definition(
        server_id=1,
        target=parse_address(made.url),
        interval_s=INTERVAL_S,
        include=(b"*",),
        exclude=(),
        read_replicas=read_replicas,
    )


@pytest.fixture(scope="module")
def roomy() -> Iterator[Cluster]:
    """A cluster that serves what it has while a node is away. Tests leave it whole, and its streams as they are."""
    with cluster(Kind.VALKEY_9, replicas=[0], options=["--cluster-require-full-coverage", "no"]) as made:
        fill(made)
        yield made


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A cluster that a test may break."""
    with cluster(Kind.VALKEY_9, replicas=[0]) as made:
        fill(made)
        yield made


@pytest.fixture
def reader(roomy: Cluster) -> Iterator[ClusterReader]:
    with closing(ClusterReader(definition(roomy))) as made:
        yield made


def fill(made: Cluster) -> None:
    """Two streams at each master."""
    for number, node in enumerate(made.nodes):
        with node.client() as client:
            for key in made.keys_at(number, 2):
                client.xadd(key, {"n": 1})


def keys_of(made: Cluster) -> list[bytes]:
    return [key for number in range(3) for key in made.keys_at(number, 2)]


def told(reader: ClusterReader, keys: list[bytes]) -> ServerTick | str:
    """A round as the watcher takes it."""
    try:
        return reader.read(keys).tick
    except (redis.RedisError, OSError) as error:
        reader.close()
        return explain(error).detail


def until(reader: ClusterReader, keys: list[bytes], wanted: Callable[[ServerTick], bool], within: float) -> ServerTick:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        tick = told(reader, keys)
        if isinstance(tick, ServerTick) and wanted(tick):
            return tick
        time.sleep(INTERVAL_S)
    raise TimeoutError(f"no such tick within {within:g} s; the last is {tick!r}")


def lengths(tick: ServerTick) -> dict[bytes, int | None]:
    return {key: stream.length for key, stream in tick.streams.items()}


def whole(tick: ServerTick) -> bool:
    return list(lengths(tick).values()) == [1] * 6


def took(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def test_all_shards_are_in_one_tick_with_the_state_of_each_node(roomy: Cluster, reader: ClusterReader) -> None:
    keys = keys_of(roomy)
    tick = until(reader, keys, lambda tick: len(tick.streams) == 6, within=5)

    assert list(tick.streams) == keys
    assert set(lengths(tick).values()) == {1}
    masters = {node.address: node for node in tick.nodes if node.role == "master"}
    assert set(masters) == {f"127.0.0.1:{node.port}" for node in roomy.nodes}
    assert {node.streams for node in masters.values()} == {2}
    assert sum(node.slots or 0 for node in masters.values()) == 16384
    [replica] = [node for node in tick.nodes if node.role == "replica"]
    assert (replica.address, replica.state) == (f"127.0.0.1:{roomy.replicas[0].port}", ServerState.UP)
    assert tick.deployment is not None
    assert (tick.deployment.cluster_state, tick.deployment.slots_served) == ("ok", 16384)
    assert tick.info is not None
    clients = [node.info.clients for node in masters.values() if node.info and node.info.clients]
    assert tick.info.clients == sum(clients)
    assert tick.info.replicas == 1
    assert tick.cost is not None


def test_streams_are_found_on_every_master(roomy: Cluster, reader: ClusterReader) -> None:
    found: set[bytes] = set()
    deadline = time.monotonic() + 10
    while found != set(keys_of(roomy)) and time.monotonic() < deadline:
        found |= set(reader.read([]).found)
    assert found == set(keys_of(roomy))


def test_a_slot_that_moves_costs_its_own_keys_at_most_two_samples_a_step(roomy: Cluster, reader: ClusterReader) -> None:
    keys = keys_of(roomy)
    moving, others = keys[0], keys[1:]
    until(reader, keys, whole, within=5)
    source, target = roomy.nodes[:2]
    before = len(ticks := [reader.read(keys).tick for _ in range(3)])

    roomy.begin_move(moving, source, target)
    ticks += [reader.read(keys).tick for _ in range(6)]
    roomy.end_move(moving, source, target)
    ticks += [reader.read(keys).tick for _ in range(6)]
    time.sleep(1)  # for the map
    ticks += [reader.read(keys).tick for _ in range(3)]
    roomy.move(moving, target, source)
    ticks += [reader.read(keys).tick for _ in range(6)]

    missing = [number for number, tick in enumerate(ticks) if lengths(tick).get(moving) != 1]
    for start, end in ((before, before + 6), (before + 6, before + 15), (before + 15, before + 21)):
        assert sum(start <= number < end for number in missing) <= 2, missing
    assert missing, "the slot never moved"
    for tick in ticks:
        assert all(stream.problem is None for stream in tick.streams.values())
        assert all(lengths(tick).get(key) == 1 for key in others)


def test_a_node_that_hangs_costs_only_its_own_keys(roomy: Cluster, reader: ClusterReader) -> None:
    keys = keys_of(roomy)
    lost, others = keys[4:], keys[:4]
    until(reader, keys, whole, within=5)
    hanging = roomy.nodes[2]
    hanging.pause()
    try:
        began, ticks = time.monotonic(), []
        while time.monotonic() - began < 3.0:
            round_began = time.monotonic()
            ticks.append(reader.read(keys).tick)
            time.sleep(max(0.0, INTERVAL_S - (time.monotonic() - round_began)))
        # Seven or eight rounds of 0.4 s; waiting for the time limit of a second just once would leave at most five.
        assert len(ticks) >= 6
        assert sum(lengths(tick).get(key) == 1 for tick in ticks for key in others) >= len(ticks) * len(others) - 2
        last = ticks[-1]
        assert {last.streams[key].problem for key in lost} == {ProblemKind.ERROR}
        place = f"127.0.0.1:{hanging.port}"
        assert last.streams[lost[0]].detail == f"The node {place} that holds it does not answer."
        [state] = [node for node in last.nodes if node.address == place]
        assert state.state is ServerState.DOWN
        wait_until(lambda: place in failed(reader.read(keys).tick), "the cluster's word on it")
    finally:
        hanging.resume()
    until(reader, keys, whole, within=5)
    wait_until(lambda: roomy.ready(), "a whole cluster")


def failed(tick: ServerTick) -> tuple[str, ...]:
    return tick.deployment.failed_nodes if tick.deployment else ()


def test_a_replica_is_read_where_that_is_wished_and_its_master_where_it_fails(roomy: Cluster) -> None:
    keys = keys_of(roomy)
    replica = roomy.replicas[0]
    with closing(ClusterReader(definition(roomy, read_replicas=True))) as reader:
        tick = until(reader, keys, whole, within=5)
        [read] = [node for node in tick.nodes if node.info and node.info.role == "slave"]
        assert (read.address, read.role, read.streams) == (f"127.0.0.1:{replica.port}", "replica", 2)

        replica.kill()
        tick = reader.read(keys).tick

        assert whole(tick)
        assert not any(node.info and node.info.role == "slave" for node in tick.nodes)
    replica.start()
    wait_until(lambda: roomy.ready(), "a whole cluster", timeout=20)


def test_that_all_refuse_us_is_the_servers_state(roomy: Cluster) -> None:
    nobody = msgspec.structs.replace(parse_address(roomy.url), username="nobody", password="wrong")

    reader = ClusterReader(msgspec.structs.replace(definition(roomy), target=nobody))
    with closing(reader), pytest.raises(redis.RedisError) as caught:
        reader.read([])

    assert explain(caught.value).state is ServerState.DENIED


def test_a_failover_inside_the_cluster_is_followed_and_marked(own_cluster: Cluster) -> None:
    keys = keys_of(own_cluster)
    old, new = own_cluster.nodes[0], own_cluster.replicas[0]
    with closing(ClusterReader(definition(own_cluster))) as reader:
        until(reader, keys, whole, within=5)
        old.pause()

        marks: list[Mark] = []

        def noted(tick: ServerTick) -> bool:
            marks.extend(mark for mark in tick.marks if mark.kind in (MarkKind.FAILOVER, MarkKind.RESTART))
            return bool(marks) and whole(tick)

        until(reader, keys, noted, within=15)

    [mark] = marks
    assert mark.kind is MarkKind.FAILOVER
    assert mark.text == f"Failover: 127.0.0.1:{new.port} took the slots of 127.0.0.1:{old.port} over."


def test_a_cluster_that_is_down_says_why_and_comes_back(own_cluster: Cluster) -> None:
    keys = keys_of(own_cluster)
    lost = own_cluster.nodes[2]
    with closing(ClusterReader(definition(own_cluster))) as reader:
        until(reader, keys, whole, within=5)
        lost.kill()
        why = f"The cluster is down: 5,462 of 16,384 slots are not served. 127.0.0.1:{lost.port} failed."
        wait_until(lambda: told(reader, keys) == why, "a cluster that is down")
        assert min(took(lambda: told(reader, keys)) for _ in range(3)) < 1.5  # a client that retries waits for 3 s

        lost.start()  # without its streams
        gone = [None] * 4 + [ProblemKind.VANISHED] * 2
        until(reader, keys, lambda tick: [stream.problem for stream in tick.streams.values()] == gone, within=15)

        for node in own_cluster.all:
            node.kill()
        wait_until(lambda: "None of" in str(told(reader, keys))[:10], "no node at all")
