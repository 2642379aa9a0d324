"""The network between a browser and us: a SOCKS proxy on this machine whose cable can be pulled out."""

import socket
import threading
from contextlib import suppress
from typing import Any


class Cable:
    """Carries a browser's connections. Cut, it carries nothing either way and says nothing; healed, only new ones get through."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.proxy: Any = {"server": f"socks5://127.0.0.1:{self._listener.getsockname()[1]}"}
        self._whole = threading.Event()
        self._whole.set()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        """From now on nothing arrives."""
        self._whole.clear()

    def heal(self) -> None:
        """What was open while the cable was out is gone, as behind a router that was restarted."""
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()
        self._whole.set()

    def close(self) -> None:
        """Ends everything."""
        self._listener.close()
        self.heal()

    def _serve(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                browser, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(browser,), daemon=True).start()

    def _carry(self, browser: socket.socket) -> None:
        """The handshake of RFC 1928 without a password, then both ways."""
        with browser, suppress(OSError):
            self._whole.wait()
            _exactly(browser, _exactly(browser, 2)[1])
            browser.sendall(b"\x05\x00")
            kind = _exactly(browser, 4)[3]
            host = {1: 4, 4: 16}.get(kind) or _exactly(browser, 1)[0]
            _exactly(browser, host)
            port = int.from_bytes(_exactly(browser, 2), "big")
            with socket.create_connection(("127.0.0.1", port)) as server:
                browser.sendall(b"\x05\x00\x00\x01" + bytes(6))
                self._open += [browser, server]
                there = threading.Thread(target=self._pour, args=(browser, server), daemon=True)
                there.start()
                self._pour(server, browser)
                there.join()

    def _pour(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._whole.wait()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _exactly(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = source.recv(size - len(data))
        if not more:
            raise ConnectionResetError
        data += more
    return data
