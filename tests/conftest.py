"""Fixtures for every test: real servers, our own Redis, people with the roles of the role matrix."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.servers import Kind, RedisServer, running


@pytest.fixture(scope="session")
def _servers() -> Iterator[dict[Kind, RedisServer]]:
    """Watched servers by kind, started at first use and shared; `watched_server` empties them between tests."""
    servers: dict[Kind, RedisServer] = {}
    yield servers
    for server in servers.values():
        server.close()


@pytest.fixture(params=list(Kind), ids=str)
def watched_server(request: pytest.FixtureRequest, _servers: dict[Kind, RedisServer]) -> RedisServer:
    """An empty server of each kind in turn. Never pause or kill it: start your own with `tests.servers.running`."""
    return _emptied(_servers, request.param)


@pytest.fixture
def valkey_server(_servers: dict[Kind, RedisServer]) -> RedisServer:
    """An empty Valkey 9.1, where one kind is enough."""
    return _emptied(_servers, Kind.VALKEY_9)


def _emptied(servers: dict[Kind, RedisServer], kind: Kind) -> RedisServer:
    if kind not in servers:
        servers[kind] = RedisServer(kind)
    with servers[kind].client() as client:
        client.flushall()
    return servers[kind]


@pytest.fixture
def client_of_watched(watched_server: RedisServer) -> Iterator["redis.Redis"]:
    """A client of `watched_server`, bytes in and out."""
    with watched_server.client() as client:
        yield client


@pytest.fixture(scope="session")
def own_redis_server() -> Iterator[RedisServer]:
    """Our own Redis: channel layer and latest samples."""
    with running(Kind.VALKEY_9) as server:
        yield server


@pytest.fixture
def own_redis(own_redis_server: RedisServer, settings: Any) -> RedisServer:
    """Our own Redis, empty, with the settings leading to it."""
    with own_redis_server.client() as client:
        client.flushall()
    settings.REDIS_URL = own_redis_server.url
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [{"address": own_redis_server.url, "socket_timeout": None}], "prefix": "streamgauge"},
        }
    }
    return own_redis_server
