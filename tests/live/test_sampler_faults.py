"""The sampler on servers, a database and a Redis of ours that fail: one failure stays one failure."""

import asyncio
import itertools
import logging
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.history import reading
from dashboard.history.metrics import Kind as About
from dashboard.history.metrics import Subject
from dashboard.live.events import SampleTaken, ServerRecovered, ServerUnreachable
from dashboard.live.latest import read_latest
from dashboard.models import Alert, Server, Stream, Threshold
from dashboard.services.registry import register_address
from tests.live.sampling import Sampling, register
from tests.servers import Kind, RedisServer, running, wait_until


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    """A server that a test may pause or kill."""
    with running(Kind.VALKEY_9) as server:
        yield server


def _gaps(samples: list[SampleTaken]) -> list[float]:
    moments = [sample.taken_at for sample in samples]
    return [after - before for before, after in itertools.pairwise(moments)]


def test_a_paused_server_delays_no_other_and_is_seen_again_within_two_seconds(
    sampling: Sampling, valkey_server: RedisServer, own_server: RedisServer
) -> None:
    well, ill = register(valkey_server), register(own_server, "ill")
    with own_server.client() as client:
        client.xadd("s", {"n": 0})
    sampling.start()
    sampling.wait_for(SampleTaken, lambda event: event.server == ill.pk and event.streams.added_per_s == [0.0])

    own_server.pause()
    lost = sampling.wait_for(ServerUnreachable, timeout=3)
    time.sleep(2)
    own_server.resume()
    back = sampling.wait_for(ServerRecovered, timeout=2.5)
    sampling.wait_for(SampleTaken, lambda event: event.server == ill.pk)

    assert (lost.server, lost.state, back.server) == (ill.pk, "down", ill.pk)
    assert "time limit" in lost.detail
    assert back.since > lost.since
    assert max(_gaps(sampling.samples(well))) < 0.9
    assert max(_gaps(sampling.samples(ill))) > 2


def test_a_killed_server_is_unreachable_and_then_back_with_neither_negative_nor_spiking_rates(
    sampling: Sampling, own_server: RedisServer
) -> None:
    server = register(own_server)
    with own_server.client() as client:
        for number in range(1000):
            client.xadd("s", {"n": number})
    sampling.start()
    sampling.wait_for(SampleTaken, lambda event: event.streams.added_per_s == [0.0])

    own_server.kill()
    lost = sampling.wait_for(ServerUnreachable, timeout=3)
    assert (lost.state, lost.detail) == ("down", "It refuses connections: nothing listens at this address.")
    latest = asyncio.run(read_latest([server.pk]))[server.pk]
    assert latest.problem == lost
    assert latest.sample is not None

    own_server.start()
    with own_server.client() as client:
        for number in range(10):
            client.xadd("s", {"n": number})
    sampling.wait_for(ServerRecovered, timeout=2.5)
    back = sampling.wait_for(SampleTaken, lambda event: event.streams.length == [10])
    sampling.wait_for(SampleTaken, lambda event: event.streams.added_per_s == [0.0])

    rates = [rate for sample in sampling.samples(server) for rate in sample.streams.added_per_s if rate is not None]
    assert min(rates) >= 0
    assert max(rates) <= 200
    assert back.health.state == "up"
    assert asyncio.run(read_latest([server.pk]))[server.pk].problem is None


def test_the_state_in_the_registry_follows_with_its_reason_and_time(
    sampling: Sampling, own_server: RedisServer
) -> None:
    server = register(own_server)
    sampling.start()
    wait_until(lambda: Server.objects.get(pk=server.pk).state == "up", "up")
    up_since = Server.objects.get(pk=server.pk).state_since

    own_server.kill()
    wait_until(lambda: Server.objects.get(pk=server.pk).state == "down", "down")

    row = Server.objects.get(pk=server.pk)
    assert "refuses connections" in row.state_detail
    assert up_since is not None
    assert row.state_since is not None
    assert row.state_since > up_since


def test_wrong_credentials_are_tried_once_and_again_when_the_registry_has_others(sampling: Sampling) -> None:
    with running(Kind.VALKEY_9, "--requirepass", "right") as locked:
        server = register_address(locked.url.replace("//", "//:wrong@"), name="locked")
        Server.objects.filter(pk=server.pk).update(sample_interval_s=0.1)
        sampling.start()
        denied = sampling.wait_for(ServerUnreachable)
        time.sleep(1.5)

        assert denied.state == "denied"
        assert "wrong" not in denied.detail
        with locked.client(password="right") as client:
            assert sum(int(entry["count"]) for entry in client.acl_log()) == 1

        register_address(locked.url.replace("//", "//:right@"), name="locked")
        sampling.wait_for(ServerRecovered, timeout=3)


def test_a_restart_between_two_rounds_loses_no_round(sampling: Sampling, own_server: RedisServer) -> None:
    server = register(own_server, interval_s=2.0)
    sampling.start()
    sampling.wait_for(SampleTaken)
    sampling.wait_for(SampleTaken)

    own_server.kill()
    own_server.start()
    sampling.wait_for(SampleTaken)

    assert sampling.of(ServerUnreachable) == []
    assert max(_gaps(sampling.samples(server))) < 3.5


