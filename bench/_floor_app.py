"""The floor of bench.fanout: what daphne itself costs. Bare ASGI, no Django, no Channels: a ready text to every socket."""

import asyncio
import os
from typing import Any

import redis.asyncio

TOPIC = "bench-floor"

_sends: set[Any] = set()
_tasks: list[asyncio.Task[None]] = []


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """One socket; what it says is read and forgotten."""
    assert scope["type"] == "websocket"
    await receive()
    if not _tasks:
        _tasks.append(asyncio.create_task(_hand_out()))
    await send({"type": "websocket.accept"})
    _sends.add(send)
    try:
        while (await receive())["type"] != "websocket.disconnect":
            pass
    finally:
        _sends.discard(send)


async def _hand_out() -> None:
    # No socket timeout: it listens for as long as it runs.
    client = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=None)
    subscription = client.pubsub(ignore_subscribe_messages=True)
    await subscription.subscribe(TOPIC)
    async for message in subscription.listen():
        text = message["data"].decode()
        for send in list(_sends):
            await send({"type": "websocket.send", "text": text})
