"""A sampler to start on servers that a test may break."""

from collections.abc import Iterator

import pytest

from tests.live.sampling import database_file, sampling
from tests.servers import Kind, RedisServer, running

__all__ = ["database_file", "own_server", "sampling"]


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    """A server that a test may pause, kill, lock or make a replica."""
    with running(Kind.VALKEY_9) as server:
        yield server
