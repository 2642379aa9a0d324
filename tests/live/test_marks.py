"""Marks: what happens to real servers and streams is noticed once, stored, and reaches the sockets that it concerns."""

import time
from collections.abc import Callable, Iterator

import pytest
import redis
from django.contrib.auth.models import User

from dashboard.core.names import to_slug
from dashboard.live.events import MarkMade, SampleTaken
from dashboard.live.publish import publish
from dashboard.models import Mark, Server, Stream
from tests.live.connections import connected
from tests.live.events import mark_made, sample_of
from tests.live.sampling import Sampling, register
from tests.servers import Kind, RedisServer, running, wait_until

KEY, GROUP = "orders", b"g\xff"


def _fill(client: redis.Redis, key: str = KEY, count: int = 100) -> None:
    pipeline = client.pipeline(transaction=False)
    for number in range(count):
        pipeline.xadd(key, {"card": f"4111-{number}"})
    pipeline.execute()


def _begin(sampling: Sampling, server: RedisServer, count: int = 100) -> Server:
    """A server whose stream of so many entries is sampled."""
    row = register(server)
    sampling.start()
    sampling.wait_for(SampleTaken, lambda event: event.streams.length == [count])
    sampling.wait_for(SampleTaken)
    return row


def _quiet(sampling: Sampling) -> None:
    """Returns after some more ticks, each of which might have made a mark that it should not."""
    time.sleep(0.8)
    assert sampling.events


def _delete_and_make_anew(client: redis.Redis) -> None:
    # In one step: the sampler never sees the key gone.
    with client.pipeline(transaction=True) as pipeline:
        pipeline.delete("reset")
        pipeline.xadd("reset", {"n": 1})
        pipeline.execute()


#: By the kind of mark, which is the name of the stream too.
HAPPENINGS: dict[str, tuple[Callable[[redis.Redis], object], str, bytes]] = {
    "reset": (_delete_and_make_anew, "The stream was made anew: 100 entries before, 1 now. Its 1 group went", b""),
    "trim": (lambda client: client.xtrim("trim", maxlen=50, approximate=False), "50 entries trimmed", b""),
    "group_created": (
        lambda client: client.xgroup_create("group_created", "audit", "$"),
        "Group created: audit.",
        b"audit",
    ),
    "group_destroyed": (
        lambda client: client.xgroup_destroy("group_destroyed", GROUP),
        "Group destroyed: g\\xff.",
        GROUP,
    ),
    "rewound": (lambda client: client.xgroup_setid("rewound", GROUP, "0"), "g\\xff was set back from ", GROUP),
}


def test_what_happens_to_a_stream_makes_one_mark_on_every_server(
    sampling: Sampling, watched_server: RedisServer
) -> None:
    with watched_server.client() as client:
        for kind in HAPPENINGS:
            _fill(client, kind)
            client.xgroup_create(kind, GROUP, "$")
        server = register(watched_server)
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: event.streams.length == [100] * 5)
        sampling.wait_for(SampleTaken)
        before = time.time()
        for happen, _, _ in HAPPENINGS.values():
            happen(client)
        wait_until(lambda: len(sampling.of(MarkMade)) >= 5, "the marks")
        _quiet(sampling)

    ids = {bytes(stream.key).decode(): stream.pk for stream in Stream.objects.all()}
    made = {event.kind: event for event in sampling.of(MarkMade)}
    assert len(sampling.of(MarkMade)) == 5
    assert {kind: (event.server, event.stream) for kind, event in made.items()} == {
        kind: (server.pk, ids[kind]) for kind in HAPPENINGS
    }
    for kind, (_, text, group) in HAPPENINGS.items():
        assert made[kind].text.replace("trimmed or deleted", "trimmed").startswith(text)
        assert (made[kind].slug, "4111" in made[kind].text) == (to_slug(group), False)
        stored = Mark.objects.get(kind=kind)
        assert (stored.pk, stored.text, stored.at) == (made[kind].mark, made[kind].text, made[kind].at)
        assert abs(stored.at - before) < 3


def test_entries_that_are_trimmed_before_delivery_are_a_loss_of_their_group(
    sampling: Sampling, valkey_server: RedisServer
) -> None:
    with valkey_server.client() as client:
        _fill(client)
        client.xgroup_create(KEY, GROUP, "0")
        client.xreadgroup(GROUP, "c", {KEY: ">"}, count=10)
        _begin(sampling, valkey_server)
        client.xtrim(KEY, maxlen=20, approximate=False)
        loss = sampling.wait_for(MarkMade, lambda event: event.kind == "loss")
        _quiet(sampling)

    assert (loss.group, loss.slug) == ("g\\xff", to_slug(GROUP))
    assert loss.text == "70 entries went before g\\xff was given them."
    assert sorted(event.kind for event in sampling.of(MarkMade)) == ["loss", "trim"]


