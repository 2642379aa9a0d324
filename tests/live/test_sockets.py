"""The websocket, in this process: the real application, registry, sessions and channel layer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.test import Client

from dashboard.asgi import application
from dashboard.live import publish
from dashboard.models import Server, Stream
from tests.live.events import sample_of
from tests.servers import RedisServer

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = (b"origin", b"http://testserver")


def cookie_of(person: User) -> tuple[bytes, bytes]:
    """The Cookie header of a browser in which the person is signed in."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return b"cookie", client.cookies.output(header="", sep=";").split(";")[0].strip().encode()


@asynccontextmanager
async def opened(person: User | None, *headers: tuple[bytes, bytes]) -> AsyncIterator[WebsocketCommunicator]:
    cookies = [await sync_to_async(cookie_of)(person)] if person else []
    socket = WebsocketCommunicator(application, "/ws/live/", headers=[*(headers or [ORIGIN]), *cookies])
    accepted, _ = await socket.connect(timeout=5)
    assert accepted
    yield socket
    await socket.disconnect(timeout=5)


@pytest.fixture
def server(db: None, own_redis: RedisServer) -> Server:
    return Server.objects.create(name="one", address="redis://127.0.0.1:1/0")


@pytest.fixture
def streams(server: Server) -> list[Stream]:
    return [Stream.objects.create(server=server, key=f"stream {number}".encode()) for number in range(3)]


async def test_a_viewer_gets_samples_of_what_they_watch(viewer: User, server: Server, streams: list[Stream]) -> None:
    async with opened(viewer) as socket:
        await socket.send_json_to({"type": "watch", "streams": [streams[1].pk]})
        await asyncio.sleep(0.3)
        await publish.publish(sample_of(server.pk, [stream.pk for stream in streams]))
        frame = await socket.receive_json_from(timeout=5)
    assert frame["type"] == "sample.taken"
    assert frame["seq"] == 1
    assert frame["streams"]["id"] == [streams[1].pk]
    assert frame["groups"]["stream"] == [streams[1].pk, streams[1].pk]
