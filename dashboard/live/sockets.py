"""The websocket at /ws/live/: who may have one, what it may say, and how it ends.

Plain ASGI: Channels' consumer classes subscribe each socket to the channel layer and cross to a thread at each message.

Close codes: 4401 not signed in (any more), 4403 without the permission, 4408 frames were not acknowledged, 4409 too far
behind to get every event, 4429 too many messages or sockets, 4503 live events are interrupted. After 4408, 4409 and 4503
a browser may connect again and begins with the latest facts.
"""

import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import msgspec
from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language_from_request
from redis.exceptions import RedisError

from dashboard.live import hub as hubs
from dashboard.live.events import List, Ping, Request, Seen, Watch
from dashboard.live.hub import Hub
from dashboard.live.serving.desk import Wish
from dashboard.live.serving.flow import LISTING, Allowance, Flow, OverrunError
from dashboard.live.serving.slices import Frame, View
from dashboard.live.serving.standing import WALL, Standing, read_standings
from dashboard.live.serving.watching import UnknownError, view_of

LARGEST_MESSAGE = 16 * 1024  # bytes; `manage.py up` gives daphne the same limit
_TOO_LARGE = f"The message is larger than {LARGEST_MESSAGE} bytes"
SOCKETS_A_USER = 30
TOO_FAR_BEHIND = 4409

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_decoder: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)


async def live_socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """The ASGI application of one connection; the origin is checked and the cookies are read before it."""
    await receive()
    # Accepted before it is refused: a browser is told a close code only on an open socket.
    await send({"type": "websocket.accept"})
    session_key = _key_in(scope)
    standing = await _standing_of(session_key)
    hub = Hub.here()
    if refusal := _refusal(hub, standing):
        await send({"type": "websocket.close", "code": refusal})
        return
    assert standing is not None  # noqa: S101 - for the type checker: _refusal has seen to it
    await LiveSocket(hub, session_key, standing, send, language=_language_of(scope)).serve(receive)


def _key_in(scope: dict[str, Any]) -> str:
    """The session's key; where the address bears a link to the wallboard, that: whoever watches it may have no session."""
    if wall := parse_qs(scope["query_string"].decode("latin-1")).get("wall"):
        return f"{WALL}{wall[0]}"
    return str(scope["cookies"].get(settings.SESSION_COOKIE_NAME, ""))


async def _standing_of(session_key: str) -> Standing | None:
    standings: dict[str, Standing] = await database_sync_to_async(read_standings)([session_key], timezone.now())
    return standings.get(session_key)


def _language_of(scope: dict[str, Any]) -> str:
    """What the person chose, else what the browser asks for: as a page has it."""
    headers = dict(scope["headers"])
    accepted = headers.get(b"accept-language", b"").decode("latin-1")
    request = SimpleNamespace(COOKIES=scope["cookies"], META={"HTTP_ACCEPT_LANGUAGE": accepted})
    return str(get_language_from_request(request))  # type: ignore[arg-type]  # it reads nothing else


def _refusal(hub: Hub, standing: Standing | None) -> int | None:
    if standing and sum(member.standing.user == standing.user for member in hub.members) >= SOCKETS_A_USER:
        return hubs.TOO_MUCH
    return hubs.refusal_of(standing)


