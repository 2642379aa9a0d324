"""Topics, publishing, and the latest word on each server."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from dashboard.live.events import (
    ActionFinished,
    Event,
    GroupColumns,
    SampleTaken,
    ServerHealth,
    ServerUnreachable,
    StreamColumns,
)
from dashboard.live.keys import fence_key
from dashboard.live.latest import KEPT_S, Latest, LatestWriter, last_taken_at, read_latest, read_recent
from dashboard.live.publish import decode, encode, publish, publish_now
from dashboard.live.topics import NEWS_TOPIC, server_topic, topic_of
from tests.servers import Kind, RedisServer, running

SAMPLE = SampleTaken(
    server=7,
    at=1763925000.12,
    taken_at=1763925000.13,
    interval=1.0,
    streams=StreamColumns(
        id=[12], length=[5000], added_per_s=[None], memory_bytes=[None], pending=[12], problem=[None]
    ),
    groups=GroupColumns(),
    health=ServerHealth(version="valkey 9.1.2"),
)
PROBLEM = ServerUnreachable(server=7, state="down", detail="It refuses connections.", since=1763925000.0)
ACTION = ActionFinished(
    action=1, server=7, stream=12, kind="trim", state="done", title="Trimmed <b>", operator="o", at=1763925000.0
)


async def _heard(topic: str, event: Event, seconds: float = 2.0) -> list[Any]:
    """What arrives on a topic while the event is published."""
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(topic, channel)
    await asyncio.sleep(0.1)
    await publish(event)
    messages = [await asyncio.wait_for(layer.receive(channel), seconds)]
    await asyncio.sleep(0.1)
    while layer.channels.get(channel) and not layer.channels[channel].empty():
        messages.append(await layer.receive(channel))
    await layer.flush()
    return messages


@pytest.mark.parametrize("event", [SAMPLE, PROBLEM, ACTION], ids=lambda event: type(event).__name__)
async def test_an_event_is_one_message_on_its_topic(own_redis: RedisServer, event: Event) -> None:
    [message] = await _heard(topic_of(event), event)

    assert message["type"] == "event"
    assert decode(message["body"]) == event


def test_samples_travel_by_server_and_everything_else_together() -> None:
    assert topic_of(SAMPLE) == server_topic(7) != server_topic(8)
    assert topic_of(PROBLEM) == topic_of(ACTION) == NEWS_TOPIC


async def test_synchronous_code_publishes_from_its_thread(own_redis: RedisServer) -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(NEWS_TOPIC, channel)
    await asyncio.sleep(0.1)

    await sync_to_async(publish_now)(ACTION)

    assert decode((await asyncio.wait_for(layer.receive(channel), 2))["body"]) == ACTION
    await layer.flush()


def test_what_was_done_stays_done_where_our_redis_is_gone(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]},
        }
    }
    began = time.monotonic()

    publish_now(ACTION)

    assert time.monotonic() - began < 2
    assert "ActionFinished was not published" in caplog.text


async def test_a_redis_of_ours_that_hangs_holds_a_publisher_up_for_a_second(settings: Any) -> None:
    with running(Kind.VALKEY_9) as ours:
        settings.CHANNEL_LAYERS = {
            "default": {
                "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
                "CONFIG": {"hosts": [{"address": ours.url, "socket_timeout": None, "protocol": 2}]},
            }
        }
        ours.pause()
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await publish(SAMPLE)
        assert time.monotonic() - began < 1.5
        ours.resume()

        await publish(SAMPLE)
        await get_channel_layer().flush()


@pytest.fixture
async def writer(own_redis: RedisServer) -> AsyncIterator[LatestWriter]:
    made = LatestWriter()
    yield made
    await made.aclose()


async def test_the_latest_of_each_server_is_there_for_who_comes_later(writer: LatestWriter) -> None:
    await writer.sample(7, encode(SAMPLE))
    await writer.problem(7, encode(PROBLEM))

    known = await read_latest([7, 8])

    assert (known[7].sample, known[7].problem) == (SAMPLE, PROBLEM)
    assert (known[8].sample, known[8].problem) == (None, None)
    assert await read_latest([]) == {}


async def test_a_new_sample_ends_a_problem_and_expires(writer: LatestWriter, own_redis: RedisServer) -> None:
    await writer.problem(7, encode(PROBLEM))
    await writer.sample(7, encode(SAMPLE))

    assert (await read_latest([7]))[7].problem is None
    with own_redis.client() as client:
        assert 0 < client.ttl("streamgauge:sample:7") <= KEPT_S


async def test_the_samples_of_the_last_seconds_are_kept_oldest_first_and_no_more(writer: LatestWriter) -> None:
    for second in range(20):
        await writer.sample(7, encode(msgspec.structs.replace(SAMPLE, at=float(second))))

    assert [sample.at for sample in read_recent(7)] == [float(second) for second in range(6, 20)]
    assert read_recent(8) == []


async def test_what_is_kept_of_a_server_that_is_no_longer_watched_is_dropped(writer: LatestWriter) -> None:
    await writer.sample(7, encode(SAMPLE))
    await writer.forget(7)

    assert (await read_latest([7]))[7].sample is None


async def test_a_sampler_that_has_lost_the_server_overwrites_nothing(
    writer: LatestWriter, own_redis: RedisServer
) -> None:
    with own_redis.client() as client:
        client.set(fence_key(7), 5)

    assert await writer.sample(7, encode(SAMPLE), token=5)
    assert not await writer.sample(7, encode(msgspec.structs.replace(SAMPLE, at=2.0)), token=4)
    assert not await writer.problem(7, encode(PROBLEM), token=4)
    await writer.forget(7, token=4)

    assert (await read_latest([7]))[7] == Latest(SAMPLE, None)
    assert await last_taken_at(7) == SAMPLE.taken_at


async def test_when_a_server_was_last_sampled_is_unknown_where_our_redis_is_gone(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert await last_taken_at(7) is None


@pytest.mark.parametrize("body", [b"", b"\xc1", encode(SAMPLE)[:-5]])
def test_a_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(body)
