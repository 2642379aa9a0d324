"""Test connection: each step is ok, or says what failed and what would be right."""

import pytest

from dashboard.core.target import Target, parse_address
from dashboard.redis_io.connect import check
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