def test_a_stream_that_is_trimmed_as_it_grows_makes_no_marks(sampling: Sampling, valkey_server: RedisServer) -> None:
    with valkey_server.client() as client:
        _fill(client, count=300)
        _begin(sampling, valkey_server, 300)
        ending = time.monotonic() + 2
        while time.monotonic() < ending:
            client.xadd(KEY, {"n": 1}, maxlen=250, approximate=True)
            time.sleep(0.002)

    assert sampling.of(MarkMade) == []


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    """A server that a test may pause or kill."""
    with running(Kind.VALKEY_9) as server:
        yield server


def test_a_restart_without_its_data_makes_one_mark_of_the_server(sampling: Sampling, own_server: RedisServer) -> None:
    with own_server.client() as client:
        _fill(client)
    server = _begin(sampling, own_server)

    own_server.kill()
    own_server.start()
    with own_server.client() as client:
        _fill(client, count=3)
    made = sampling.wait_for(MarkMade)
    sampling.wait_for(SampleTaken, lambda event: event.streams.length == [3])
    _quiet(sampling)

    assert [(event.kind, event.server, event.stream) for event in sampling.of(MarkMade)] == [
        ("restart", server.pk, None)
    ]
    assert made.text.startswith("The server was started anew (valkey 9.1.")


def test_a_paused_server_makes_one_gap_that_begins_where_sampling_ended(
    sampling: Sampling, own_server: RedisServer
) -> None:
    with own_server.client() as client:
        _fill(client)
    server = _begin(sampling, own_server)

    own_server.pause()
    paused_at = time.time()
    time.sleep(3)
    own_server.resume()
    made = sampling.wait_for(MarkMade)
    _quiet(sampling)

    assert [(event.kind, event.stream) for event in sampling.of(MarkMade)] == [("gap", None)]
    assert made.text.startswith("Nothing was sampled for ")
    assert made.text.endswith("It did not answer within the time limit.")
    assert abs(made.at - paused_at) < 1.5
    assert Mark.objects.get().server_id == server.pk


def test_a_replica_that_is_promoted_makes_one_mark(sampling: Sampling, own_server: RedisServer) -> None:
    with running(Kind.VALKEY_9) as other, other.client() as master, own_server.client() as client:
        _fill(master)
        client.replicaof("127.0.0.1", other.port)
        wait_until(lambda: client.xlen(KEY) == 100, "the copy")
        _begin(sampling, own_server)
        client.replicaof("NO", "ONE")
        made = sampling.wait_for(MarkMade)
        _quiet(sampling)

    assert [event.kind for event in sampling.of(MarkMade)] == ["failover"]
    assert made.text == "The server became a master; it was a replica."


def test_a_sampler_that_begins_after_a_while_marks_the_while(sampling: Sampling, valkey_server: RedisServer) -> None:
    with valkey_server.client() as client:
        _fill(client)
    _begin(sampling, valkey_server)
    sampling.stop()
    Server.objects.update(sampled_at="2026-01-01T00:00:00Z")
    sampling.events.clear()
    sampling._seen = 0
    sampling.start()
    made = sampling.wait_for(MarkMade)
    _quiet(sampling)

    assert [(event.kind, event.stream) for event in sampling.of(MarkMade)] == [("gap", None)]
    assert made.text.startswith("No sampler watched for ")
    assert made.at == 1_767_225_600.0


# Who is told


@pytest.mark.parametrize(
    ("wish", "heard"),
    [
        pytest.param({"streams": [0]}, ["of the first", "of the server"], id="a stream"),
        pytest.param({"servers": [0]}, ["of the first", "of the second", "of the server"], id="a server"),
        pytest.param({"health": [0]}, ["of the first", "of the second", "of the server"], id="a server's health"),
        pytest.param({}, [], id="nothing"),
    ],
)
@pytest.mark.django_db(transaction=True)
async def test_a_mark_reaches_who_watches_what_it_happened_to(
    wish: dict[str, object], heard: list[str], viewer: User, server: Server, streams: list[int]
) -> None:
    real = {"streams": [streams[0]], "servers": [server.pk], "health": [server.pk]}
    wish = {name: real[name] for name in wish}
    async with connected(viewer) as browser:
        await browser.watch(**wish)
        for mark, (stream, text) in enumerate(
            [(streams[0], "of the first"), (streams[1], "of the second"), (None, "of the server")]
        ):
            await publish(mark_made(mark, server.pk, stream, text=text))
        texts = [(await browser.hear_and_acknowledge())["text"] for _ in heard]
        assert await browser.receive_nothing(0.3)

    assert texts == heard


@pytest.mark.django_db(transaction=True)
async def test_who_watches_a_servers_health_alone_is_sent_no_rows(
    viewer: User, server: Server, streams: list[int]
) -> None:
    async with connected(viewer) as browser:
        await browser.watch(health=[server.pk])
        await publish(sample_of(server.pk, streams))
        frame = await browser.hear()

    assert (frame["streams"]["id"], frame["groups"]["stream"]) == ([], [])
    assert frame["health"]["version"] == "valkey 9.1.2"
