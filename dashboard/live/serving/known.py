"""What a hub knows: the last word on each server, for who begins to watch it, and what has yet to be handed out."""

import asyncio
import logging
from collections import deque

import msgspec

from dashboard.live.events import Event, SampleTaken, ServerRecovered, ServerUnreachable
from dashboard.live.latest import Latest, read_latest

logger = logging.getLogger(__name__)


class LastWords:
    """The latest sample of each server, and what is wrong with it."""

    def __init__(self) -> None:
        self.samples: dict[int, SampleTaken] = {}
        self.problems: dict[int, ServerUnreachable] = {}

    def take(self, event: Event) -> None:
        """Notes what the event says of its server."""
        match event:
            case SampleTaken():
                self.samples[event.server] = event
                self.problems.pop(event.server, None)
            case ServerUnreachable():
                self.problems[event.server] = event
            case ServerRecovered():
                self.problems.pop(event.server, None)

    async def learn(self, servers: frozenset[int]) -> None:
        """Reads the latest word on servers of which nothing was heard yet; raises RedisError or OSError."""
        missing = sorted(servers - self.samples.keys() - self.problems.keys())
        try:
            words = await read_latest(missing)
        except msgspec.DecodeError as error:  # written by another version of ours
            logger.warning("the latest samples cannot be read: %s", error)
            return
        for server, latest in words.items():
            self._adopt(server, latest)

    def _adopt(self, server: int, latest: Latest) -> None:
        if server in self.samples or server in self.problems:
            return  # heard meanwhile, so it is later
        if latest.sample:
            self.samples[server] = latest.sample
        if latest.problem:
            self.problems[server] = latest.problem


class Waiting:
    """Events that were heard and not handed out: of samples the latest of each server, of the others all, which come first."""

    def __init__(self) -> None:
        self._samples: dict[int, SampleTaken] = {}
        self._news: deque[Event] = deque()
        self._arrived = asyncio.Event()

    def put(self, event: Event) -> None:
        """Adds an event. The latest sample wins here too, should the hub be slower than the samplers."""
        if isinstance(event, SampleTaken):
            self._samples[event.server] = event
        else:
            if isinstance(event, ServerUnreachable):
                self._samples.pop(event.server, None)
            self._news.append(event)
        self._arrived.set()

    async def take(self) -> Event:
        """The next event, once there is one."""
        while not (self._news or self._samples):
            self._arrived.clear()
            await self._arrived.wait()
        return self._news.popleft() if self._news else self._samples.pop(next(iter(self._samples)))
