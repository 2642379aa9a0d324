"""Draining: daphne ends once the requests in its threads have ended, and every websocket has been told that this is a restart.

Where a part of Django is synchronous, a request's thread waits for the event loop to run the rest. A loop that stops first
leaves it waiting for ever, and Python, which joins its threads at the end, with it: daphne then survives SIGTERM.

Sockets are closed with 1012, by which a page knows to come back within five seconds, each at a moment of its own. The application
cannot say so: daphne lets it use 1000 and private codes alone.
"""

import sys
import threading
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

_LOOK_EVERY_S = 0.02
#: A request that takes longer is given up: whoever stopped us kills us after ten seconds.
PATIENCE_S = 5.0
#: So long the browsers may take to answer that they have closed, too.
_FAREWELL_S = 1.0
_RESTARTING = 1012


class _Requests:
    """Those that hold a thread. Threads count here at once, and the event loop looks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self.now = 0

    def begin(self) -> bool:
        """Whether one more may; counts it."""
        with self._lock:
            self.now += not self._closed
            return not self._closed

    def end(self) -> None:
        with self._lock:
            self.now -= 1

    def close(self) -> None:
        with self._lock:
            self._closed = True


_requests = _Requests()


class CountRequests:
    """Counts the requests that hold a thread. The first middleware, and synchronous on purpose."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response of the others; 503 for one that came too late."""
        if not _requests.begin():
            return HttpResponse("This process is stopping; try again.\n", status=503, headers={"Retry-After": "2"})
        try:
            return self.get_response(request)
        finally:
            _requests.end()


def drain_before_shutdown() -> None:
    """Has daphne's event loop run on, when it is told to stop, until no request holds a thread. Other servers do so by themselves."""
    if reactor := sys.modules.get("twisted.internet.reactor"):
        reactor.addSystemEventTrigger("before", "shutdown", _drained, reactor)


def _drained(reactor: Any) -> Any:
    """A Deferred that fires when no request is in flight and sockets have said goodbye, or patience is at its end."""
    from twisted.internet.task import LoopingCall

    _requests.close()
    began = reactor.seconds()

    def look() -> None:
        waited = reactor.seconds() - began
        # Each time anew: a browser may come back before the port is closed.
        sockets = _say_restarting(reactor)
        if waited >= PATIENCE_S or not (_requests.now or (sockets and waited < _FAREWELL_S)):
            looking.stop()

    looking = LoopingCall(look)
    return looking.start(_LOOK_EVERY_S)


def _say_restarting(reactor: Any) -> int:
    """Closes the open websockets; the number of those that have not gone yet."""
    protocols: list[Any] = [getattr(reader, "protocol", None) for reader in reactor.getReaders()]
    sockets = [protocol for protocol in protocols if hasattr(protocol, "sendCloseFrame")]
    for socket in sockets:
        if socket.state == socket.STATE_OPEN:
            socket.sendCloseFrame(code=_RESTARTING)
    return len(sockets)
