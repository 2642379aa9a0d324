"""A websocket client that does what no browser would: reads nothing, says too much, comes from elsewhere."""

import base64
import json
import os
import socket
import struct
from typing import Any

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class RefusedError(Exception):
    """The handshake was answered with another status than 101."""


class RawWebSocket:
    """One connection over TCP. `receive_buffer` (bytes) makes the kernel take little for us."""

    def __init__(self, port: int, *, receive_buffer: int = 0, **headers: str) -> None:
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(20)
        self._unread = b""
        try:
            self._socket.connect(("127.0.0.1", port))
            self._shake_hands(port, headers)
        except Exception:
            self._socket.close()
            raise

    def _shake_hands(self, port: int, headers: dict[str, str]) -> None:
        lines = ["GET /ws/live/ HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: Upgrade", "Upgrade: websocket"]
        lines += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}"]
        lines += [f"{name.title()}: {value}" for name, value in headers.items()]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self._unread:
            self._unread += self._more()
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        if b" 101 " not in head.splitlines()[0]:
            raise RefusedError(head.splitlines()[0].decode())

    def say(self, **request: Any) -> None:
        """Sends a request as JSON."""
        self.send_frame(json.dumps(request).encode())

    def send_frame(self, payload: bytes, opcode: int = TEXT, *, final: bool = True) -> None:
        """Sends one whole masked frame; further frames of the message follow unless it is `final`."""
        size, first = len(payload), opcode | (0x80 if final else 0)
        if size < 126:
            header = struct.pack("!BB", first, 0x80 | size)
        elif size < 65536:
            header = struct.pack("!BBH", first, 0x80 | 126, size)
        else:
            header = struct.pack("!BBQ", first, 0x80 | 127, size)
        # A mask of zeros is a mask, and leaves the payload as it is.
        self._socket.sendall(header + b"\0\0\0\0" + payload)

    def hear(self) -> dict[str, Any]:
        """The next text frame; raises ConnectionError at a close, TimeoutError after 20 s."""
        opcode, payload = self._frame()
        if opcode == CLOSE:
            raise ConnectionError(f"closed with {_code(payload)}")
        return dict(json.loads(payload)) if opcode == TEXT else self.hear()

    def closing(self) -> int:
        """The close code, past whatever comes before it; 1006 where the connection just ends."""
        while True:
            try:
                opcode, payload = self._frame()
            except ConnectionError:
                self.close()
                return 1006
            if opcode == CLOSE:
                self.close()
                return _code(payload)

    def close(self) -> None:
        """Ends the connection without a word."""
        self._socket.close()

    def _frame(self) -> tuple[int, bytes]:
        first, second = self._exactly(2)
        size = second & 0x7F
        if size >= 126:
            size = int.from_bytes(self._exactly(2 if size == 126 else 8), "big")
        return first & 0x0F, self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        while len(self._unread) < size:
            self._unread += self._more()
        found, self._unread = self._unread[:size], self._unread[size:]
        return found

    def _more(self) -> bytes:
        more = self._socket.recv(65536)
        if not more:
            raise ConnectionError("ended")
        return more


def _code(payload: bytes) -> int:
    return int.from_bytes(payload[:2], "big") if payload else 1005
