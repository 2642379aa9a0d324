"""`manage.py inspect` tells what the sampler tells, with no database and no secret."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dashboard.core.deriver import Deriver
from dashboard.core.names import to_slug
from dashboard.core.target import parse_address
from dashboard.redis_io.connect import connect
from dashboard.redis_io.server_info import read_info
from dashboard.redis_io.sweep import sweep
from tests.certificates import Authority, tls_running
from tests.servers import RedisServer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def orders(watched_server: RedisServer) -> RedisServer:
    """A server of each kind in turn with ten orders."""
    return with_orders(watched_server)


@pytest.fixture
def valkey_orders(valkey_server: RedisServer) -> RedisServer:
    """The same on one kind, for tests that start processes."""
    return with_orders(valkey_server)


def with_orders(server: RedisServer) -> RedisServer:
    """Ten orders, of which billing was given four, under a group name that is no text."""
    with server.client() as client:
        for seq in range(1, 11):
            client.xadd("orders", {"n": seq}, id=f"5-{seq}")
        client.xgroup_create("orders", b"billing\xff", "0")
        client.xreadgroup(b"billing\xff", "ann", {"orders": ">"}, count=4)
    return server


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("inspect", *arguments)
    return capsys.readouterr().out


def run(*arguments: str, keys: bytes | None = None, tmp_path: Path) -> subprocess.CompletedProcess[bytes]:
    """The command as a user runs it, in a process with no configuration and no installation."""
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return subprocess.run(
        [sys.executable, "manage.py", "inspect", *arguments],
        cwd=ROOT,
        input=keys,
        capture_output=True,
        env={**environment, "VAR_DIR": str(tmp_path / "var")},
    )


def test_the_numbers_are_those_that_the_sampler_derives(
    orders: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = json.loads(printed(capsys, orders.url, "orders", "--json"))

    with connect(parse_address(orders.url)) as client:
        tick = Deriver().take(sweep(client, [b"orders"]), info=read_info(client), memory={}, interval_s=1)
    derived = tick.streams[b"orders"]
    [group], [expected] = shown["groups"], derived.groups
    assert (shown["length"], shown["pending"], shown["added_per_s"]) == (derived.length, derived.pending, None)
    assert (shown["first_id"], shown["last_id"]) == ("5-1", "5-10")
    assert shown["memory_bytes"] > 0
    assert (group["name"], group["slug"]) == ("billing\\xff", to_slug(b"billing\xff"))
    lag = (expected.lag.value, expected.lag.quality.value) if orders.kind.counts else (6, "measured")
    assert (group["lag"], group["lag_quality"]) == lag
    assert group["lag_reason"] == (
        expected.lag.reason if orders.kind.counts else "Counted entry by entry; nothing was removed since."
    )
    assert group["state_reason"] == expected.state_reason
    assert (group["time_lag_s"], group["delivered_per_s"]) == (None, None)  # these ids are no clock


def test_rates_come_from_two_samples(orders: RedisServer, capsys: pytest.CaptureFixture[str]) -> None:
    shown = json.loads(printed(capsys, orders.url, "orders", "--json", "--rates", "0.05"))

    assert shown["added_per_s"] == 0.0
    assert shown["groups"][0]["delivered_per_s"] == 0.0


def test_people_get_a_table(orders: RedisServer, capsys: pytest.CaptureFixture[str]) -> None:
    table = printed(capsys, orders.url, "orders")

    assert "length 10" in table
    assert "billing\\xff" in table
    assert "added/s unknown" in table
    assert ("own count" if orders.kind.counts else "Counted entry by entry") in table


def test_no_database_and_no_secret_is_needed(valkey_orders: RedisServer, tmp_path: Path) -> None:
    done = run(valkey_orders.url, "orders", "--json", tmp_path=tmp_path)

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["length"] == 10
    assert not (tmp_path / "var").exists()


def test_each_key_of_standard_input_is_answered_by_one_line(valkey_orders: RedisServer, tmp_path: Path) -> None:
    with valkey_orders.client() as client:
        client.xadd(b"g\xff\r", {"a": 1})
        client.set("text", 1)

    done = run(valkey_orders.url, "--stdin", "--json", keys=b"orders\ng\xff\r\ntext\nnone\n\norders", tmp_path=tmp_path)

    assert (done.returncode, done.stderr) == (0, b"")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line.get("length") for line in lines] == [10, 1, None, None, None, 10]
    assert [line.get("problem") for line in lines] == [None, None, "wrong_type", "vanished", "vanished", None]
    assert lines[1]["key"] == "g\\xff\\r"
    assert "error" in lines[2]


def test_keys_with_line_breaks_are_given_as_base64url(valkey_orders: RedisServer, tmp_path: Path) -> None:
    with valkey_orders.client() as client:
        client.xadd(b"a\nb", {"a": 1})

    done = run(valkey_orders.url, "--stdin", "--json", "--base64", keys=b"YQpi\nno base64\n", tmp_path=tmp_path)

    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["key"], first["length"]) == ("a\\nb", 1)
    assert "base64url" in second["error"]


def test_answers_are_flushed_one_by_one(valkey_orders: RedisServer, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "inspect", valkey_orders.url, "--stdin", "--json"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "VAR_DIR": str(tmp_path / "var")},
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(3):
            process.stdin.write(b"orders\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["length"] == 10
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["localhost:6379", "orders"], "starts with redis://"),
        (["redis://127.0.0.1:1", "orders"], "refuses connections"),
        (["redis://:secret@{server}", "orders"], "asks for none"),
        (["redis://ann:secret@{server}", "orders"], "refuses this user name"),
        (["redis://{server}", "none"], "no such key"),
        (["redis://{server}"], "--stdin"),
        (["redis://{server}", "orders", "--stdin"], "--stdin"),
        (["redis://{server}", "orders", "--rates", "0"], "--rates"),
        (["redis://{server}", "orders", "--timeout", "nan"], "--timeout"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(valkey_server: RedisServer, arguments: list[str], says: str) -> None:
    filled = [argument.replace("{server}", f"127.0.0.1:{valkey_server.port}") for argument in arguments]

    with pytest.raises(CommandError) as caught:
        call_command("inspect", *filled)

    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_error_ends_the_process_with_a_status(tmp_path: Path) -> None:
    done = run("redis://127.0.0.1:1", "orders", tmp_path=tmp_path)

    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1


def test_a_server_with_tls_is_inspected_with_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    authority = Authority()
    client = authority.issue("watcher")
    for name, text in {"ca": authority.pem, "crt": client.certificate, "key": client.key}.items():
        (tmp_path / name).write_text(text)
    with tls_running(tmp_path, authority, authority.issue("127.0.0.1"), asks_client=True) as secure:
        with_orders(secure.server)
        address = f"rediss://127.0.0.1:{secure.port}/0?ca={tmp_path}/ca"

        answer = printed(capsys, f"{address}&certificate={tmp_path}/crt&key={tmp_path}/key", "orders")
        with pytest.raises(CommandError, match="asks for a client certificate"):
            call_command("inspect", address, "orders")

    assert "length 10" in answer
