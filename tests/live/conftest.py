"""A small registry to watch."""

import pytest

from dashboard.models import Server, Stream
from tests.databases import each_database, postgresql_server
from tests.live.sampling import database_file, sampling, sampling_on_postgresql
from tests.servers import RedisServer

__all__ = [
    "database_file",
    "each_database",
    "other_server",
    "postgresql_server",
    "sampling",
    "sampling_on_postgresql",
    "server",
    "streams",
]


@pytest.fixture
def server(transactional_db: None, own_redis: RedisServer) -> Server:
    """A registered server."""
    return Server.objects.create(name="one", address="redis://127.0.0.1:1/0")


@pytest.fixture
def other_server(server: Server) -> Server:
    """Another one."""
    return Server.objects.create(name="two", address="redis://127.0.0.1:2/0")


@pytest.fixture
def streams(server: Server) -> list[int]:
    """The ids of three streams of `server`."""
    return [Stream.objects.create(server=server, key=f"stream {number}".encode()).pk for number in range(3)]
