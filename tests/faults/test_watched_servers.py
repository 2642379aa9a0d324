"""Servers that fail while they are watched, from the sampler to what a page is told."""

import socket
import time

import pytest
import redis
from django.test import Client
from redis.exceptions import AuthenticationError

from dashboard.core import names
from dashboard.core.sample import ServerState
from dashboard.history import reading
from dashboard.history.metrics import Kind, Subject
from dashboard.live.events import SampleTaken, ServerRecovered, ServerUnreachable
from dashboard.models import Alert, Server, Stream, Threshold
from dashboard.redis_io.connect import explain
from tests.live.sampling import Sampling, register
from tests.servers import RedisServer, free_port, wait_until


def test_a_replica_that_comes_back_without_its_data_has_lost_no_stream(
    sampling: Sampling, own_server: RedisServer
) -> None:
    server = register(own_server)
    with own_server.client() as client:
        client.xadd("s", {"n": 0})
    sampling.start()
    sampling.wait_for(SampleTaken, lambda event: event.streams.length == [1])

    own_server.kill()
    own_server.options = ("--replicaof", "127.0.0.1", str(free_port()))  # its master is not there
    own_server.start()
    waiting = sampling.wait_for(ServerUnreachable, lambda event: event.state == "loading")
    assert "has not got its data from its master" in waiting.detail
    wait_until(lambda: Server.objects.get(pk=server.pk).state == "loading", "the state in the registry")
    assert not Stream.objects.exclude(vanished_at=None).exists()
    assert all(sample.streams.problem == [None] for sample in sampling.samples(server) if sample.streams.id)

    with own_server.client() as client:
        client.execute_command("REPLICAOF", "NO", "ONE")
        client.xadd("s", {"n": 0})
        client.xadd("s", {"n": 1})
    sampling.wait_for(ServerRecovered, timeout=4)
    sampling.wait_for(SampleTaken, lambda event: event.streams.length == [2])


def test_a_replica_cut_off_from_its_master_loses_no_stream_that_it_lacks(
    sampling: Sampling, own_server: RedisServer
) -> None:
    register(own_server)
    with own_server.client() as client:
        for key in ("kept", "lacking"):
            client.xadd(key, {"n": 0})
    sampling.start()
    sampling.wait_for(SampleTaken, lambda event: event.streams.length == [1, 1])

    with own_server.client() as client:
        client.config_set("replica-read-only", "no")
        client.execute_command("REPLICAOF", "127.0.0.1", str(free_port()))
        client.client_kill_filter(_type="normal", skipme=True)  # a new connection is told at once whom it speaks to
        killed_at = time.time()
        sampling.wait_for(SampleTaken, lambda event: event.taken_at > killed_at + 0.2)
        client.delete("lacking")
    sampling.wait_for(SampleTaken, lambda event: "vanished" in event.streams.problem)
    sampling.wait_for(SampleTaken, lambda event: "vanished" in event.streams.problem)
    assert not Stream.objects.exclude(vanished_at=None).exists()


def test_a_server_without_room_for_another_client_is_tried_again_at_once(
    sampling: Sampling, own_server: RedisServer
) -> None:
    register(own_server)
    with own_server.client() as client:
        client.config_set("maxclients", 1)
    holder = socket.create_connection(("127.0.0.1", own_server.port))
    wait_until(lambda: _full(own_server), "a full server")
    sampling.start()
    lost = sampling.wait_for(ServerUnreachable)
    holder.close()

    assert (lost.state, lost.detail) == ("down", "It has reached its maximum number of clients.")
    sampling.wait_for(ServerRecovered, timeout=4)


def _full(server: RedisServer) -> bool:
    with server.client() as client:
        try:
            client.ping()
        except redis.ConnectionError:
            return True
    return False


def test_no_room_is_no_refusal_also_where_it_answers_the_password() -> None:
    assert explain(AuthenticationError("max number of clients reached")).state is ServerState.DOWN


