"""The subscription: what one hub hears from the channel layer, and how it learns that it hears nothing any more."""

import asyncio
import contextlib
import logging
from typing import Any

import msgspec
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from dashboard.live import publish
from dashboard.live.events import Event

logger = logging.getLogger(__name__)

#: What a channel layer raises that has lost our Redis.
LAYER_ERRORS = (RedisError, OSError, TimeoutError)
_TIMEOUT_S = 2.0
_BEATS_UNHEARD = 4  # so many of our own without an echo: our Redis hangs


class Subscription:
    """A channel of its own and the topics that reach it. Every method may raise one of LAYER_ERRORS, but for `close`."""

    def __init__(self) -> None:
        self._channel = ""
        self._topics: set[str] = set()
        self._beats_unheard = 0
        self._was_cut = False
        self._youngest: dict[int, int] = {}  # lease of each server

    async def change(self, wanted: set[str]) -> None:
        """Hears these topics from now on, and no others."""
        layer = get_channel_layer()
        async with asyncio.timeout(_TIMEOUT_S):
            if not self._channel:
                self._channel = await layer.new_channel()
            for topic in wanted - self._topics:
                await layer.group_add(topic, self._channel)
                self._topics.add(topic)
            for topic in self._topics - wanted:
                await layer.group_discard(topic, self._channel)
                self._topics.discard(topic)
        self._listen_for_cuts(layer)

    async def close(self) -> None:
        """Hears nothing more."""
        layer = get_channel_layer()
        topics, self._topics = self._topics, set()
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                for topic in topics:
                    await layer.group_discard(topic, self._channel)
        except LAYER_ERRORS:
            # A layer that lost its server half-way is not to be trusted: it begins anew, with new connections.
            with contextlib.suppress(*LAYER_ERRORS):
                async with asyncio.timeout(_TIMEOUT_S):
                    await layer.flush()

    async def next_event(self) -> Event:
        """The next event. One that cannot be read is left out, and so is what a sampler said that has lost the server."""
        layer = get_channel_layer()
        while True:
            message = await layer.receive(self._channel)
            if message["type"] == "beat":
                self._beats_unheard = 0
                continue
            if self._is_stale(message.get("lease")):
                continue
            try:
                return publish.decode(message["body"])
            except msgspec.DecodeError as error:
                logger.error("an event that cannot be read was left out: %s", error)

    def _is_stale(self, lease: list[int] | None) -> bool:
        if lease is None:
            return False
        server, token = lease
        youngest = self._youngest[server] = max(token, self._youngest.get(server, 0))
        return token < youngest

    async def beat(self) -> None:
        """Sends something to itself; raises TimeoutError or ConnectionError where what it hears is not to be trusted."""
        # Counted, not timed: a loop that was busy for seconds is not deaf.
        if self._beats_unheard >= _BEATS_UNHEARD:
            raise TimeoutError("no echo")
        if self._was_cut:
            raise ConnectionError("the subscription was cut off")
        self._beats_unheard += 1
        async with asyncio.timeout(_TIMEOUT_S):
            await get_channel_layer().send(self._channel, {"type": "beat"})

    def _listen_for_cuts(self, layer: Any) -> None:
        # The layer connects again by itself and tells nobody, but what was sent meanwhile is lost. It has no public way
        # to learn of it; a layer of another kind, or a later one, merely goes without.
        shards = getattr(layer._get_layer(), "_shards", ()) if hasattr(layer, "_get_layer") else ()
        for shard in shards:
            if connection := getattr(getattr(shard, "_pubsub", None), "connection", None):
                connection.register_connect_callback(self._note_cut)

    def _note_cut(self, _: object) -> None:
        self._was_cut = True
