"""What stands between us and an address, each found out before anything is started."""

import asyncio
import errno
import socket
from contextlib import closing, suppress

import redis

from dashboard.core.sample import ServerState
from dashboard.core.target import Target
from dashboard.redis_io.connect import connect_for, explain
from dashboard.redis_io.wire import borrowed

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
    """Returns why a watched server cannot be used, or None where it answers; never names the password.

    Behind Sentinels their master is asked, of a cluster one of its nodes.
    """
    try:
        with closing(connect_for(target, b"", timeout_s=TIMEOUT_S)) as client, borrowed(client):
            pass  # a connection is greeted before it is lent
    except redis.exceptions.NoPermissionError:
        return None  # it is there: the sampler shows what is wrong with it
    except (redis.RedisError, OSError) as error:
        problem = explain(error)
        return None if problem.state is ServerState.LOADING else problem.detail
    return None


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
