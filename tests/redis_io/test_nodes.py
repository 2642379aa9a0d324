"""Which node a look or an action goes to."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import redis

from dashboard.core.target import parse_address
from dashboard.redis_io.connect import connect_for
from dashboard.redis_io.faults import Explained
from tests.deployments import MASTER, Cluster, Sentinel, Watched, watched
from tests.servers import Kind, RedisServer, wait_until


def port_of(address: str, key: bytes = b"s", *, acting: bool = True) -> int:
    """The port of the node that is reached, which is asked something too."""
    with connect_for(parse_address(address), key, acting=acting) as client:
        assert client.xlen(key) == 0
        return int(client.connection_pool.connection_kwargs["port"])


@pytest.mark.parametrize("acting", [False, True], ids=["to look", "to act"])
def test_a_key_is_reached_at_its_slots_master(shared_cluster: Cluster, acting: bool) -> None:
    for number, node in enumerate(shared_cluster.nodes):
        [key] = shared_cluster.keys_at(number)
        assert port_of(shared_cluster.url, key, acting=acting) == node.port
        assert port_of(f"redis+cluster://127.0.0.1:{node.port}", key, acting=acting) == node.port


@pytest.mark.parametrize("acting", [False, True], ids=["to look", "to act"])
def test_behind_sentinels_a_key_is_reached_at_the_master(shared_watched: Watched, acting: bool) -> None:
    assert port_of(shared_watched.url, acting=acting) == shared_watched.master.port


def test_a_master_that_says_that_it_is_a_replica_is_not_acted_on(shared_watched: Watched) -> None:
    mistaken = Sentinel(shared_watched.kind, f"127.0.0.1 {shared_watched.replicas[0].port}", quorum=1)
    try:
        with pytest.raises(Explained) as caught:
            port_of(f"redis+sentinel://127.0.0.1:{mistaken.port}/{MASTER}")
    finally:
        mistaken.close()

    assert "should be the master and says that it is a replica" in caught.value.problem.detail


@pytest.fixture
def own_watched() -> Iterator[Watched]:
    """A deployment that a test may break."""
    with watched(Kind.VALKEY_9) as made:
        yield made


def test_an_old_master_that_wakes_up_takes_no_action_any_more(own_watched: Watched) -> None:
    old = own_watched.master
    assert port_of(own_watched.url) == old.port
    old.pause()
    new = own_watched.wait_for_failover()
    for sentinel in own_watched.sentinels:
        sentinel.pause()  # so that nobody corrects it

    old.resume()
    try:
        with old.client() as client:
            assert client.role()[0] == b"master"  # it believes so still, and would take the write
    finally:
        for sentinel in own_watched.sentinels:
            sentinel.resume()
    reached = port_of(own_watched.url)

    assert reached == new.port


def test_without_a_majority_of_sentinels_one_may_look_and_not_act(own_watched: Watched) -> None:
    for sentinel in own_watched.sentinels[1:]:
        sentinel.kill()

    with pytest.raises(Explained) as caught:
        port_of(own_watched.url)
    assert caught.value.problem.detail == (
        "Which node is the master is not certain enough to act on: only 1 of 3 Sentinels answer."
    )
    only = f"redis+sentinel://127.0.0.1:{own_watched.sentinels[0].port}/{MASTER}"
    wait_until(lambda: _doubted(only), "a Sentinel that misses the others")
    assert port_of(own_watched.url, acting=False) == own_watched.master.port


def _doubted(address: str) -> bool:
    try:
        port_of(address)
    except Explained as error:
        return "the Sentinels have no majority" in error.problem.detail
    return False


def test_a_cluster_master_that_slept_through_its_failover_takes_no_action_any_more(cluster_to_break: Cluster) -> None:
    old, new = cluster_to_break.nodes[0], cluster_to_break.replicas[0]
    [key] = cluster_to_break.keys_at(0)
    old.pause()
    wait_until(lambda: _is_master(new), "a failover", timeout=20)
    for witness in cluster_to_break.nodes[1:]:
        assert port_of(f"redis+cluster://127.0.0.1:{witness.port}", key) == new.port

    old.resume()

    # Of all nodes only the sleeper is named in the address, and it may not know yet.
    assert port_of(f"redis+cluster://127.0.0.1:{old.port}", key) == new.port


def _is_master(server: RedisServer) -> bool:
    with server.client() as client:
        return bool(client.role()[0] == b"master")


@pytest.fixture
def cluster_to_break() -> Iterator[Cluster]:
    """A cluster that a test may break."""
    with closing(Cluster(Kind.VALKEY_9, replicas=[0])) as made:
        yield made


def test_a_key_on_its_way_to_another_node_is_said_to_be(cluster_to_break: Cluster) -> None:
    [key] = cluster_to_break.keys_at(0)
    source, target = cluster_to_break.nodes[:2]
    with source.client() as client:
        client.xadd(key, {"n": 1})
    cluster_to_break.begin_move(key, source, target)

    with connect_for(parse_address(cluster_to_break.url), key) as client, pytest.raises(redis.ResponseError) as caught:
        client.xlen(key)

    assert type(caught.value).__name__ == "AskError"
