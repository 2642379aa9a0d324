"""The sampler on servers that behave: what they hold reaches topic, history, alerts and our Redis."""

import asyncio
import time
from pathlib import Path

import pytest
import redis
from channels.layers import get_channel_layer
from django.db import connection
from django.utils import timezone

from dashboard.core.names import to_slug
from dashboard.history import reading
from dashboard.history.metrics import Kind, Subject
from dashboard.live.events import AlertChanged, AlertOpened, AlertResolved, SampleTaken
from dashboard.live.past import read_past
from dashboard.models import Alert, Server, Stream, Threshold
from dashboard.services.registry import register_address
from tests.live.sampling import Sampling, register
from tests.servers import RedisServer, wait_until

# The names of a registered stream and of a group that would break anything that is not bytes.
KEY = b"q'\"\n<b>\xff"
GROUP = b"g\xff"


def _row(sample: SampleTaken, stream: Stream) -> int:
    return sample.streams.id.index(stream.pk)


def _calls(server: RedisServer, command: str) -> int:
    with server.client() as client:
        return int(client.info("commandstats").get(f"cmdstat_{command}", {}).get("calls", 0))


def test_what_a_server_holds_reaches_its_topic(
    sampling: Sampling, watched_server: RedisServer, client_of_watched: redis.Redis
) -> None:
    for number in range(10):
        client_of_watched.xadd(KEY, {"n": number})
    client_of_watched.xgroup_create(KEY, GROUP, id="0")
    client_of_watched.xreadgroup(GROUP, "c", {KEY: ">"}, count=4)  # type: ignore[arg-type]
    server = register(watched_server)
    sampling.start()

    sample = sampling.wait_for(SampleTaken, lambda event: event.streams.memory_bytes[:1] not in ([], [None]))

    stream = Stream.objects.get(server=server)
    assert bytes(stream.key) == KEY
    assert sample.streams.id == [stream.pk]
    assert (sample.streams.length, sample.streams.pending, sample.streams.problem) == ([10], [4], [None])
    assert (sample.groups.stream, sample.groups.slug, sample.groups.name) == ([stream.pk], [to_slug(GROUP)], ["g\\xff"])
    kind = watched_server.kind
    assert (sample.groups.pending, sample.groups.consumers) == ([4], [1])
    assert sample.groups.lag == [6] or not kind.counts
    assert sample.health.version.startswith(f"{kind.product} {kind.version}.")
    assert abs(sample.at - time.time()) < 5 > abs(sample.taken_at - time.time())


def test_entries_added_are_a_rate_and_a_new_stream_is_seen_soon(sampling: Sampling, valkey_server: RedisServer) -> None:
    server = register(valkey_server)
    with valkey_server.client() as client:
        client.xadd("known", {"n": 0})
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: event.streams.added_per_s == [0.0])
        client.xadd("known", {"n": 1})

    sample = sampling.wait_for(SampleTaken, lambda event: bool(event.streams.added_per_s[0]))
    samples = sampling.samples(server)
    before = samples[samples.index(sample) - 1]
    rate = sample.streams.added_per_s[0]
    assert rate is not None
    assert rate * (sample.at - before.at) == pytest.approx(1, rel=0.01)
    assert Server.objects.get(pk=server.pk).state == "up"