def test_a_right_that_is_taken_away_and_given_back_is_followed_stream_by_stream(
    sampling: Sampling, own_server: RedisServer
) -> None:
    server = register(own_server)
    with own_server.client() as client:
        client.xadd("s", {"n": 0})
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: event.streams.length == [1])

        client.execute_command("ACL", "SETUSER", "default", "-xinfo")
        sampling.wait_for(SampleTaken, lambda event: event.streams.problem == ["denied"])
        assert sampling.of(ServerUnreachable) == []
        client.execute_command("ACL", "SETUSER", "default", "+xinfo")
        sampling.wait_for(SampleTaken, lambda event: event.streams.length == [1])
    assert Server.objects.get(pk=server.pk).state == "up"


def test_a_servers_clock_that_was_set_back_gives_neither_negative_nor_spiking_numbers(
    sampling: Sampling, own_server: RedisServer
) -> None:
    """What a set-back clock leaves in a stream: ids of the future, and new ones that only count on from there."""
    server = register(own_server)
    with own_server.client() as client:
        hour_ahead = int(client.time()[0]) * 1000 + 3_600_000
        client.xadd("s", {"n": 0}, id=f"{hour_ahead}-0")
        client.xgroup_create("s", "billing", "0")
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: event.streams.added_per_s == [0.0])
        added = [client.xadd("s", {"n": n}) for n in range(5)]
        assert added[-1] == b"%d-5" % hour_ahead
        client.xreadgroup("billing", "w", {"s": ">"}, count=2)

    sample = sampling.wait_for(SampleTaken, lambda event: event.groups.lag == [4])
    sampling.wait_for(SampleTaken, lambda event: event.streams.added_per_s == [0.0])
    assert sample.groups.time_lag_s == [0.0]
    rates = [rate for taken in sampling.samples(server) for rate in taken.streams.added_per_s if rate is not None]
    assert min(rates) == 0
    assert max(rates) <= 100


@pytest.mark.django_db
def test_too_many_consumers_are_said_to_be_too_many_and_not_a_server_that_is_down(
    viewer_client: Client, valkey_server: RedisServer
) -> None:
    stream = Stream.objects.create(server=Server.objects.create(name="s", address=valkey_server.url), key=b"s")
    with valkey_server.client() as client:
        client.xgroup_create("s", "g", "0", mkstream=True)
        pipeline = client.pipeline(transaction=False)
        for number in range(20_001):
            pipeline.xgroup_createconsumer("s", "g", f"c{number}")
        pipeline.execute()

    body = viewer_client.get(f"/streams/{stream.pk}/groups/{names.to_slug(b'g')}/consumers/").json()

    assert body["problem"]["title"] == "There are too many consumers to list."
    assert "20,001 consumers" in body["problem"]["detail"]


def test_the_samplers_clock_set_back_and_on_again_stops_no_sample_loses_no_history_and_opens_no_alert(
    sampling: Sampling, own_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = register(own_server)
    with own_server.client() as client:
        client.xadd("s", {"n": 0})
    Threshold.objects.create(name="long", metric=Threshold.Metric.LENGTH, warning_limit=0, hold_s=1800)
    sampling.start()
    sampling.wait_for(SampleTaken, lambda event: event.streams.length == [1])
    real, began = time.time, time.time()
    time.sleep(0.5)

    monkeypatch.setattr(time, "time", lambda: real() - 3600)
    set_back_at = real()
    before = sampling.wait_for(SampleTaken, lambda event: event.taken_at < began - 3000)
    sampling.wait_for(SampleTaken, lambda event: event.taken_at > before.taken_at + 0.5)
    monkeypatch.setattr(time, "time", real)
    sampling.wait_for(SampleTaken, lambda event: event.taken_at > began)
    sampling.wait_for(SampleTaken)
    sampling.stop()

    assert sampling.of(ServerUnreachable) == []
    assert not Alert.objects.exists()
    assert Server.objects.get(pk=server.pk).state == "up"
    stream = Stream.objects.get(server=server)
    for since in (began, set_back_at - 3600):
        series = reading.read(Subject(Kind.STREAM, stream.pk), since=since, until=since + 2)
        assert len(series.at) >= 3
        assert set(series.column("length")) - {None} == {1}  # on each axis there is a gap: the other time
