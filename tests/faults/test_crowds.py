"""Crowds: a hundred thousand consumers in a group, ten thousand groups on a stream, pending entries without end."""

from typing import Any

from dashboard.live.events import SampleTaken, ServerUnreachable
from tests.live.sampling import Sampling, register
from tests.servers import Kind, RedisServer, running


def test_a_hundred_thousand_consumers_are_counted_and_never_listed(sampling: Sampling) -> None:
    create = "for n = 1, 100000 do redis.call('XGROUP', 'CREATECONSUMER', KEYS[1], 'g', 'c' .. n) end"
    with running(Kind.VALKEY_9, "--slowlog-log-slower-than", "10000") as server, server.client() as client:
        client.xgroup_create("s", "g", "0", mkstream=True)
        client.xadd("s", {"n": 0})
        client.eval(create, 1, "s")
        client.slowlog_reset()
        client.config_resetstat()
        register(server)
        sampling.start()
        sample = sampling.wait_for(SampleTaken, lambda event: event.groups.consumers == [100_000])
        for _ in range(10):
            sampling.wait_for(SampleTaken)
        commands, slow = client.info("commandstats"), client.slowlog_get()

    assert sample.groups.lag == [1]
    assert sampling.of(ServerUnreachable) == []
    assert "cmdstat_xinfo|consumers" not in commands
    assert [entry for entry in slow if entry["command"].upper().startswith(b"XINFO CONSUMERS")] == []


def test_ten_thousand_groups_on_a_stream_are_all_told(sampling: Sampling, valkey_server: RedisServer) -> None:
    create = "for n = 1, 10000 do redis.call('XGROUP', 'CREATE', KEYS[1], 'g' .. n, '0') end"
    with valkey_server.client() as client:
        client.xadd("s", {"n": 0})
        client.eval(create, 1, "s")
        server = register(valkey_server, interval_s=0.5)
        sampling.start()
        sample: Any = sampling.wait_for(SampleTaken, lambda event: len(event.groups.name) == 10_000, timeout=20)
        client.xgroup_destroy("s", "g77")
        sampling.wait_for(SampleTaken, lambda event: len(event.groups.name) == 9_999, timeout=20)

    assert set(sample.groups.lag) == {1}
    assert set(sample.groups.lag_quality) == {"exact"}
    assert sampling.samples(server)
    assert sampling.of(ServerUnreachable) == []


def test_two_hundred_thousand_pending_entries_cost_no_more_than_a_few(sampling: Sampling) -> None:
    fill = """
    for n = 1, 200000 do redis.call('XADD', KEYS[1], n .. '-0', 'n', '') end
    for _ = 1, 20 do redis.call('XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', 10000, 'STREAMS', KEYS[1], '>') end
    """
    with running(Kind.VALKEY_9) as server, server.client(socket_timeout=30) as client:
        client.xgroup_create("s", "g", "0", mkstream=True)
        client.eval(fill, 1, "s")
        client.config_resetstat()
        register(server)
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: event.groups.pending == [200_000])
        sample = sampling.wait_for(SampleTaken, lambda event: event.groups.poison == [0])
        for _ in range(5):
            sampling.wait_for(SampleTaken)
        commands = client.info("commandstats")

    assert (sample.groups.lag, sample.groups.ghosts, sample.groups.most_deliveries) == ([0], [0], [1])
    assert sampling.of(ServerUnreachable) == []
    assert {name: told for name, told in commands.items() if told["usec_per_call"] > 10_000} == {}
