"""Networks that are slow, dead or deaf: the numbers stay right, the server is named, and nobody storms it."""

import itertools
import socket
import time
from functools import partial
from typing import Any

import pytest

from dashboard.live.events import SampleTaken, ServerRecovered, ServerUnreachable
from dashboard.models import Alert, Server, Threshold
from tests.faults.network import network_to
from tests.live.sampling import Sampling, register, register_url
from tests.servers import RedisServer, wait_until


def gaps(sampling: Sampling, server: Server) -> list[float]:
    """Seconds between a server's samples."""
    moments = [sample.taken_at for sample in sampling.samples(server)]
    return [after - before for before, after in itertools.pairwise(moments)]


def test_a_connection_that_goes_dead_without_a_word_costs_one_time_limit(
    sampling: Sampling, valkey_server: RedisServer
) -> None:
    with network_to(valkey_server) as network:
        register_url(network.url, interval_s=0.2)
        sampling.start()
        sampling.wait_for(SampleTaken)
        network.die()

        lost = sampling.wait_for(ServerUnreachable, timeout=3)
        sampling.wait_for(ServerRecovered, timeout=3)

        assert (lost.state, lost.detail) == ("down", "It did not answer within the time limit.")
        assert network.connections == 2


def test_a_network_that_swallows_everything_is_tried_seldom_and_seen_again_at_once(
    sampling: Sampling, valkey_server: RedisServer
) -> None:
    with network_to(valkey_server) as network:
        register_url(network.url, interval_s=0.2)
        sampling.start()
        sampling.wait_for(SampleTaken)
        network.dead = True
        network.die()
        sampling.wait_for(ServerUnreachable, timeout=3)
        before, began = network.connections, time.monotonic()
        time.sleep(3)
        tries, took = network.connections - before, time.monotonic() - began
        network.dead = False

        # Each try takes its time limit of a second, and then some patience.
        assert 1 <= tries <= took / 1.2 + 1
        sampling.wait_for(ServerRecovered, timeout=5)


def test_whoever_hangs_up_at_once_is_not_stormed(sampling: Sampling, valkey_server: RedisServer) -> None:
    with network_to(valkey_server) as network:
        network.hangs_up = True
        register_url(network.url)
        sampling.start()
        lost = sampling.wait_for(ServerUnreachable)
        before, began = network.connections, time.monotonic()
        time.sleep(3)
        tries, took = network.connections - before, time.monotonic() - began

        assert lost.state == "down"
        assert lost.detail.startswith("It closed the connection")
        assert tries <= took / 1.5 + 4  # after 0.1, 0.2, 0.4, 0.8 seconds, and then each 1.5
        network.hangs_up = False
        sampling.wait_for(ServerRecovered, timeout=4)


def test_two_hundred_milliseconds_away_every_number_is_right_over_one_connection(
    sampling: Sampling, valkey_server: RedisServer
) -> None:
    with valkey_server.client() as client:
        pipeline = client.pipeline(transaction=False)
        for number in range(200):
            pipeline.xadd(f"s:{number}", {"n": 0})
            pipeline.xgroup_create(f"s:{number}", "g", "0")
        pipeline.execute()
    with network_to(valkey_server) as network:
        network.delay_s = 0.1
        server = register_url(network.url, interval_s=0.5)
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: len(event.streams.id) == 200, timeout=15)
        with valkey_server.client() as client:
            for _ in range(7):
                client.xadd("s:7", {"n": 0})
        sample = sampling.wait_for(SampleTaken, lambda event: 8 in event.streams.length)
        sampling.wait_for(SampleTaken)

        assert sorted(lag or 0 for lag in sample.groups.lag) == [1] * 199 + [8]
        assert sampling.of(ServerUnreachable) == []
        assert network.connections == 1
        assert max(gaps(sampling, server)) < 8  # a round takes about a second there


def test_a_name_that_is_resolved_slowly_holds_up_nobody_else(
    sampling: Sampling, valkey_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = socket.getaddrinfo

    def slowly(host: Any, *arguments: Any, **options: Any) -> Any:
        if host == "slow.invalid":
            time.sleep(2)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    well, ill = register(valkey_server), register_url("redis://slow.invalid:6379/0", "slow")
    sampling.start()

    lost = sampling.wait_for(ServerUnreachable, lambda event: event.server == ill.pk)
    time.sleep(1)

    assert (lost.state, lost.detail) == ("down", "Its host name cannot be resolved.")
    assert len(sampling.samples(well)) > 10
    assert max(gaps(sampling, well)) < 1


def test_a_servers_clock_that_steps_an_hour_on_and_back_opens_no_alert_and_gives_no_wrong_number(
    sampling: Sampling, valkey_server: RedisServer
) -> None:
    with network_to(valkey_server) as network, valkey_server.client() as client:
        client.xadd("s", {"n": 0})
        client.xgroup_create("s", "g", "0")
        server = register_url(network.url)
        Threshold.objects.create(name="long", metric=Threshold.Metric.LENGTH, warning_limit=0, hold_s=1800)
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: event.streams.added_per_s == [0.0])
        for clock_s in (3600, 0, -3600, 0):
            network.clock_s = clock_s
            client.xadd("s", {"n": 0})
            wait_until(partial(_more, sampling, server, len(sampling.samples(server)) + 4), "samples by that clock")

    assert sampling.of(ServerUnreachable) == []
    assert not Alert.objects.exists()
    samples = sampling.samples(server)
    rates = [rate for sample in samples for rate in sample.streams.added_per_s if rate is not None]
    assert min(rates) == 0
    assert max(rates) <= 50  # one in a tenth of a second, and what a busy machine makes of that
    steps = [after.at - before.at for before, after in itertools.pairwise(samples)]
    assert sorted(round(step / 3600) for step in steps if abs(step) > 1800) == [-1, -1, 1, 1]
    assert [sample.groups.lag for sample in samples if sample.streams.id][-1] == [5]


def _more(sampling: Sampling, server: Server, than: int) -> bool:
    return len(sampling.samples(server)) > than