class LiveSocket:
    """One open connection of a signed-in person who may watch."""

    def __init__(self, hub: Hub, session_key: str, standing: Standing, send: Send, *, language: str = "en") -> None:
        self.session_key = session_key
        self.standing = standing
        self.view = View()
        self.closed = False
        self.flow = Flow()
        self._hub = hub
        self._send = send
        self._allowance = Allowance(time.monotonic())
        self._view_listed: str | None = None
        self._language = language

    async def serve(self, receive: Receive) -> None:
        """Answers requests until the connection ends."""
        try:
            await self._hub.join(self)
            while (message := await receive())["type"] == "websocket.receive":
                if not self.closed:
                    await self._hear(message)
        except (RedisError, OSError, TimeoutError):
            await self.close(hubs.INTERRUPTED)
        finally:
            self.closed = True
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                await self._hub.leave(self)

    # What the browser says

    async def _hear(self, message: dict[str, Any]) -> None:
        now = time.monotonic()
        request: Request | ValueError
        try:
            request = _request_in(message)
            if isinstance(request, Seen) and self.flow.acknowledge(request.seq, now):
                # Costs no allowance: there are no more of these than frames that we sent.
                await self._flush()
                return
        except ValueError as error:
            request = error
        if not self._allowance.take(now):
            await self.close(hubs.TOO_MUCH)
        elif isinstance(request, Watch):
            await self._watch(request)
        elif isinstance(request, List):
            await self._list(request)
        elif isinstance(request, Ping):
            await self._tell({"type": "websocket.send", "text": '{"type":"pong"}'})
        elif isinstance(request, ValueError):
            await self._complain(str(request))

    async def _watch(self, watch: Watch) -> None:
        if self.standing.view is not None and (watch.streams or watch.servers):
            await self._complain("This link shows the wallboard alone.")
            return
        standing = await _standing_of(self.session_key)
        if refusal := hubs.refusal_of(standing):
            await self.close(refusal)
            return
        try:
            self.view = await database_sync_to_async(view_of)(watch)
        except UnknownError as error:
            await self._complain(str(error))
            return
        self.flow.drop_samples()
        await self._hub.watch(self)

    async def _list(self, wanted: List) -> None:
        if wanted.rows <= 0:
            self.flow.drop_sample(LISTING)
            await self._hub.end_list(self)
            return
        if wanted.view != self._view_listed:
            # Who scrolls asks again and again: the hub looks at their standing every few seconds.
            standing = await _standing_of(self.session_key)
            if refusal := hubs.refusal_of(standing):
                await self.close(refusal)
                return
        self._view_listed = wanted.view
        text = wanted.view if self.standing.view is None else self.standing.view
        await self._hub.begin_list(self, Wish(text, wanted.first, wanted.rows, wanted.hold, language=self._language))

    # What the browser is told

    async def take_sample(self, server: int, frame: Frame) -> None:
        """Sends the frame, or keeps it in place of an earlier one while the browser lags."""
        self.flow.hold_sample(server, frame)
        await self._flush()

    async def take_listing(self, frame: Frame) -> None:
        """Sends the frame, or keeps it in place of an earlier one while the browser lags."""
        self.flow.hold_sample(LISTING, frame)
        await self._flush()

    async def take_event(self, frame: Frame) -> None:
        """Sends the frame, or queues it while the browser lags; a queue that is full ends the connection."""
        try:
            self.flow.hold_event(frame)
        except OverrunError:
            await self.close(TOO_FAR_BEHIND)
        await self._flush()

    async def drop_sample(self, server: int) -> None:
        """Forgets a sample that is held of the server."""
        self.flow.drop_sample(server)

    def is_overdue(self, now: float) -> bool:
        """True where the browser has stopped acknowledging."""
        return self.flow.is_overdue(now)

    async def close(self, code: int) -> None:
        """Ends the connection; nothing more is sent."""
        if not self.closed:
            self.closed = True
            await self._tell({"type": "websocket.close", "code": code})

    async def _complain(self, detail: str) -> None:
        text = msgspec.json.encode({"type": "error", "detail": detail[:500]}).decode()
        await self._tell({"type": "websocket.send", "text": text})

    async def _flush(self) -> None:
        while not self.closed and (text := self.flow.next_text(time.monotonic())) is not None:
            await self._tell({"type": "websocket.send", "text": text})

    async def _tell(self, message: dict[str, Any]) -> None:
        try:
            await self._send(message)
        except OSError:
            pass  # the peer is gone, and its disconnect is on its way to `serve`
        except Exception:
            # The hub hands frames to all sockets in turn: one that fails must not take the others with it.
            logger.exception("a message to a websocket was not sent")


def _request_in(message: dict[str, Any]) -> Request:
    """The request in a websocket message; raises ValueError saying what is wrong."""
    text = message.get("text")
    if text is None:
        raise ValueError("Expected a text frame with JSON, got a binary one")
    if len(text) > LARGEST_MESSAGE:
        raise ValueError(_TOO_LARGE)
    try:
        encoded = text.encode()
        if len(encoded) > LARGEST_MESSAGE:
            raise ValueError(_TOO_LARGE)
        return _decoder.decode(encoded)
    except UnicodeEncodeError:
        raise ValueError("The message is no Unicode text") from None
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None
