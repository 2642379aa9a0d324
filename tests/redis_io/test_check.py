"""Test connection: each step is ok, or says what failed and what would be right."""

import pytest

from dashboard.core.target import Target, parse_address
from dashboard.redis_io.connect import check
from tests.deployments import Cluster, Watched
from tests.servers import Kind, RedisServer

COMMANDS = {
    "TIME", "INFO", "SCAN", "XINFO STREAM", "XINFO GROUPS", "XINFO CONSUMERS", "XLEN", "XRANGE", "XREVRANGE", "XPENDING",
    "MEMORY USAGE", "SLOWLOG LEN", "SLOWLOG GET",
}  # fmt: skip


def at(port: int, credentials: str = "") -> Target:
    return parse_address(f"redis://{credentials}127.0.0.1:{port}/0")


def test_a_server_that_can_be_watched_passes_every_step(watched_server: RedisServer) -> None:
    result = check(parse_address(watched_server.url))

    assert result.ok
    assert result.failure == ""
    assert [step.name for step in result.steps][:3] == ["name resolution", "connection", "authentication"]
    assert {step.name for step in result.steps[3:]} == COMMANDS
    assert result.info is not None
    assert result.info.product in ("valkey", "redis")


def test_a_unix_socket_needs_no_name(valkey_server: RedisServer) -> None:
    result = check(parse_address(valkey_server.unix_url))

    assert result.ok
    assert result.steps[0].name == "connection"


@pytest.mark.parametrize(
    ("address", "step", "says"),
    [
        ("redis://no-such-host.invalid", "name resolution", "cannot be resolved"),
        ("redis://127.0.0.1:1", "connection", "refuses connections"),
        ("unix:///nowhere/s", "connection", "no socket file"),
    ],
)
def test_the_way_ends_at_the_step_that_fails(address: str, step: str, says: str) -> None:
    result = check(parse_address(address))

    assert not result.ok
    assert result.steps[-1].name == step
    assert says in result.failure


def test_a_wrong_password_fails_authentication_and_is_not_repeated(valkey_server: RedisServer) -> None:
    with valkey_server.client() as root:
        root.execute_command("ACL", "SETUSER", "ann", "reset", "on", ">secret", "~*", "+@all")
    try:
        wrong = check(at(valkey_server.port, "ann:wrong@"))
        right = check(at(valkey_server.port, "ann:secret@"))
    finally:
        with valkey_server.client() as root:
            root.acl_deluser("ann")

    assert wrong.failure == "authentication: It refuses this user name or password."
    assert "wrong" not in wrong.failure.replace("wrong password", "")
    assert right.ok


def test_each_denied_command_is_named_with_its_remedy(watched_server: RedisServer) -> None:
    whole = watched_server.kind is Kind.REDIS_6  # which cannot take a subcommand away, nor name the one it denies
    rules = ("+xinfo|stream", "+xinfo|consumers") if whole else ("+xinfo", "-xinfo|groups")
    with watched_server.client() as root:
        root.execute_command("ACL", "SETUSER", "ann", "reset", "on", ">secret", "~*", "+time", "+scan", *rules)
        result = check(at(watched_server.port, "ann:secret@"))
        root.acl_deluser("ann")

    failed = {step.name: step.detail for step in result.steps if not step.ok}
    assert set(failed) == COMMANDS - {"TIME", "SCAN", "XINFO STREAM", "XINFO CONSUMERS"}
    assert ("+xinfo" if whole else "+xinfo|groups") in failed["XINFO GROUPS"]
    assert not result.ok


def test_a_user_of_some_keys_can_watch_those(watched_server: RedisServer) -> None:
    with watched_server.client() as root:
        root.execute_command("ACL", "SETUSER", "ann", "reset", "on", ">secret", "~orders:*", "+@all")
        result = check(at(watched_server.port, "ann:secret@"))
        root.acl_deluser("ann")

    assert result.ok, result.failure


def test_a_database_that_is_not_there_is_named(valkey_server: RedisServer) -> None:
    result = check(parse_address(f"redis://127.0.0.1:{valkey_server.port}/99"))

    assert result.failure == "authentication: It has no database of this number."


def test_sentinels_are_tried_one_by_one_and_then_their_master(shared_watched: Watched) -> None:
    result = check(parse_address(shared_watched.url))

    assert result.ok, result.failure
    names = [step.name for step in result.steps]
    assert names[:5] == [
        *(f"Sentinel 127.0.0.1:{sentinel.port}" for sentinel in shared_watched.sentinels),
        "master",
        "name resolution",
    ]
    assert result.steps[3].detail == f"orders is 127.0.0.1:{shared_watched.master.port}."
    assert set(names[4:]) > COMMANDS | {"ROLE"}
    assert result.info is not None
    assert result.info.role == "master"


def test_a_seed_that_is_not_there_and_a_master_that_nobody_knows_are_named(shared_watched: Watched) -> None:
    seed = f"127.0.0.1:{shared_watched.sentinels[0].port}"

    half = check(parse_address(f"redis+sentinel://127.0.0.1:1,{seed}/orders"))
    none = check(parse_address("redis+sentinel://127.0.0.1:1/orders"))
    other = check(parse_address(f"redis+sentinel://{seed}/other"))
    server = check(parse_address(f"redis+sentinel://127.0.0.1:{shared_watched.master.port}/orders"))

    refused = "Sentinel 127.0.0.1:1: connection: It refuses connections: nothing listens at this address."
    assert half.failure == none.failure == refused
    assert [step.ok for step in half.steps[:3]] == [False, True, True]
    assert len(none.steps) == 1
    assert other.failure.startswith("master: The Sentinels know no master called other.")
    assert "no Sentinel" in server.failure


def test_the_nodes_of_a_cluster_and_its_slots_are_tried(shared_cluster: Cluster, valkey_server: RedisServer) -> None:
    seed = f"127.0.0.1:{shared_cluster.nodes[0].port}"

    result = check(parse_address(f"redis+cluster://{seed}"))
    single = check(parse_address(f"redis+cluster://127.0.0.1:{valkey_server.port}"))

    assert result.ok, result.failure
    assert [step.name for step in result.steps[:2]] == [f"node {seed}", "slots"]
    assert result.steps[1].detail == "16,384 slots are held by 3 masters."
    masters = {f"master 127.0.0.1:{node.port}" for node in shared_cluster.nodes}
    assert {step.name for step in result.steps[2:]} == masters
    assert single.steps[-1].name == "slots"
    assert not single.ok


def test_a_node_of_a_cluster_that_lets_us_do_less_is_named(shared_cluster: Cluster) -> None:
    target = parse_address(shared_cluster.url.replace("://", "://ann:secret@"))
    for node in shared_cluster.all:
        with node.client() as root:
            less = ["-xinfo"] if node is shared_cluster.nodes[1] else []
            root.execute_command("ACL", "SETUSER", "ann", "reset", "on", ">secret", "~*", "+@all", *less)
    result = check(target)
    for node in shared_cluster.all:
        with node.client() as root:
            root.acl_deluser("ann")

    assert [step.name for step in result.steps if not step.ok] == [f"master 127.0.0.1:{shared_cluster.nodes[1].port}"]
    assert "XINFO STREAM: The user may not run" in result.failure
