"""Publishing: one channel-layer message an event, whatever the number of processes and sockets that take it.

A message is `{"type": "event", "body": <bytes>}` on the event's topic; the body is the event in MessagePack, which
`decode` reads. It is encoded once and not opened again before it reaches a hub. What a sampler says of a server's state
carries its lease beside the body, `"lease": [server, token]`.
"""

import asyncio
import logging

import msgspec
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from dashboard.core.lease import Lease
from dashboard.live.events import Event
from dashboard.live.topics import topic_of

logger = logging.getLogger(__name__)

# The layer's client would retry for seconds, and wait for ever on a server that accepts and does not answer.
TIMEOUT_S = 1.0

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


def encode(event: Event) -> bytes:
    """The event as it travels between processes."""
    return _encoder.encode(event)


def decode(body: bytes) -> Event:
    """The event that `encode` encoded; raises msgspec.DecodeError on anything else."""
    return _decoder.decode(body)


async def publish(event: Event, *, body: bytes | None = None, lease: Lease | None = None) -> None:
    """Sends the event to everyone on its topic. `body` spares a second encoding where the caller has it already.

    With a `lease` nobody shows the event who has heard of a younger lease on the same server.

    Raises redis.RedisError, OSError or TimeoutError where our Redis does not take it within a second.
    """
    layer = get_channel_layer()
    message: dict[str, object] = {"type": "event", "body": encode(event) if body is None else body}
    if lease:
        message["lease"] = [lease.server_id, lease.token]
    async with asyncio.timeout(TIMEOUT_S):
        await layer.group_send(topic_of(event), message)


def publish_now(event: Event) -> None:
    """Publishes from synchronous code. What was done stays done where our Redis is gone: that is logged, not raised."""
    try:
        async_to_sync(publish)(event)
    except Exception as error:
        # Any error: the caller has just changed something for good and must not seem to have failed.
        logger.warning("%s was not published: %s", type(event).__name__, type(error).__name__)
