"""Websockets in this process: the whole ASGI application, with the browser's end in the test's hands."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from dashboard.asgi import application

ORIGIN = (b"origin", b"http://testserver")


def session_of(person: User) -> str:
    """The key of a new session in which the person is signed in."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def cookie(session_key: str) -> tuple[bytes, bytes]:
    """The header that a browser sends for the session."""
    return b"cookie", f"{settings.SESSION_COOKIE_NAME}={session_key}".encode()


class Browser(WebsocketCommunicator):
    """One connection as a browser has it."""

    async def say(self, **request: Any) -> None:
        """Sends a request."""
        await self.send_json_to(request)

    async def hear(self, timeout: float = 5) -> dict[str, Any]:
        """The next frame."""
        text = await self.receive_from(timeout)
        return dict(json.loads(text))

    async def hear_and_acknowledge(self) -> dict[str, Any]:
        """The next frame, which the server is told to have arrived."""
        frame = await self.hear()
        await self.say(type="seen", seq=frame["seq"])
        return frame

    async def watch(self, **wish: Any) -> None:
        """Watches, and returns when the server has taken note."""
        await self.say(type="watch", **wish)
        await self.settled()

    async def settled(self) -> None:
        """Returns when the server has dealt with everything that was said: it answers in order."""
        await self.say(type="settled?")
        while (await self.hear())["type"] != "error":
            pass

    async def closing(self, timeout: float = 5) -> int:
        """The close code; frames that come before it are passed over."""
        while (message := await self.receive_output(timeout))["type"] != "websocket.close":
            pass
        return int(message["code"])


@asynccontextmanager
async def connected(
    person: User | str | None, *headers: tuple[bytes, bytes], path: str = "/ws/live/"
) -> AsyncIterator[Browser]:
    """An accepted connection of a person (or of a session's key), with our own origin unless `headers` say otherwise."""
    session_key = await sync_to_async(session_of)(person) if isinstance(person, User) else person
    browser = Browser(
        application, path, headers=[*(headers or [ORIGIN]), *([cookie(session_key)] if session_key else [])]
    )
    accepted, _ = await browser.connect(timeout=5)
    assert accepted
    try:
        yield browser
    finally:
        await browser.disconnect(timeout=10)