def test_samples_stay_on_the_beat_of_the_interval(sampling: Sampling, valkey_server: RedisServer) -> None:
    server = register(valkey_server, interval_s=0.2)
    sampling.start()
    sampling.wait_for(SampleTaken)
    time.sleep(2)

    moments = [sample.taken_at for sample in sampling.samples(server)]
    assert 5 <= len(moments) <= 12
    drift = sorted((moment - moments[0]) % 0.2 for moment in moments)
    # Half of them within a quarter of the interval, also on a machine that is busy with other tests.
    assert min(after - before for before, after in zip(drift, drift[len(drift) // 2 :], strict=False)) < 0.05


async def _fifty_more(server: Server) -> None:
    layer = get_channel_layer()
    for _ in range(50):
        await layer.group_add(f"server.{server.pk}", await layer.new_channel())


def test_fifty_watchers_cost_the_watched_server_and_ours_what_one_costs(
    sampling: Sampling, valkey_server: RedisServer, own_redis: RedisServer
) -> None:
    server = register(valkey_server)
    with valkey_server.client() as client:
        client.xadd("s", {"n": 0})
    sampling.start()
    sampling.wait_for(SampleTaken, lambda event: event.streams.length == [1])

    def extra() -> tuple[int, int]:
        """Sweeps and publications in a second and a half, less the samples that came of them."""
        before = _calls(valkey_server, "xinfo|stream"), _calls(own_redis, "publish"), len(sampling.samples(server))
        time.sleep(1.5)
        after = _calls(valkey_server, "xinfo|stream"), _calls(own_redis, "publish"), len(sampling.samples(server))
        asked, published, samples = (late - early for late, early in zip(after, before, strict=True))
        assert samples > 4
        return asked - samples, published - samples

    alone = extra()
    asyncio.run_coroutine_threadsafe(_fifty_more(server), sampling._loop).result(10)
    crowded = extra()

    # One may be under way when it is counted.
    assert max(map(abs, alone + crowded)) <= 2


def test_a_deleted_stream_is_marked_and_comes_back_without_a_spike(
    sampling: Sampling, valkey_server: RedisServer
) -> None:
    server = register(valkey_server)
    with valkey_server.client() as client:
        for number in range(100):
            client.xadd("s", {"n": number})
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: event.streams.added_per_s == [0.0])
        client.delete("s")
        gone = sampling.wait_for(SampleTaken, lambda event: event.streams.problem == ["vanished"])
        wait_until(lambda: Stream.objects.get(server=server).vanished_at is not None, "the mark")
        assert gone.streams.length == [None]

        for number in range(500):
            client.xadd("s", {"n": number})
        back = sampling.wait_for(SampleTaken, lambda event: event.streams.length == [500])

    wait_until(lambda: Stream.objects.get(server=server).vanished_at is None, "the end of the mark")
    assert Stream.objects.filter(server=server).count() == 1
    seen = [sample.streams.added_per_s[0] for sample in sampling.samples(server) if sample.streams.added_per_s]
    assert back.streams.problem == [None]
    assert all(rate is None or rate >= 0 for rate in seen)


def test_registry_edits_are_followed_without_a_restart(
    sampling: Sampling, valkey_server: RedisServer, own_redis: RedisServer
) -> None:
    server = register(valkey_server)
    with valkey_server.client() as client:
        client.xadd("one", {"n": 0})
        client.xadd("two", {"n": 0})
    sampling.start()
    sampling.wait_for(SampleTaken, lambda event: len(event.streams.id) == 2)

    Stream.objects.filter(key=b"one").update(watched=False)
    sampling.wait_for(SampleTaken, lambda event: len(event.streams.id) == 1, timeout=3)

    Server.objects.filter(pk=server.pk).update(sample_interval_s=0.3)
    sampling.wait_for(SampleTaken, lambda event: event.interval == 0.3, timeout=3)

    Server.objects.filter(pk=server.pk).update(exclude="three")
    time.sleep(1.5)
    with valkey_server.client() as client:
        client.xadd("three", {"n": 0})

    Server.objects.filter(pk=server.pk).update(enabled=False)
    time.sleep(2)
    before = len(sampling.events)
    time.sleep(1)
    assert len(sampling.events) == before
    assert not Stream.objects.filter(key=b"three").exists()


def test_a_server_that_is_added_is_sampled_within_two_seconds(sampling: Sampling, valkey_server: RedisServer) -> None:
    sampling.start()
    server = register(valkey_server)

    wait_until(lambda: Server.objects.get(pk=server.pk).state == "up", "the first sample", timeout=2.5)
    wait_until(lambda: Server.objects.get(pk=server.pk).sampled_at is not None, "its time", timeout=2.5)


def test_a_breach_becomes_an_alert_and_an_event_and_ends_as_both(
    sampling: Sampling, valkey_server: RedisServer
) -> None:
    server = register(valkey_server)
    length = {"metric": Threshold.Metric.LENGTH, "warning_limit": 5, "critical_limit": 50}
    Threshold.objects.create(name="long", server=server, **length)
    with valkey_server.client() as client:
        client.xadd("s", {"n": 0})
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: event.streams.length == [1])
        for number in range(10):
            client.xadd("s", {"n": number})
        opened = sampling.wait_for(AlertOpened)
        for number in range(50):
            client.xadd("s", {"n": number})
        graver = sampling.wait_for(AlertChanged)
        client.xtrim("s", maxlen=1, approximate=False)
        resolved = sampling.wait_for(AlertResolved)

    assert opened.alert == graver.alert == resolved.alert
    assert (opened.severity, graver.change, graver.severity) == ("warning", "escalated", "critical")
    assert opened.stream == Stream.objects.get(server=server).pk
    assert (opened.open_alerts, graver.open_alerts, resolved.open_alerts) == (1, 1, 0)


def test_it_is_said_when_a_server_was_judged_and_alerts_end_when_it_is_switched_off(
    sampling: Sampling, valkey_server: RedisServer
) -> None:
    server = register(valkey_server)
    Threshold.objects.create(name="long", metric=Threshold.Metric.LENGTH, server=server, warning_limit=0)
    with valkey_server.client() as client:
        client.xadd("s", {"n": 0})
    sampling.start()
    sampling.wait_for(AlertOpened)
    wait_until(lambda: Server.objects.get(pk=server.pk).judged_at is not None, "when it was judged", timeout=8)

    Server.objects.filter(pk=server.pk).update(enabled=False)

    assert sampling.wait_for(AlertResolved).open_alerts == 0
    assert Alert.objects.get().resolution == "Its server is no longer watched."


def test_what_was_sampled_is_in_history_when_the_sampler_has_stopped(
    sampling: Sampling, valkey_server: RedisServer
) -> None:
    server = register(valkey_server)
    with valkey_server.client() as client:
        client.xadd("s", {"n": 0})
        client.xgroup_create("s", GROUP, id="0")
    sampling.start()
    sampling.wait_for(SampleTaken, lambda event: event.streams.added_per_s == [0.0])
    sampling.stop()

    stream = Stream.objects.get(server=server)
    series = reading.read(Subject(Kind.STREAM, stream.pk), since=time.time() - 60, until=time.time() + 10)
    taken = [sample for sample in sampling.samples(server) if sample.streams.id]
    assert series.at[: len(taken)] == pytest.approx([sample.taken_at for sample in taken], abs=0.001)
    assert set(series.column("length")) == {1}
    assert set(series.column("lag", GROUP)) == {1}


def test_a_page_that_is_opened_finds_the_past_up_to_the_last_sample(
    sampling: Sampling, valkey_server: RedisServer
) -> None:
    server = register(valkey_server)
    with valkey_server.client() as client:
        client.xadd("s", {"n": 0})
        client.xgroup_create("s", GROUP, id="0")
    sampling.start()
    sampling.wait_for(SampleTaken, lambda event: event.streams.added_per_s == [0.0])
    time.sleep(4)

    last = sampling.samples(server)[-3]
    stream = Stream.objects.get(server=server)
    past = read_past(stream, since=time.time() - 60, until=time.time())

    assert past.at[-1] >= round(last.taken_at, 3)
    assert past.at == sorted(set(past.at))
    # A row of None is the gap of a machine that was busy for a quarter of a second.
    assert set(past.column("length")) - {None} == set(past.column("lag", GROUP)) - {None} == {1}


def test_the_sampler_says_which_servers_it_holds_until_it_ends(sampling: Sampling) -> None:
    server = register_address("redis://127.0.0.1:1/0", name="down")
    sampling.start()
    wait_until(lambda: bool(Server.objects.get(pk=server.pk).sampler), "a sign of life")
    first = Server.objects.get(pk=server.pk)
    wait_until(lambda: Server.objects.get(pk=server.pk).held_at != first.held_at, "another")

    sampling.stop()

    row = Server.objects.get(pk=server.pk)
    assert (row.sampler, row.held_since, row.held_at) == ("", None, None)
    assert row.fence == first.fence == 1


def test_ten_thousand_keys_that_are_no_streams_are_not_registered(
    sampling: Sampling, valkey_server: RedisServer, database_file: Path
) -> None:
    server = register(valkey_server)
    with valkey_server.client() as client:
        client.mset({f"key:{number}": "x" for number in range(10_000)})
        client.xadd("needle", {"n": 0})
    sampling.start()

    sampling.wait_for(SampleTaken, lambda event: event.streams.length == [1])

    assert [bytes(key) for key in Stream.objects.values_list("key", flat=True)] == [b"needle"]
    seen = Stream.objects.get(server=server).first_seen
    assert seen is not None
    assert abs((timezone.now() - seen).total_seconds()) < 10


def test_a_sampler_on_postgresql_finds_streams_keeps_history_and_opens_alerts(
    sampling_on_postgresql: Sampling, valkey_server: RedisServer
) -> None:
    assert connection.vendor == "postgresql"
    server = register(valkey_server)
    with valkey_server.client() as client:
        client.xadd(KEY, {"n": 0})
        client.xgroup_create(KEY, GROUP, id="0")
    Threshold.objects.create(name="long", metric="length", warning_limit=0)
    sampling_on_postgresql.start()
    sampling_on_postgresql.wait_for(AlertOpened)
    sampling_on_postgresql.wait_for(SampleTaken, lambda event: event.streams.added_per_s == [0.0])
    sampling_on_postgresql.stop()

    stream = Stream.objects.get(server=server)
    assert (bytes(stream.key), Server.objects.get().state) == (KEY, "up")
    series = reading.read(Subject(Kind.STREAM, stream.pk), since=time.time() - 60, until=time.time())
    assert set(series.column("length")) == {1}
    assert set(series.column("lag", GROUP)) == {1}