def test_a_key_that_is_no_stream_any_more_is_shown_so_and_the_others_go_on(
    sampling: Sampling, valkey_server: RedisServer
) -> None:
    register(valkey_server)
    with valkey_server.client() as client:
        client.xadd("a", {"n": 0})
        client.xadd("b", {"n": 0})
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: event.streams.length == [1, 1])
        client.set("a", "a string")

    sample = sampling.wait_for(SampleTaken, lambda event: "wrong_type" in event.streams.problem)
    assert sorted(sample.streams.problem, key=str) == [None, "wrong_type"]


class _Nonsense(threading.Thread):
    """Something that speaks the protocol, knows the time, and answers every other command with a number."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"

    def run(self) -> None:
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(65536):
                commands = data.count(b"*")
                reply = b"*2\r\n$1\r\n5\r\n$1\r\n5\r\n" if b"TIME" in data else b":1\r\n" * commands
                connection.sendall(reply)


def test_an_error_of_ours_is_logged_with_its_traceback_and_is_one_servers_state_alone(
    sampling: Sampling, valkey_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    nonsense = _Nonsense()
    nonsense.start()
    well = register(valkey_server)
    odd = register_address(nonsense.url, name="odd")
    Stream.objects.create(server=odd, key=b"s")
    sampling.start()

    problem = sampling.wait_for(ServerUnreachable, lambda event: event.server == odd.pk)
    since = time.time()
    sampling.wait_for(SampleTaken, lambda event: event.server == well.pk and event.taken_at > since)

    assert problem.state == "error"
    time.sleep(2)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == ["A round of server odd failed."]
    wait_until(lambda: Server.objects.get(pk=odd.pk).state == "error", "the state")
    nonsense.listener.close()


def test_a_locked_database_stops_no_sample_and_loses_no_history_and_no_alert(
    sampling: Sampling, valkey_server: RedisServer, database_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = register(valkey_server)
    Threshold.objects.create(name="long", metric=Threshold.Metric.LENGTH, server=server, warning_limit=5)
    with valkey_server.client() as client:
        client.xadd("s", {"n": 0})
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: event.streams.length == [1])
        wait_until(lambda: Server.objects.get().judged_at is not None, "that it is judged")
        locked_at = time.time()

        other = sqlite3.connect(database_file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for number in range(10):
            client.xadd("s", {"n": number})
        time.sleep(3)
        client.xtrim("s", maxlen=1, approximate=False)
        time.sleep(2)
        other.execute("ROLLBACK")
    other.close()
    wait_until(lambda: "answers again" in caplog.text, "the end of it")
    sampling.stop()

    # A sampler that waited for the database would have been silent for five seconds; a busy machine is for one or two.
    assert max(_gaps(sampling.samples(server))) < 2.5
    assert caplog.text.count("The database does not answer") == 1
    series = reading.read(
        Subject(About.STREAM, Stream.objects.get(server=server).pk), since=locked_at, until=locked_at + 5
    )
    assert None not in series.column("length")
    assert len(series.at) > 20
    # The breach began and ended while nothing could be written.
    alert = Alert.objects.get()
    assert alert.resolved_at
    assert locked_at <= alert.opened_at.timestamp() < alert.resolved_at.timestamp() < locked_at + 6
    assert [event.kind for event in alert.events.all()] == ["opened", "resolved"]


def test_without_our_redis_history_goes_on_and_publishing_resumes(
    sampling: Sampling, valkey_server: RedisServer, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with running(Kind.VALKEY_9) as ours:
        settings.REDIS_URL = ours.url
        settings.CHANNEL_LAYERS = {
            "default": {
                "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
                "CONFIG": {
                    "hosts": [{"address": ours.url, "socket_timeout": None, "protocol": 2}],
                    "prefix": "streamgauge",
                },
            }
        }
        server = register(valkey_server)
        with valkey_server.client() as client:
            client.xadd("s", {"n": 0})
        sampling.start(listening=False)
        wait_until(lambda: Stream.objects.filter(server=server).exists(), "discovery")
        gone_at = time.time()
        ours.kill()
        time.sleep(3)
        back_at = time.time()
        ours.start()
        with ours.client() as client:
            wait_until(lambda: client.exists(f"streamgauge:sample:{server.pk}") == 1, "a sample", timeout=5)
        sampling.stop()

    assert caplog.text.count("Our Redis (REDIS_URL) does not answer") == 1
    assert caplog.text.count("Our Redis answers again") == 1
    series = reading.read(Subject(About.STREAM, Stream.objects.get(server=server).pk), since=gone_at + 1, until=back_at)
    assert None not in series.column("length")
    assert len(series.at) > 8


def test_starting_without_our_redis_is_said_once_and_sampling_begins(
    sampling: Sampling, valkey_server: RedisServer, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"], "prefix": "streamgauge"},
        }
    }
    server = register(valkey_server)
    sampling.start(listening=False)

    wait_until(lambda: Server.objects.get(pk=server.pk).state == "up", "the first round")
    time.sleep(2.5)
    assert [record.levelno for record in caplog.records if "Our Redis" in record.getMessage()] == [logging.WARNING]
