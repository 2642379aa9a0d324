"""A sampler for the tests: the real one, in a thread of this process, on a database file that threads can share."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from channels.layers import get_channel_layer

from dashboard.live.events import Event, SampleTaken
from dashboard.live.publish import decode
from dashboard.live.sampler import Sampler
from dashboard.live.topics import NEWS_TOPIC, server_topic
from dashboard.models import Server
from dashboard.services.registry import register_address
from tests.databases import postgresql_database, sqlite_file
from tests.postgresql import PostgreSQL
from tests.servers import RedisServer

_Event = TypeVar("_Event", bound=Event)


class Sampling:
    """A sampler and one listener to everything that it publishes."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._seen = 0
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()

    def start(self, *, listening: bool = True) -> None:
        """Starts the sampler; it is listened to from its first event on, on every server that is registered now."""
        topics = [NEWS_TOPIC, *(server_topic(pk) for pk in Server.objects.values_list("pk", flat=True))]
        self._ready.clear()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(topics if listening else [])))
        self._thread.start()
        assert self._ready.wait(10)

    async def _run(self, topics: list[str]) -> None:
        self._loop = asyncio.get_running_loop()
        self._sampler = Sampler()
        listening = asyncio.create_task(self._listen(topics)) if topics else None
        if listening is None:
            self._ready.set()
        await asyncio.to_thread(self._ready.wait)
        await self._sampler.run()
        if listening:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self, topics: list[str]) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        for topic in topics:
            await layer.group_add(topic, channel)
        await asyncio.sleep(0.1)  # a subscription is sent, not awaited
        self._ready.set()
        while True:
            message = await layer.receive(channel)
            self.events.append(decode(message["body"]))

    def stop(self) -> None:
        """Stops the sampler as a signal does, and waits for its end."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._sampler.stop)
            self._thread.join(30)
            assert not self._thread.is_alive()
            self._thread = None

    def of(self, kind: type[_Event]) -> list[_Event]:
        """The events of a kind, oldest first."""
        return [event for event in self.events if isinstance(event, kind)]

    def samples(self, server: Server) -> list[SampleTaken]:
        """The samples of one server, oldest first."""
        return [event for event in self.of(SampleTaken) if event.server == server.pk]

    def wait_for(
        self, kind: type[_Event], when: Callable[[_Event], bool] = lambda _: True, *, timeout: float = 10.0
    ) -> _Event:
        """The first event of a kind for which `when` is true, after the one that was waited for before."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for at, event in enumerate(self.events[self._seen :], self._seen):
                if isinstance(event, kind) and when(event):
                    self._seen = at + 1
                    return event
            time.sleep(0.01)
        raise TimeoutError(f"no such {kind.__name__} within {timeout:g} s; the last event is {self.events[-1:]}")


def register(redis_server: RedisServer, name: str = "one", *, interval_s: float = 0.1) -> Server:
    """The server's row, sampled ten times a second."""
    return register_url(redis_server.url, name, interval_s=interval_s)


def register_url(url: str, name: str = "one", *, interval_s: float = 0.1) -> Server:
    """The same by its address; with a budget that holds also where each command takes long, on a busy machine."""
    server = register_address(url, name=name)
    Server.objects.filter(pk=server.pk).update(sample_interval_s=interval_s, cost_budget_percent=1000)
    return server


@pytest.fixture
def database_file(tmp_path: Path, transactional_db: None) -> Iterator[Path]:
    """An empty, migrated SQLite database in a file, for everything that runs in threads or processes of its own."""
    path = tmp_path / "database.sqlite3"
    with sqlite_file(path):
        yield path


@pytest.fixture
def sampling(database_file: Path, own_redis: RedisServer) -> Iterator[Sampling]:
    """A sampler to start; it ends with the test."""
    running = Sampling()
    yield running
    running.stop()


@pytest.fixture
def sampling_on_postgresql(
    transactional_db: None, postgresql_server: PostgreSQL, own_redis: RedisServer
) -> Iterator[Sampling]:
    """The same on PostgreSQL."""
    with postgresql_database(postgresql_server):
        running = Sampling()
        yield running
        running.stop()
