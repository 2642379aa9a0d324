"""A replica that is watched itself, while its master sends it everything and when its master is gone."""

import itertools
from collections.abc import Iterator

import pytest

from dashboard.live.events import SampleTaken, ServerRecovered, ServerUnreachable
from dashboard.models import Alert, Stream, Threshold
from tests.live.sampling import Sampling, register
from tests.servers import Kind, RedisServer, free_port, running

#: A second for loading a hundred keys, in which it answers LOADING.
_SLOW = ("--key-load-delay", "10000", "--loading-process-events-interval-bytes", "1024")


@pytest.fixture
def replica() -> Iterator[RedisServer]:
    """A server on its own, with a stream of one entry, that will become a replica."""
    with running(Kind.VALKEY_9, *_SLOW) as server, server.client() as client:
        client.xadd("orders", {"n": 0})
        yield server


@pytest.fixture
def master(replica: RedisServer) -> Iterator[RedisServer]:
    """A server of the same kind with more entries in the same stream, and enough other keys."""
    with (
        running(replica.kind, "--repl-diskless-sync-delay", "0", "--rdbcompression", "no") as server,
        server.client() as client,
    ):
        for number in range(100):
            client.xadd("orders", {"n": number})
            client.set(f"text:{number}", "x" * 200)
        yield server


def test_a_full_sync_is_loading_and_a_lost_master_is_named_and_neither_makes_a_stream_vanish_or_a_rate_jump(
    sampling: Sampling, replica: RedisServer, master: RedisServer
) -> None:
    row = register(replica)
    Threshold.objects.create(name="empty", metric="length", comparison="below", critical_limit=1)
    sampling.start()
    sampling.wait_for(SampleTaken, lambda event: event.streams.added_per_s == [0.0])
    with replica.client() as client:
        client.execute_command("REPLICAOF", "127.0.0.1", str(master.port))
        sampling.wait_for(ServerUnreachable, lambda event: event.state == "loading", timeout=5)
        sampling.wait_for(ServerRecovered, timeout=6)
        sampling.wait_for(SampleTaken, lambda event: event.streams.length == [100])
        client.config_set("replica-serve-stale-data", "no")
        client.execute_command("REPLICAOF", "127.0.0.1", str(free_port()))
        lost = sampling.wait_for(ServerUnreachable, timeout=3)
        client.execute_command("REPLICAOF", "NO", "ONE")
        sampling.wait_for(ServerRecovered, timeout=4)
        sampling.wait_for(SampleTaken, lambda event: event.streams.length == [100])

    assert lost.state == "down"
    assert "lost its master, or still gets its data from it, and refuses to serve stale data" in lost.detail
    assert not Stream.objects.exclude(vanished_at=None).exists()
    assert not Alert.objects.exists()
    taken = sampling.samples(row)
    assert {problem for sample in taken for problem in sample.streams.problem} == {None}
    assert set(itertools.chain.from_iterable(sample.streams.added_per_s for sample in taken)) <= {None, 0.0}
