"""A cluster's map, as its nodes tell it."""

import pytest

from dashboard.core.node import Deployment
from dashboard.core.sample import ServerState
from dashboard.core.target import parse_address
from dashboard.redis_io.cluster_map import ClusterMap, Shard, key_slot, read_map
from dashboard.redis_io.faults import Explained
from dashboard.redis_io.nodes import find_map
from tests.deployments import Cluster
from tests.servers import RedisServer, free_port


def test_every_slot_has_its_master_and_every_master_its_replicas(shared_cluster: Cluster) -> None:
    known = find_map(parse_address(shared_cluster.url))

    ports = {shard.master[1]: [replica[1] for replica in shard.replicas] for shard in known.shards}
    replica = shared_cluster.replicas[0].port
    assert ports == {node.port: [replica] if number == 0 else [] for number, node in enumerate(shared_cluster.nodes)}
    assert sum(shard.slots for shard in known.shards) == 16384
    assert known.deployment == Deployment(cluster_state="ok", slots_served=16384, slots_failed=0)


def test_keys_are_looked_up_where_the_cluster_has_them(shared_cluster: Cluster) -> None:
    owners = find_map(parse_address(shared_cluster.url)).owners()

    for number, node in enumerate(shared_cluster.nodes):
        for key in shared_cluster.keys_at(number, 5):
            shard = owners.of(key)
            assert shard is not None
            assert shard.master[1] == node.port
            with node.client() as client:
                assert client.execute_command("CLUSTER", "KEYSLOT", key) == key_slot(key)


@pytest.mark.parametrize("key", [b"{user1}.orders", b"a{user1}b{c}", b"{}x", b"{", b"a{}b{c}", b"\xff{\x00}"], ids=repr)
def test_hash_tags_count_as_the_server_counts_them(shared_cluster: Cluster, key: bytes) -> None:
    with shared_cluster.nodes[0].client() as client:
        assert client.execute_command("CLUSTER", "KEYSLOT", key) == key_slot(key)


def test_one_node_that_answers_is_enough(shared_cluster: Cluster) -> None:
    node = shared_cluster.nodes[1]

    known = find_map(parse_address(f"redis+cluster://127.0.0.1:{free_port()},127.0.0.1:{node.port}"))

    assert len(known.shards) == 3


def test_a_single_server_is_said_to_be_no_cluster(valkey_server: RedisServer) -> None:
    with pytest.raises(Explained) as caught:
        find_map(parse_address(f"redis+cluster://127.0.0.1:{valkey_server.port}"))

    place = f"127.0.0.1:{valkey_server.port}"
    assert caught.value.problem.detail == f"{place} belongs to no cluster: redis:// watches a single server."


def test_that_no_node_answers_is_told_with_the_reason_of_one() -> None:
    with pytest.raises(Explained) as caught:
        find_map(parse_address(f"redis+cluster://127.0.0.1:{free_port()},127.0.0.1:{free_port()}"))

    assert caught.value.problem.state is ServerState.DOWN
    assert caught.value.problem.detail.startswith("None of 2 nodes tells of its cluster. 127.0.0.1:")
    assert caught.value.problem.detail.endswith("It refuses connections: nothing listens at this address.")


def test_a_user_who_may_not_see_the_map_is_told_what_to_grant(shared_cluster: Cluster) -> None:
    node = shared_cluster.nodes[0]
    with node.client(protocol=2) as client:
        client.execute_command("ACL", "SETUSER", "narrow", "on", ">secret", "~*", "+@all", "-cluster")
    with node.client(protocol=2, username="narrow", password="secret") as client, pytest.raises(Explained) as caught:
        read_map(client, ("127.0.0.1", node.port))

    assert caught.value.problem.state is ServerState.DENIED
    assert "CLUSTER" in caught.value.problem.detail


A, B = ("10.0.0.1", 6379), ("10.0.0.2", 6379)
WHOLE = (Shard(A, (), ((0, 8191),)), Shard(B, (), ((8192, 16383),)))


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (ClusterMap(epoch=1, shards=WHOLE, state="ok", served=16384), ""),
        (
            ClusterMap(epoch=1, shards=WHOLE, state="fail", served=8192, failed_slots=8192, failed=(B,)),
            "The cluster is down: 8,192 of 16,384 slots are not served. 10.0.0.2:6379 failed.",
        ),
        (ClusterMap(epoch=1, shards=WHOLE, state="fail", served=16384), "The cluster is down: it lacks a majority."),
        (
            ClusterMap(epoch=1, shards=WHOLE[:1], state="ok", served=8192),
            "8,192 of 16,384 slots belong to no node.",
        ),
        (
            ClusterMap(epoch=1, shards=WHOLE, state="ok", served=8192, failed=(B,)),
            "10.0.0.2:6379 failed.",
        ),
    ],
    ids=["well", "slots not served", "no majority", "slots of nobody", "a failed node"],
)
def test_what_is_wrong_with_a_cluster_is_a_sentence(known: ClusterMap, words: str) -> None:
    assert known.trouble == words
