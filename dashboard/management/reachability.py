"""What stands between us and an address, each found out before anything is started."""

import asyncio
import errno
import socket
import ssl
from contextlib import closing, suppress
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dashboard.core.target import Target

TIMEOUT_S = 3.0


def why_port_is_taken(host: str, port: int) -> str | None:
    """Returns why nothing can listen there, or None where it can."""
    try:
        family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (socket.gaierror, UnicodeError):
        return f"BIND={host} is no address of this machine."
    with closing(socket.socket(family, kind)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            return _why_not_bound(error, host, port)
    return None


def _why_not_bound(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use. Stop what listens there, or choose another: make run PORT={port + 1}"
    if error.errno == errno.EACCES:
        return f"Port {port} is for the administrator of this machine. Choose one from 1024 on: make run PORT=8000"
    return f"Cannot listen on {host}, port {port}: {error.strerror}."


def why_unreachable(target: Target) -> str | None:
    """Returns why a watched server cannot be used, or None where it answers; never names the password."""
    with closing(_client(target)) as client:
        try:
            client.ping()
        except (redis.exceptions.BusyLoadingError, redis.exceptions.NoPermissionError):
            return None  # it is there: the sampler shows what is wrong with it
        except (redis.RedisError, OSError) as error:
            return _why(error, target)
        except UnicodeError:
            return UNKNOWN_NAME  # too long for a name
    return None


def _client(target: Target) -> "redis.Redis":
    options: dict[str, Any] = {
        "username": target.username or None,
        "password": target.password or None,
        "db": target.db,
    }
    if target.scheme == "unix":
        options |= {"unix_socket_path": target.path}
    else:
        options |= {"host": target.host, "port": target.port, "ssl": target.scheme == "rediss"}
    # The library's own ten retries would take seconds, and try a wrong password eleven times.
    return redis.Redis(
        **options, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 0)
    )


def _why(error: BaseException, target: Target) -> str:
    causes = _causes(error)
    if isinstance(error, redis.AuthenticationError) and not (target.username or target.password):
        return "it asks for a password: redis://:password@host:port or redis://user:password@host:port"
    for kind, reason in REASONS:
        if any(isinstance(cause, kind) for cause in causes):
            # A server without TLS waits for the rest of what it takes for a long command.
            doubt = "; does it speak TLS?" if reason is SILENCE and target.scheme == "rediss" else ""
            return reason + doubt
    return str(error)


UNKNOWN_NAME = "its name is unknown (DNS)"
SILENCE = f"it does not answer within {TIMEOUT_S:g} s"
REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, UNKNOWN_NAME),
    (redis.AuthenticationError, "it wants another user name or password"),
    (ssl.SSLCertVerificationError, "its TLS certificate is not trusted"),
    (ssl.SSLError, "it does not speak TLS (redis:// is without)"),
    (ConnectionRefusedError, "nothing listens there (connection refused)"),
    (FileNotFoundError, "there is no such socket"),
    (PermissionError, "this account may not use that socket"),
    (TimeoutError, SILENCE),
    (redis.TimeoutError, SILENCE),
)


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


async def answers_http(host: str, port: int) -> bool:
    """True where /healthz is answered without a server error; a redirect to https or a refused host name is an answer too."""
    with suppress(OSError, TimeoutError, IndexError, ValueError):
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
                return int((await reader.readline()).split()[1]) < 500
            finally:
                writer.close()
    return False
