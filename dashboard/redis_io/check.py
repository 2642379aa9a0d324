"""The test of one process: goes the sampler's way to it, step by step, and says where it ends and what would be right."""

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping

import msgspec
import redis
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from dashboard.core.sample import ServerInfo
from dashboard.core.target import Target
from dashboard.redis_io.client import connect
from dashboard.redis_io.faults import denied_command, explain
from dashboard.redis_io.server_info import read_info
from dashboard.redis_io.tls import SilentHandshake, context_of
from dashboard.redis_io.wire import borrowed, exchange, pack

_KEY = b"streamgauge:check"  # need not exist: "no such key" is an answer that only a permitted user gets
_ALERT_S = 0.2  # from TLS 1.3 on a server refuses our certificate, or the lack of one, after the handshake
Commands = Mapping[str, tuple[bytes, ...]]  # by the name of the step

_COMMANDS = {
    "TIME": (b"TIME",),
    "INFO": (b"INFO", b"server"),
    "SCAN": (b"SCAN", b"0", b"COUNT", b"1", b"TYPE", b"stream"),
    "XINFO STREAM": (b"XINFO", b"STREAM", _KEY),
    "XINFO GROUPS": (b"XINFO", b"GROUPS", _KEY),
    "XINFO CONSUMERS": (b"XINFO", b"CONSUMERS", _KEY, b"streamgauge"),
    "XLEN": (b"XLEN", _KEY),
    "XRANGE": (b"XRANGE", _KEY, b"-", b"+", b"COUNT", b"1"),
    "XREVRANGE": (b"XREVRANGE", _KEY, b"+", b"-", b"COUNT", b"1"),
    "XPENDING": (b"XPENDING", _KEY, b"streamgauge"),
    "MEMORY USAGE": (b"MEMORY", b"USAGE", _KEY, b"SAMPLES", b"5"),
    "SLOWLOG LEN": (b"SLOWLOG", b"LEN"),
    "SLOWLOG GET": (b"SLOWLOG", b"GET", b"1"),
}


class Step(msgspec.Struct, frozen=True):
    """One thing that watching needs. `detail` says what failed and what would be right, or what was found."""

    name: str
    ok: bool
    detail: str = ""


class Check(msgspec.Struct, frozen=True):
    """How far it went, in order. The steps after a failed one are not there, except that all permissions are tried."""

    steps: tuple[Step, ...]
    info: ServerInfo | None = None

    @property
    def ok(self) -> bool:
        """True if everything that watching needs is there."""
        return all(step.ok for step in self.steps)

    @property
    def failure(self) -> str:
        """The first failed step in one sentence; "" where there is none."""
        return next((f"{step.name}: {step.detail}" for step in self.steps if not step.ok), "")


def check_node(target: Target, *, timeout_s: float = 1.0, besides: Commands | None = None) -> Check:
    """Goes all the way to one process: to be signed in, then each command's permission, `besides` among them."""
    steps = reach(target, timeout_s=timeout_s)
    if not all(step.ok for step in steps):
        return Check(steps)
    with contextlib.closing(connect(target, timeout_s=timeout_s)) as client:
        try:
            return Check((*steps, *_permissions(client, {**_COMMANDS, **(besides or {})})), read_info(client))
        except RedisError as error:
            return Check((*steps, Step("commands", False, explain(error).detail)))


def reach(target: Target, *, timeout_s: float) -> tuple[Step, ...]:
    """Name resolution, connection, TLS, authentication, up to the first that fails."""
    steps: list[Step] = []
    for name, attempt in _ways(target, timeout_s):
        try:
            attempt()
        except (OSError, RedisError) as error:
            return (*steps, Step(name, False, explain(error).detail))
        steps.append(Step(name, True))
    return tuple(steps)


def _ways(target: Target, timeout_s: float) -> Iterator[tuple[str, Callable[[], None]]]:
    if target.scheme != "unix":
        yield "name resolution", lambda: _resolve(target)
    yield "connection", lambda: _reach(target, timeout_s)
    if target.secure:
        yield "TLS", lambda: _shake_hands(target, timeout_s)
    yield "authentication", lambda: _sign_in(target, timeout_s)


def _resolve(target: Target) -> None:
    socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)


def _reach(target: Target, timeout_s: float) -> None:
    with _socket(target, timeout_s):
        pass


def _socket(target: Target, timeout_s: float) -> socket.socket:
    if target.scheme != "unix":
        return socket.create_connection((target.host, target.port), timeout=timeout_s)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_s)
        connection.connect(target.path)
    except OSError:
        connection.close()
        raise
    return connection


def _shake_hands(target: Target, timeout_s: float) -> None:
    context = context_of(target.tls)
    with _socket(target, timeout_s) as plain:
        try:
            secure = context.wrap_socket(plain, server_hostname=target.host)
        except TimeoutError:
            raise SilentHandshake("no answer to a TLS handshake") from None
        with secure, contextlib.suppress(TimeoutError):
            secure.settimeout(_ALERT_S)
            secure.recv(1)


def _sign_in(target: Target, timeout_s: float) -> None:
    with contextlib.closing(connect(target, timeout_s=timeout_s)) as client, borrowed(client):
        pass  # a connection is greeted before it is lent


def _permissions(client: redis.Redis, commands: Commands) -> list[Step]:
    with borrowed(client) as connection:
        replies = exchange(connection, [pack(*command) for command in commands.values()])
    return [_permission(name, reply) for name, reply in zip(commands, replies, strict=True)]


def _permission(name: str, reply: object) -> Step:
    if isinstance(reply, NoPermissionError) and "command" in str(reply):
        return Step(name, False, denied_command(reply))
    if isinstance(reply, ResponseError) and "unknown" in str(reply).lower():
        return Step(name, False, "The server does not know this command; Streamgauge needs Redis 6.2 or later.")
    # A denied key is no failure here: users may be limited to keys of their own.
    return Step(name, True)
