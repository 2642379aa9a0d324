"""Servers that load, are busy, full, out of memory or restarted: each state by its name, and the way back from it."""

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator

import pytest
import redis

from dashboard.core.target import parse_address
from dashboard.live.events import SampleTaken, ServerRecovered, ServerUnreachable
from dashboard.models import Alert, Server, Stream, Threshold
from dashboard.redis_io.connect import connect
from dashboard.redis_io.sweep import sweep
from tests.live.sampling import Sampling, register, register_url
from tests.servers import Kind, RedisServer, running, wait_until


def test_one_of_twenty_servers_that_stands_still_keeps_no_other_waiting(sampling: Sampling) -> None:
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(running(Kind.VALKEY_9)) for _ in range(20)]
        rows = [register(server, f"shop {number}", interval_s=0.5) for number, server in enumerate(servers)]
        sampling.start()
        wait_until(lambda: all(sampling.samples(row) for row in rows), "a sample of each")
        began = time.time()
        servers[7].pause()
        lost = sampling.wait_for(ServerUnreachable, timeout=3)
        time.sleep(2)
        servers[7].resume()
        sampling.wait_for(ServerRecovered, timeout=3)
        sampling.stop()

    assert lost.server == rows[7].pk
    assert {event.server for event in sampling.of(ServerUnreachable)} == {rows[7].pk}
    gaps = sorted(gap for row in rows if row is not rows[7] for gap in _gaps(sampling.samples(row), began))
    assert len(gaps) > 80
    assert gaps[int(len(gaps) * 0.99)] < 1.1


def _gaps(samples: list[SampleTaken], since: float) -> list[float]:
    moments = [sample.taken_at for sample in samples if sample.taken_at >= since]
    return [after - before for before, after in itertools.pairwise(moments)]


def test_a_server_that_loads_its_data_is_loading_and_has_lost_no_stream(sampling: Sampling) -> None:
    slowly = ("--key-load-delay", "5000", "--loading-process-events-interval-bytes", "1024")
    with running(Kind.VALKEY_9, *slowly) as server:
        with server.client() as client:
            for number in range(200):
                client.xadd(f"orders:{number}", {"a": "x" * 200})
            client.save()
        row = register(server)
        Threshold.objects.create(name="empty", metric="length", comparison="below", critical_limit=1)
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: len(event.streams.id) == 200)
        server.kill()
        server.start()
        sampling.wait_for(ServerUnreachable, lambda event: event.state == "loading", timeout=3)
        sampling.wait_for(ServerRecovered, timeout=6)
        sampling.wait_for(SampleTaken, lambda event: event.streams.length == [1] * 200)
        wait_until(lambda: Server.objects.get(pk=row.pk).state == "up", "the registry")

    assert not Stream.objects.exclude(vanished_at=None).exists()
    assert not Alert.objects.exists()
    rates = [rate for sample in sampling.samples(row) for rate in sample.streams.added_per_s if rate is not None]
    assert set(rates) <= {0.0}


def test_a_script_that_holds_the_server_is_waited_for_and_never_killed(sampling: Sampling) -> None:
    script = "local t = redis.call('TIME')[1] + 3 while tonumber(redis.call('TIME')[1]) < t do end return 'to its end'"
    with running(Kind.VALKEY_9, "--lua-time-limit", "100") as server:
        register(server)
        sampling.start()
        sampling.wait_for(SampleTaken)
        said: list[object] = []

        def hold() -> None:
            with server.client(socket_timeout=20) as client:
                said.append(client.eval(script, 0))

        holder = threading.Thread(target=hold)
        holder.start()
        busy = sampling.wait_for(ServerUnreachable, lambda event: event.state == "busy", timeout=3)
        holder.join()
        sampling.wait_for(ServerRecovered, timeout=4)
        with server.client() as client:
            kills = client.info("commandstats").get("cmdstat_script|kill", {"calls": 0})

    assert "script" in busy.detail
    assert said == [b"to its end"]
    assert kills["calls"] == 0


def test_a_full_server_goes_on_with_the_connection_that_it_has(sampling: Sampling) -> None:
    with running(Kind.VALKEY_9) as server, server.client() as client:
        row = register(server)
        client.xadd("s", {"n": 0})
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: event.streams.length == [1])
        client.config_set("maxclients", 2)
        client.xadd("s", {"n": 0})
        sampling.wait_for(SampleTaken, lambda event: event.streams.length == [2])
        time.sleep(1)
        ours = [one for one in client.client_list() if one["name"] == "streamgauge"]
        unreachable = sampling.of(ServerUnreachable)  # before the server ends, which is one

    assert unreachable == []
    assert 1 <= len(ours) <= 2
    assert max(_gaps(sampling.samples(row), 0)) < 2


