"""Servers that receive: one that speaks HTTP as it is told, and one that takes mail."""

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Request:
    """One that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float  # of this machine's clock


@dataclass
class Sink:
    """What arrived, and how the next is answered: a status, headers, and what is said."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    says: bytes = b"ok"
    instead: Callable[[socket.socket], None] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/in?token=canary-path"


@contextlib.contextmanager
def http_sink(host: str = "127.0.0.1") -> Iterator[Sink]:
    """A running HTTP server that does what the sink says."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        def handle(self) -> None:
            sink.connections += 1
            if sink.instead:
                sink.instead(self.connection)
                return
            super().handle()

        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sink.requests.append(Request(self.command, self.path, dict(self.headers), body, time.time()))
            self.send_response(sink.status)
            for name, value in {**sink.headers, "Content-Length": str(len(sink.says))}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(sink.says)

        do_GET = do_POST = _take  # noqa: N815 - the base class's names

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    sink.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Mailbox:
    """What arrived, and how recipients and messages are answered."""

    port: int = 0
    messages: list[str] = field(default_factory=list)
    recipient: str = "250 ok"
    data: str = "250 ok"
    refused: str = ""  # whoever has this in the address: later
    byte_every_s: float = 0.0


@contextlib.contextmanager
def mail_sink() -> Iterator[Mailbox]:
    """A running SMTP server: as much of it as one message needs."""
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for byte in b"220-sink" * bool(box.byte_every_s):
                self.wfile.write(bytes([byte]))
                time.sleep(box.byte_every_s)
            self._say("220 sink")
            for line in iter(self.rfile.readline, b""):
                word = line[:4].upper()
                if word == b"QUIT":
                    self._say("221 bye")
                    return
                if word == b"DATA" and box.data.startswith("250"):
                    self._say("354 go on")
                    box.messages.append(self._message())
                if word == b"EHLO":
                    self._say("250-sink\r\n250-AUTH PLAIN")
                is_refused = box.refused and box.refused.encode() in line
                recipient = "451 later" if is_refused else box.recipient
                self._say({b"AUTH": "535 no", b"RCPT": recipient, b"DATA": box.data}.get(word, "250 ok"))

        def _message(self) -> str:
            lines: list[bytes] = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line)
            return b"".join(lines).decode()

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    box.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
