"""Several samplers of one registry: one holder a server at any time, whoever is killed, stopped or cut off."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.history import reading
from dashboard.history.metrics import Kind, Subject
from dashboard.models import Alert, Server, Stream, Threshold
from dashboard.services.registry import register_address
from tests.databases import postgresql_database
from tests.live.samplers import Ear, Samplers, held_by, stale, wait_for_loads
from tests.postgresql import PostgreSQL
from tests.servers import Kind as ServerKind
from tests.servers import RedisServer, running, wait_until

INTERVAL_S = 0.4

pytestmark = pytest.mark.slow


@pytest.fixture
def our_redis() -> Iterator[RedisServer]:
    """Our own Redis, which a test may kill."""
    with running(ServerKind.VALKEY_9) as server:
        yield server


@pytest.fixture
def samplers(database_file: Path, our_redis: RedisServer, tmp_path: Path) -> Iterator[Samplers]:
    running_ones = Samplers(f"sqlite:///{database_file}", our_redis.url, tmp_path)
    yield running_ones
    running_ones.close()


@pytest.fixture
def samplers_on_postgresql(
    transactional_db: None, postgresql_server: PostgreSQL, our_redis: RedisServer, tmp_path: Path
) -> Iterator[Samplers]:
    with postgresql_database(postgresql_server) as url:
        running_ones = Samplers(url, our_redis.url, tmp_path)
        yield running_ones
        running_ones.close()


@pytest.fixture
def ear(our_redis: RedisServer) -> Iterator[Ear]:
    listening = Ear(our_redis.url)
    listening.start()
    yield listening
    listening.close()


def _watch(valkey_server: RedisServer, count: int) -> list[Server]:
    """So many servers: the databases of one, each with a stream and a breached threshold."""
    servers = []
    for number in range(count):
        server = register_address(valkey_server.url.replace("/0", f"/{number}"), name=f"server {number}")
        Server.objects.filter(pk=server.pk).update(sample_interval_s=INTERVAL_S)
        with valkey_server.client(db=number) as client:
            client.xadd("s", {"n": 0})
        servers.append(server)
    Threshold.objects.create(name="any", metric=Threshold.Metric.LENGTH, warning_limit=0)
    return servers


def _points(server: Server) -> list[float]:
    stream = Stream.objects.get(server=server)
    series = reading.read(Subject(Kind.STREAM, stream.pk), since=time.time() - 120, until=time.time() + 5)
    return [at for at, length in zip(series.at, series.column("length"), strict=True) if length is not None]


def test_the_dead_are_replaced_and_who_joins_or_leaves_is_balanced(
    samplers: Samplers, ear: Ear, valkey_server: RedisServer
) -> None:
    servers = _watch(valkey_server, 6)
    killed, stopped = samplers.start(), samplers.start()
    samplers.start()
    wait_for_loads(2, 2, 2, timeout=40)

    killed_at = time.time()
    samplers.end(killed, signal.SIGKILL)
    wait_for_loads(3, 3)
    time.sleep(1)
    assert max(ear.silence_of(server.pk, killed_at) for server in servers) < 8

    samplers.start()
    wait_for_loads(2, 2, 2, timeout=40)
    stopped_at = time.time()
    samplers.end(stopped, signal.SIGTERM)
    ended_at = time.time()
    wait_for_loads(3, 3)
    time.sleep(1)
    # Freed by itself: nobody waits for a lease to expire.
    assert max(ear.silence_of(server.pk, stopped_at) for server in servers) < 3 + ended_at - stopped_at

    assert stale(ear) == []
    assert min(ear.closest_handover(server.pk) for server in servers) > INTERVAL_S / 2
    assert Alert.objects.count() == Alert.objects.open().count() == 6


def test_a_sampler_that_was_stopped_past_its_lease_writes_and_shows_nothing(
    samplers_on_postgresql: Samplers, ear: Ear, valkey_server: RedisServer
) -> None:
    samplers = samplers_on_postgresql
    [server] = _watch(valkey_server, 1)
    old = samplers.start()
    wait_until(lambda: len(ear.of(server.pk)) > 3, "samples", timeout=30)
    [first] = held_by().values()
    samplers.start()
    time.sleep(2)

    old.send_signal(signal.SIGSTOP)
    stopped_at = time.time()
    wait_until(lambda: held_by() != {server.pk: first}, "the takeover")
    assert ear.silence_of(server.pk, stopped_at) < 8
    time.sleep(2)
    old.send_signal(signal.SIGCONT)
    continued_at = time.time()
    time.sleep(3)

    assert stale(ear) == []
    assert {token for token, taken_at in ear.of(server.pk) if taken_at > continued_at} == {2}
    assert ear.closest_handover(server.pk) > INTERVAL_S / 2
    # One sampler's points, not two's.
    assert len([at for at in _points(server) if at > continued_at]) <= (time.time() - continued_at) / INTERVAL_S + 2
    assert Alert.objects.count() == Alert.objects.open().count() == 1
    assert samplers.log().count("is another sampler's now") == 1


def test_where_our_redis_is_lost_with_all_it_knew_everyone_keeps_what_they_hold(
    samplers: Samplers, our_redis: RedisServer, ear: Ear, valkey_server: RedisServer
) -> None:
    servers = _watch(valkey_server, 2)
    samplers.start(2)
    wait_for_loads(1, 1, timeout=40)
    before, fences = held_by(), list(Server.objects.values_list("pk", "fence"))

    our_redis.kill()
    gone_at = time.time()
    time.sleep(3.5)
    our_redis.start()
    back_at = time.time()
    wait_until(lambda: all(ear.of(s.pk) and ear.of(s.pk)[-1][1] > back_at for s in servers), "samples")
    time.sleep(3)

    assert (held_by(), list(Server.objects.values_list("pk", "fence"))) == (before, fences)
    for server in servers:
        kept = [at for at in _points(server) if gone_at < at < back_at]
        assert len(kept) > 5