def test_a_server_that_comes_back_with_its_data_makes_a_gap_and_no_spike(sampling: Sampling) -> None:
    with running(Kind.VALKEY_9, "--appendonly", "yes", "--appendfsync", "always") as server:
        row = register(server)
        with server.client() as client:
            for number in range(500):
                client.xadd("s", {"n": number})
            client.xgroup_create("s", "g", "0")
            client.xreadgroup("g", "c", {"s": ">"}, count=100)
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: event.groups.lag == [400] and event.streams.added_per_s == [0.0])
        server.kill()
        sampling.wait_for(ServerUnreachable, timeout=3)
        server.start()
        sampling.wait_for(ServerRecovered, timeout=4)
        sampling.wait_for(SampleTaken, lambda event: event.streams.added_per_s == [0.0])

    # It may have been heard before the news that the server is back.
    ended = max(place for place, event in enumerate(sampling.events) if isinstance(event, ServerUnreachable))
    first = next(event for event in sampling.events[ended:] if isinstance(event, SampleTaken))
    assert (first.streams.added_per_s, first.groups.lag, first.groups.delivered_per_s) == ([None], [400], [None])
    rates = [rate for sample in sampling.samples(row) for rate in sample.streams.added_per_s]
    assert set(rates) <= {None, 0.0}


def test_a_lost_password_is_tried_at_most_twice_a_minute_also_by_a_server_that_asks_for_none_yet(
    sampling: Sampling,
) -> None:
    with running(Kind.VALKEY_9) as server:
        register(server)
        sampling.start()
        sampling.wait_for(SampleTaken)
        with server.client() as client:
            client.config_set("requirepass", "new")
            client.client_kill_filter(_type="normal", skipme=True)
            before = client.info("stats")["total_connections_received"]
            lost = sampling.wait_for(ServerUnreachable, lambda event: event.state == "denied", timeout=3)
            time.sleep(1.2)
            tries = client.info("stats")["total_connections_received"] - before

    assert "none was given" in lost.detail
    assert tries <= 2


@pytest.fixture(params=list(Kind), ids=str)
def full_memory(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """A server of each kind whose memory limit is reached."""
    with running(request.param) as server, server.client() as client:
        client.xadd("orders", {"n": 1})
        client.xgroup_create("orders", "billing", "0")
        client.config_set("maxmemory", 1)
        yield server


def test_a_server_out_of_memory_is_read_as_before(full_memory: RedisServer) -> None:
    with connect(parse_address(full_memory.url)) as watcher, full_memory.client() as client:
        with pytest.raises(redis.OutOfMemoryError):
            client.xadd("orders", {"n": 2})

        sample = sweep(watcher, [b"orders"]).streams[b"orders"]

    assert (sample.length, len(sample.groups)) == (1, 1)


def test_a_user_of_some_keys_sees_each_of_them_at_every_sample(sampling: Sampling) -> None:
    with running(Kind.REDIS_7) as server, server.client() as client:
        for number in range(40):
            client.xadd(f"{'open' if number % 2 else 'shut'}:{number}", {"n": 0})
        rules = ("reset", "on", ">secret", "~open:*", "+@read", "+@connection", "+info", "+time", "+scan", "+xinfo")
        client.execute_command("ACL", "SETUSER", "ann", *rules)
        row = register_url(server.url.replace("//", "//ann:secret@"))
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: len(event.streams.id) == 40)
        time.sleep(1)

    whole = [sample.streams for sample in sampling.samples(row) if len(sample.streams.id) == 40]
    assert len(whole) > 3
    assert all(sorted(map(str, streams.problem)) == ["None"] * 20 + ["denied"] * 20 for streams in whole)
    assert sampling.of(ServerUnreachable) == []


def test_keys_that_go_and_change_while_they_are_found_are_no_errors(
    sampling: Sampling, valkey_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    register(valkey_server)
    ended = threading.Event()

    def churn() -> None:
        with valkey_server.client() as client:
            for turn in itertools.count():
                if ended.is_set():
                    return
                key = f"s:{turn % 31}"
                client.delete(key, f"s:{(turn + 15) % 31}")
                client.set(key, "text") if turn % 3 == 0 else client.xadd(key, {"n": 0})

    churning = threading.Thread(target=churn)
    churning.start()
    sampling.start()
    sampling.wait_for(SampleTaken, lambda event: "vanished" in event.streams.problem)
    sampling.wait_for(SampleTaken, lambda event: "wrong_type" in event.streams.problem)
    time.sleep(1)
    ended.set()
    churning.join()

    assert sampling.of(ServerUnreachable) == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
