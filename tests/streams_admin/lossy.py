"""A network between us and a server that loses what it is told to lose."""

import contextlib
import socket
import threading
from collections.abc import Iterator

from tests.servers import RedisServer


class Lossy:
    """Passes bytes to a server and back. `lose` is "nothing", "requests" or "replies": of scripts, from then on."""

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.lose = "nothing"
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            upstream = socket.create_connection(("127.0.0.1", self.server.port))
            silent = threading.Event()
            threading.Thread(target=self._requests, args=(client, upstream, silent), daemon=True).start()
            threading.Thread(target=self._replies, args=(client, upstream, silent), daemon=True).start()

    def _requests(self, client: socket.socket, upstream: socket.socket, silent: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if b"EVAL\r\n" in data and self.lose != "nothing":
                    silent.set()
                if not (silent.is_set() and self.lose == "requests"):
                    upstream.sendall(data)
        # The server goes on with what it has been sent, although we have hung up.
        with contextlib.suppress(OSError):
            upstream.shutdown(socket.SHUT_WR)

    def _replies(self, client: socket.socket, upstream: socket.socket, silent: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := upstream.recv(65536):
                if not silent.is_set():
                    client.sendall(data)
        for end in (client, upstream):
            end.close()


@contextlib.contextmanager
def lossy(server: RedisServer) -> Iterator[Lossy]:
    """Such a network for the length of a with block."""
    network = Lossy(server)
    try:
        yield network
    finally:
        network.listener.close()
