"""Sweeps over a long way: chunks follow each other, and every stream still has its own numbers."""

import time

import pytest

from dashboard.core.target import parse_address
from dashboard.redis_io.chunks import in_flight
from dashboard.redis_io.client import connect
from dashboard.redis_io.sweep import sweep
from tests.faults.network import network_to
from tests.servers import RedisServer

STREAMS = 4000


@pytest.mark.parametrize(
    ("round_trip_s", "chunks"), [(0.0002, 1), (0.019, 1), (0.02, 3), (0.05, 6), (0.2, 16), (5.0, 16)]
)
def test_only_over_a_long_way_several_chunks_are_under_way(round_trip_s: float, chunks: int) -> None:
    assert in_flight(round_trip_s) == chunks


def test_thousands_of_streams_take_a_few_round_trips_over_a_long_way(valkey_server: RedisServer) -> None:
    keys = [b"long:%04d" % number for number in range(STREAMS)]
    with valkey_server.client() as client:
        client.flushall()
        batch = client.pipeline(transaction=False)
        for number, key in enumerate(keys):
            batch.xadd(key, {"n": 1}, id=f"{number + 1}-1")
            batch.xgroup_create(key, "g", id="0")
        batch.execute()

    with network_to(valkey_server) as network, connect(parse_address(network.url), timeout_s=5.0) as watcher:
        network.delay_s = 0.1
        sweep(watcher, keys[:1])  # connects
        began = time.monotonic()
        swept = sweep(watcher, keys)
        took = time.monotonic() - began

    assert [swept.streams[key].last_generated_id.ms for key in keys] == list(range(1, STREAMS + 1))
    assert not swept.problems
    # There are more than 20 chunks; one after the other they would take 4 s and more.
    assert took < 4
