"""The outbox: everything that leaves the sampler for our Redis. Where that is gone, sampling does not notice."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

import redis
from channels.layers import get_channel_layer

from dashboard.core.lease import Lease
from dashboard.live.events import Event, SampleTaken, ServerUnreachable
from dashboard.live.latest import LatestWriter
from dashboard.live.publish import encode, publish

logger = logging.getLogger(__name__)

#: News that waits for our Redis; samples do not wait, the next one says more.
MOST_NEWS = 1000
RETRY_S = 1.0

_Sample: TypeAlias = tuple[SampleTaken, bytes, Lease]


class Outbox:
    """Fill it from the event loop's thread; `run` sends. Of a server's samples and problems only the latest is kept.

    What is said with a lease is sent only while the lease is `certain`; what the database has settled is sent in any case.
    """

    def __init__(self, certain: Callable[[Lease], bool]) -> None:
        self._certain = certain
        self._samples: dict[int, _Sample] = {}
        self._problems: dict[int, tuple[ServerUnreachable, Lease]] = {}
        self._forgotten: set[Lease] = set()
        self._news: deque[tuple[Event, Lease | None]] = deque(maxlen=MOST_NEWS)
        self._wake = asyncio.Event()
        self._latest = LatestWriter()
        self._failing = False

    def sample(self, event: SampleTaken, body: bytes, lease: Lease) -> None:
        """Publishes a sample that is encoded already, and keeps it as its server's latest."""
        self._samples[event.server] = (event, body, lease)
        self._problems.pop(event.server, None)
        self._wake.set()

    def problem(self, event: ServerUnreachable, lease: Lease) -> None:
        """Keeps a problem as its server's latest word."""
        self._problems[event.server] = (event, lease)
        self._wake.set()

    def forget(self, lease: Lease) -> None:
        """Drops the latest of a server that is no longer watched."""
        self._samples.pop(lease.server_id, None)
        self._problems.pop(lease.server_id, None)
        self._forgotten.add(lease)
        self._wake.set()

    def news(self, event: Event, lease: Lease | None = None) -> None:
        """Publishes anything but a sample."""
        self._news.append((event, lease))
        self._wake.set()

    async def run(self) -> None:
        """Sends until it is cancelled."""
        while True:
            # Not `wait_for`: in Python 3.11 it drops a cancellation that comes together with what it waits for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_S):
                    await self._wake.wait()
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
        self._failing = False
        return True

    async def _send(self) -> None:
        while self._news:
            event, lease = self._news[0]
            if lease is None or self._certain(lease):
                await publish(event, lease=lease)
            self._news.popleft()
        await self._send_samples()
        for server_id, (problem, lease) in list(self._problems.items()):
            if self._certain(lease):
                await self._latest.problem(server_id, encode(problem), token=lease.token)
            self._problems.pop(server_id, None)
        while self._forgotten:
            lease = next(iter(self._forgotten))
            await self._latest.forget(lease.server_id, token=lease.token)
            self._forgotten.discard(lease)

    async def _send_samples(self) -> None:
        samples, self._samples = self._samples, {}
        for server_id, (event, body, lease) in samples.items():
            # Our Redis is asked first: it knows at this moment whether somebody has taken the server.
            if self._certain(lease) and await self._latest.sample(
                server_id, body, interval_s=event.interval, token=lease.token
            ):
                await publish(event, body=body, lease=lease)

    def _failed(self, error: Exception) -> None:
        if not self._failing:  # that our Redis is gone, the leases say
            logger.info("Nothing can be published: %s", str(error) or type(error).__name__)
        self._failing = True

    async def aclose(self) -> None:
        """Sends what is left, if that is possible, and closes the connections."""
        await self.send()
        await self._latest.aclose()
        await get_channel_layer().flush()
