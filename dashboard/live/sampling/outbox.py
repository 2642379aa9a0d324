"""The outbox: everything that leaves the sampler for our Redis. Where that is gone, sampling does not notice."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from typing import TypeAlias

import redis
from channels.layers import get_channel_layer

from dashboard.live.events import Event, SampleTaken, ServerUnreachable
from dashboard.live.latest import LatestWriter
from dashboard.live.publish import encode, publish

logger = logging.getLogger(__name__)

#: News that waits for our Redis; samples do not wait, the next one says more.
MOST_NEWS = 1000
BEAT_EVERY_S = 1.0
RETRY_S = 1.0

_Sample: TypeAlias = tuple[SampleTaken, bytes]


class Outbox:
    """Fill it from the event loop's thread; `run` sends. Of a server's samples and problems only the latest is kept."""

    def __init__(self) -> None:
        self._samples: dict[int, _Sample] = {}
        self._problems: dict[int, ServerUnreachable] = {}
        self._forgotten: set[int] = set()
        self._news: deque[Event] = deque(maxlen=MOST_NEWS)
        self._wake = asyncio.Event()
        self._latest = LatestWriter()
        self._failing = False
        self._beat_at = float("-inf")

    def sample(self, event: SampleTaken, body: bytes) -> None:
        """Publishes a sample that is encoded already, and keeps it as its server's latest."""
        self._samples[event.server] = (event, body)
        self._problems.pop(event.server, None)
        self._wake.set()

    def problem(self, event: ServerUnreachable) -> None:
        """Keeps a problem as its server's latest word."""
        self._problems[event.server] = event
        self._wake.set()

    def forget(self, server_id: int) -> None:
        """Drops the latest of a server that is no longer watched."""
        self._samples.pop(server_id, None)
        self._problems.pop(server_id, None)
        self._forgotten.add(server_id)
        self._wake.set()

    def news(self, event: Event) -> None:
        """Publishes anything but a sample."""
        self._news.append(event)
        self._wake.set()

    async def run(self) -> None:
        """Sends until it is cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), BEAT_EVERY_S)
            self._wake.clear()
            if not await self.send():
                await asyncio.sleep(RETRY_S)

    async def send(self) -> bool:
        """Sends what is there; returns whether our Redis took it."""
        try:
            await self._send()
        except (redis.RedisError, OSError, TimeoutError) as error:
            self._samples.clear()
            self._failed(error)
            return False
        self._recovered()
        return True

    async def _send(self) -> None:
        while self._news:
            await publish(self._news[0])
            self._news.popleft()
        await self._send_samples()
        for server_id, problem in list(self._problems.items()):
            await self._latest.problem(server_id, encode(problem))
            self._problems.pop(server_id, None)
        while self._forgotten:
            await self._latest.forget(next(iter(self._forgotten)))
            self._forgotten.pop()
        if time.monotonic() - self._beat_at >= BEAT_EVERY_S / 2:
            await self._latest.beat(time.time())
            self._beat_at = time.monotonic()

    async def _send_samples(self) -> None:
        samples, self._samples = self._samples, {}
        for server_id, (event, body) in samples.items():
            await publish(event, body=body)
            await self._latest.sample(server_id, body, interval_s=event.interval)

    def _failed(self, error: Exception) -> None:
        if not self._failing:
            words = str(error) or type(error).__name__
            logger.warning("Our Redis (REDIS_URL) does not answer: %s. Sampling goes on, pages stand still.", words)
        self._failing = True

    def _recovered(self) -> None:
        if self._failing:
            logger.warning("Our Redis answers again.")
        self._failing = False

    async def aclose(self) -> None:
        """Sends what is left, if that is possible, and closes the connections."""
        await self.send()
        await self._latest.aclose()
        await get_channel_layer().flush()
