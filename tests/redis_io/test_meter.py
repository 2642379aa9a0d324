"""What our connections count is what the server counted: the same calls, the same bytes."""

import socket
from collections import Counter

import pytest
import redis

from dashboard.core.target import parse_address
from dashboard.redis_io.connect import connect
from dashboard.redis_io.discover import discover
from dashboard.redis_io.meter import meter_of, name_of_packed
from dashboard.redis_io.server_info import read_info, read_memory
from dashboard.redis_io.sweep import sweep
from dashboard.redis_io.wire import pack
from tests.servers import Kind, RedisServer

KEYS = [b"s:%d" % number for number in range(300)]
QUESTION = pack(b"INFO", b"ALL")


class Observer:
    """Reads a server's own statistics over a socket that it opened beforehand, so that it knows its own part of them."""

    def __init__(self, server: RedisServer) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port))
        self._file = self._socket.makefile("rb")
        self._socket.sendall(pack(b"CONFIG", b"RESETSTAT"))
        self._reset = len(self._file.readline())

    def ask(self) -> tuple[Counter[str], int, int]:
        """Calls by command, bytes in, bytes out since the beginning, by anybody else."""
        self._socket.sendall(QUESTION)
        text = self._file.read(int(self._file.readline()[1:])).decode()
        fields = dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)
        calls = Counter(
            {
                name.removeprefix("cmdstat_"): int(told.split(",")[0].removeprefix("calls="))
                for name, told in fields.items()
                if name.startswith("cmdstat_")
            }
        )
        calls -= Counter({"config|resetstat": 1, "config": 1})
        sent, received = int(fields["total_net_input_bytes"]), int(fields["total_net_output_bytes"])
        return calls, sent - len(QUESTION), received - self._reset

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def test_what_is_counted_is_what_the_server_counted(
    watched_server: RedisServer, client_of_watched: redis.Redis
) -> None:
    pipeline = client_of_watched.pipeline(transaction=False)
    for key in KEYS:
        pipeline.xadd(key, {"a": 1})
        pipeline.xgroup_create(key, "billing", "0")
    pipeline.execute()
    observer = Observer(watched_server)

    with connect(parse_address(watched_server.url)) as client:
        sweep(client, [*KEYS, b"gone"])
        read_info(client)
        read_memory(client, KEYS)
        discover(client, include=[b"*"], exclude=[], budget_s=1)
        calls, sent, received = observer.ask()
        observer.close()

        meter = meter_of(client)
        counted = Counter(meter.calls)
        if watched_server.kind is Kind.REDIS_6:  # which does not count subcommands apart
            counted = Counter()
            for name, times in meter.calls.items():
                counted[name.partition("|")[0]] += times
        assert counted == calls
        assert (meter.sent, meter.received) == (sent, received)


def test_usage_is_taken_once(watched_server: RedisServer) -> None:
    with connect(parse_address(watched_server.url)) as client:
        sweep(client, [b"a", b"b"])

        first, second = meter_of(client).take(), meter_of(client).take()

    assert (first.calls["xinfo|stream"], first.calls["time"]) == (2, 1)
    assert first.bytes > 0
    assert (second.calls, second.bytes) == ({}, 0)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ((b"TIME",), "time"),
        ((b"INFO", b"commandstats"), "info"),
        ((b"XINFO", b"STREAM", b"orders"), "xinfo|stream"),
        ((b"XRANGE", b"\r\nGROUPS\r\n", b"-", b"+"), "xrange"),
        ((b"memory", b"usage", b"orders", b"SAMPLES", b"5"), "memory|usage"),
        ((b"COMMAND",), "command"),
    ],
)
def test_a_packed_command_is_known_by_its_name(command: tuple[bytes, ...], name: str) -> None:
    assert name_of_packed(pack(*command)) == name
