"""The browsers' end of bench.fanout: many websockets in one event loop, at as little cost as possible."""

import asyncio
import base64
import json
import os
import time
from typing import Any

EVERY_SECOND = 2  # frames an acknowledgement, as static/js/live/socket.js has it
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Crowd:
    """The browsers of one web server, and when their frames arrived. `watches`: the server whose samples they ask for."""

    def __init__(self, port: int, *, watches: int | None) -> None:
        self.port, self.watches = port, watches
        self.browsers: list[Browser] = []
        self.arrivals: list[float] = []
        self._complete = asyncio.Event()

    async def grow(self, session_keys: list[str]) -> None:
        """Connects a browser for each session's key; a few at a time, as after a deployment."""
        for start in range(0, len(session_keys), 20):
            opened = [self._open(key) for key in session_keys[start : start + 20]]
            async with asyncio.timeout(30):
                self.browsers += await asyncio.gather(*opened)

    async def _open(self, session_key: str) -> "Browser":
        loop = asyncio.get_running_loop()
        _, browser = await loop.create_connection(lambda: Browser(self, session_key), "127.0.0.1", self.port)
        await browser.ready
        return browser

    def note_arrival(self) -> None:
        """A frame has reached a browser."""
        self.arrivals.append(time.monotonic())
        if len(self.arrivals) == len(self.browsers):
            self._complete.set()

    async def everyone(self) -> list[float]:
        """When each browser's frame arrived, on the monotonic clock, once all have; raises TimeoutError after 60 s."""
        async with asyncio.timeout(60):
            await self._complete.wait()
        self._complete.clear()
        arrivals, self.arrivals = self.arrivals, []
        return arrivals

    def close(self) -> None:
        """Ends every connection."""
        for browser in self.browsers:
            browser.transport.abort()


class Browser(asyncio.Protocol):
    """One websocket: answers pings, counts frames, and acknowledges every second one where the server asks for that."""

    transport: asyncio.Transport

    def __init__(self, crowd: Crowd, session_key: str) -> None:
        self._crowd, self._session_key = crowd, session_key
        self._unread = bytearray()
        self._shaken_hands = False
        self._frames = 0
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        #: The code by which the server closed; 1006 where the connection just ended.
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for a websocket."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key, address = base64.b64encode(os.urandom(16)).decode(), f"127.0.0.1:{self._crowd.port}"
        transport.write(
            f"GET /ws/live/ HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nOrigin: http://{address}\r\n"
            f"Cookie: sessionid={self._session_key}\r\n\r\n".encode()
        )

    def connection_lost(self, error: Exception | None) -> None:
        """Nobody waits for what cannot come."""
        if not self.ready.done():
            self.ready.set_exception(error or ConnectionError("closed by the server"))
        self._end(1006)

    def _end(self, code: int) -> None:
        if not self.ended.done():
            self.ended.set_result(code)

    def data_received(self, data: bytes) -> None:
        """Takes what has come so far."""
        self._unread += data
        if not self._shaken_hands and not self._shake_hands():
            return
        while frame := self._cut():
            self._take(*frame)

    def _shake_hands(self) -> bool:
        head, end, rest = self._unread.partition(b"\r\n\r\n")
        if not end:
            return False
        if b" 101 " not in head.splitlines()[0]:
            self.ready.set_exception(ConnectionError(head.decode()))
            return False
        self._unread, self._shaken_hands = rest, True
        if self._crowd.watches is not None:
            self._say({"type": "watch", "servers": [self._crowd.watches]})
            self._say({"type": "settled?"})  # answered with an error, after the watch
        else:
            self.ready.set_result(None)
        return True

    def _cut(self) -> tuple[int, bytes] | None:
        if len(self._unread) < 2:
            return None
        size, start = self._unread[1] & 0x7F, 2
        if size >= 126:
            start = 4 if size == 126 else 10
            size = int.from_bytes(self._unread[2:start], "big")
        if len(self._unread) < start + size:
            return None
        frame = self._unread[0] & 0x0F, bytes(self._unread[start : start + size])
        del self._unread[: start + size]
        return frame

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _PING:
            self._send(_PONG, payload)
        elif opcode == _CLOSE:
            self._end(int.from_bytes(payload[:2], "big"))
            self._send(_CLOSE, payload[:2])
            self.transport.close()
        elif opcode == _TEXT and not self.ready.done():
            self.ready.set_result(None)
        elif opcode == _TEXT:
            self._count()

    def _count(self) -> None:
        self._frames += 1
        if self._crowd.watches and self._frames % EVERY_SECOND == 0:
            self._say({"type": "seen", "seq": self._frames})
        self._crowd.note_arrival()

    def _say(self, request: dict[str, Any]) -> None:
        self._send(_TEXT, json.dumps(request).encode())

    def _send(self, opcode: int, payload: bytes) -> None:
        # A mask of zeros is a mask, and leaves the payload as it is.
        self.transport.write(bytes([0x80 | opcode, 0x80 | len(payload)]) + b"\0\0\0\0" + payload)
