"""The hub: one subscription and one encoding for everybody, and what happens when our Redis goes away."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.contrib.auth.models import User

from dashboard.live import hub, sockets
from dashboard.live.publish import publish
from dashboard.live.serving import slices
from dashboard.live.topics import NEWS_TOPIC
from dashboard.models import Server, Stream
from tests.live.connections import Browser, connected
from tests.live.events import NOW, alert_opened, sample_of, server_unreachable
from tests.servers import Kind, RedisServer, running

pytestmark = pytest.mark.django_db(transaction=True)


async def audience(stack: AsyncExitStack, person: User, server: Server, size: int) -> list[Browser]:
    """So many browsers that watch the server."""
    browsers = [await stack.enter_async_context(connected(person)) for _ in range(size)]
    for browser in browsers:
        await browser.watch(servers=[server.pk])
    return browsers


async def commands_of_ten_ticks(person: User, server: Server, own_redis: RedisServer, *, watchers: int) -> int:
    async with AsyncExitStack() as stack:
        browsers = await audience(stack, person, server, watchers)
        with own_redis.client() as client:
            client.config_resetstat()
            for tick in range(10):
                await publish(sample_of(server.pk, [1], tick=tick))
                for browser in browsers:
                    await browser.hear_and_acknowledge()
            stats = client.info("commandstats")
    ours = {
        name: facts["calls"]
        for name, facts in stats.items()
        if name not in ("cmdstat_config|resetstat", "cmdstat_info")
    }
    return sum(ours.values())


async def test_fifty_watchers_cost_our_redis_as_much_as_one(
    viewer: User, server: Server, own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "_BEAT_S", 60)
    monkeypatch.setattr(sockets, "SOCKETS_A_USER", 50)

    one = await commands_of_ten_ticks(viewer, server, own_redis, watchers=1)
    fifty = await commands_of_ten_ticks(viewer, server, own_redis, watchers=50)

    assert one == fifty == 10


async def test_the_same_view_is_encoded_once(
    viewer: User, server: Server, streams: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tails: list[str] = []
    numbered = slices.Frame.numbered

    def noted(frame: slices.Frame, seq: int) -> str:
        tails.append(frame.tail)
        return numbered(frame, seq)

    monkeypatch.setattr(slices.Frame, "numbered", noted)
    async with AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(connected(viewer)) for _ in range(6)]
        for number, browser in enumerate(browsers):
            await browser.watch(streams=[streams[0], streams[number % 2]])
        await publish(sample_of(server.pk, streams))
        frames = [await browser.hear() for browser in browsers]

    assert [frame["streams"]["id"] for frame in frames] == [streams[:1], streams[:2]] * 3
    # Equal texts would not do: they are the same two objects.
    assert len({id(tail) for tail in tails}) == 2


async def test_a_process_without_sockets_hears_nothing(viewer: User, server: Server, own_redis: RedisServer) -> None:
    with own_redis.client() as client:
        async with connected(viewer) as browser:
            await browser.watch(servers=[server.pk])
            assert len(client.pubsub_channels()) == 3  # the hub's own, the news, the server's

        assert client.pubsub_channels() == []


async def test_topics_that_nobody_watches_any_more_are_left(
    viewer: User, server: Server, other_server: Server, own_redis: RedisServer
) -> None:
    with own_redis.client() as client:
        async with connected(viewer) as browser, connected(viewer) as other:
            await browser.watch(servers=[server.pk])
            await other.watch(servers=[other_server.pk])
            assert len(client.pubsub_channels("*__group__server.*")) == 2

            await browser.watch(servers=[other_server.pk])
            assert len(client.pubsub_channels("*__group__server.*")) == 1


async def test_a_server_registered_later_is_heard_by_who_lists(
    viewer: User, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "RECHECK_S", 0.2)
    async with connected(viewer) as browser:
        await browser.say(type="list", rows=80)
        await browser.hear_and_acknowledge()
        later = await Server.objects.acreate(name="later", address="redis://127.0.0.1:3/0")
        stream = await Stream.objects.acreate(server=later, key=b"later")
        await asyncio.sleep(1)
        await publish(sample_of(later.pk, [stream.pk], tick=7))
        while (await browser.hear_and_acknowledge())["rows"]["length"] != [7]:
            pass


async def test_an_event_that_cannot_be_read_is_left_out(viewer: User, server: Server) -> None:
    async with connected(viewer) as browser:
        await browser.settled()
        for body in (b"\xc1", b"\x81\xa4type\xa7unknown", b""):
            await get_channel_layer().group_send(NEWS_TOPIC, {"type": "event", "body": body})
        await publish(alert_opened(1, server.pk))

        assert (await browser.hear())["alert"] == 1


# Our Redis goes away and comes back


@pytest.fixture
def mortal_redis(settings: Any) -> Iterator[RedisServer]:
    """An own Redis that may be killed and paused."""
    with running(Kind.VALKEY_9) as server:
        settings.REDIS_URL = server.url
        settings.CHANNEL_LAYERS = {
            "default": {
                "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
                "CONFIG": {
                    "hosts": [{"address": server.url, "socket_timeout": None, "protocol": 2}],
                    "prefix": "streamgauge",
                },
            }
        }
        yield server


async def test_a_lost_redis_ends_the_sockets_and_new_ones_are_live_when_it_is_back(
    transactional_db: None, viewer: User, mortal_redis: RedisServer
) -> None:
    server = await Server.objects.acreate(name="one", address="redis://127.0.0.1:1/0")
    async with connected(viewer) as browser:
        await browser.watch(servers=[server.pk])
        mortal_redis.kill()
        assert await browser.closing(timeout=10) == hub.INTERRUPTED

    async with connected(viewer) as browser:
        assert await browser.closing(timeout=10) == hub.INTERRUPTED

    mortal_redis.start()
    async with connected(viewer) as browser:
        await browser.watch(servers=[server.pk])
        await publish(sample_of(server.pk, [1], tick=2))
        assert (await browser.hear())["at"] == NOW + 2
        await publish(server_unreachable(server.pk))
        assert (await browser.hear())["type"] == "server.unreachable"


async def test_a_silent_redis_ends_the_sockets_within_seconds(
    transactional_db: None, viewer: User, mortal_redis: RedisServer
) -> None:
    server = await Server.objects.acreate(name="one", address="redis://127.0.0.1:1/0")
    async with connected(viewer) as browser:
        await browser.watch(servers=[server.pk])
        mortal_redis.pause()
        try:
            assert await browser.closing(timeout=8) == hub.INTERRUPTED
        finally:
            mortal_redis.resume()

    async with connected(viewer) as browser:
        await browser.watch(servers=[server.pk])
        await publish(sample_of(server.pk, [1], tick=3))
        assert (await browser.hear())["at"] == NOW + 3


async def test_a_subscription_that_was_cut_off_is_not_trusted(
    viewer: User, server: Server, own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the cut and the layer's own return events are lost; nobody may believe that they saw them all."""
    async with connected(viewer) as browser:
        await browser.watch(servers=[server.pk])
        with own_redis.client() as client:
            client.client_kill_filter(_type="pubsub")
            await publish(alert_opened(1, server.pk))

        assert await browser.closing(timeout=8) == hub.INTERRUPTED
