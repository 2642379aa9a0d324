"""A network between us and a server: it can be slow, go dead without a word, or hang up; and it counts who comes.

Servers cannot be told another time; so it can also set the clock that a server tells.
"""

import contextlib
import queue
import re
import socket
import threading
import time
from collections.abc import Iterator

from tests.servers import RedisServer

_TIME = re.compile(rb"\*2\r\n\$10\r\n(\d{10})\r\n\$")  # the reply to TIME, before its microseconds


class Network:
    """Passes bytes to a server and back; `url` leads through it."""

    def __init__(self, server: RedisServer) -> None:
        self.delay_s = 0.0  # each way
        self.dead = False  # swallows what new connections send, too
        self.hangs_up = False  # on whoever comes
        self.clock_s = 0  # what the server's clock is ahead by
        self.connections = 0
        self._server = server
        self._silent = threading.Event()  # of all connections made so far, once set
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"
        threading.Thread(target=self._accept, daemon=True).start()

    def die(self) -> None:
        """From now on nothing passes over the connections that there are, and no end is told."""
        self._silent.set()
        self._silent = threading.Event()

    def close(self) -> None:
        """Takes nobody in any more."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                if self.hangs_up:
                    client.close()
                    continue
                upstream = socket.create_connection(("127.0.0.1", self._server.port))
                for source, target in ((client, upstream), (upstream, client)):
                    self._pass(source, target, self._silent)

    def _pass(self, source: socket.socket, target: socket.socket, silent: threading.Event) -> None:
        under_way: queue.Queue[tuple[float, bytes]] = queue.Queue()

        def take() -> None:
            data = b"."
            while data:
                with contextlib.suppress(OSError):
                    data = b""
                    data = source.recv(65536)
                under_way.put((time.monotonic() + self.delay_s, data))

        def hand_on() -> None:
            with contextlib.suppress(OSError):
                while True:
                    due, data = under_way.get()
                    time.sleep(max(0.0, due - time.monotonic()))
                    if silent.is_set() or self.dead:
                        continue
                    if not data:
                        break
                    target.sendall(_TIME.sub(self._told, data) if self.clock_s else data)
            for end in (source, target):
                end.close()

        threading.Thread(target=take, daemon=True).start()
        threading.Thread(target=hand_on, daemon=True).start()

    def _told(self, time_reply: re.Match[bytes]) -> bytes:
        told = time_reply[0]
        return told.replace(time_reply[1], b"%d" % (int(time_reply[1]) + self.clock_s))


@contextlib.contextmanager
def network_to(server: RedisServer) -> Iterator[Network]:
    """Such a network for the length of a with block."""
    network = Network(server)
    try:
        yield network
    finally:
        network.close()
