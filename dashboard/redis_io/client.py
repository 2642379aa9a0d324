"""Connections to watched servers: bytes in and out, RESP2, short time limits, and no retries behind anybody's back.

A library retry would hang a tick for a minute at a paused server, and count eleven wrong passwords at a mistyped one.
"""

import contextlib
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection
from redis.exceptions import ResponseError
from redis.retry import Retry

from dashboard.core.target import Target, Topology
from dashboard.redis_io.faults import HungUp, was_cut
from dashboard.redis_io.meter import metered
from dashboard.redis_io.tls import TlsConnection

CLIENT_NAME = "streamgauge"


def connect(
    target: Target, *, timeout_s: float = 1.0, client_name: str = CLIENT_NAME, readonly: bool = False
) -> redis.Redis:
    """A client of one process; it connects at its first command, and again after a fault.

    With `readonly` a cluster's replica answers for its master's slots. Commands raise what `explain` puts into words.
    Raises ValueError for Sentinels and clusters as a whole: `connect_for` finds the node that is meant.
    """
    if target.topology is not Topology.STANDALONE:
        raise ValueError(f"{target.address} leads to several nodes; which of them is meant?")
    return metered(_client(target, timeout_s, Greeting(client_name, readonly=readonly)))


def _client(target: Target, timeout_s: float, greeting: "Greeting") -> redis.Redis:
    pool = redis.ConnectionPool(
        **_place(target),
        db=target.db,
        username=target.username or None,
        password=target.password or None,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        legacy_responses=False,
        driver_info=None,  # CLIENT SETINFO is denied to narrow users, and unknown before 7.2
        redis_connect_func=greeting,
    )
    return redis.Redis.from_pool(pool)


def _place(target: Target) -> dict[str, Any]:
    if target.scheme == "unix":
        return {"connection_class": redis.UnixDomainSocketConnection, "path": target.path}
    place = {"host": target.host, "port": target.port}
    if target.secure:
        return {"connection_class": TlsConnection, "tls": target.tls, **place}
    return {"connection_class": redis.Connection, **place}


class Greeting:
    """What redis-py runs on each new connection of a client; it counts them, so that a reconnection is noticed.

    A server that denies CLIENT SETNAME is watched under no name.
    """

    def __init__(self, client_name: str, *, readonly: bool = False) -> None:
        self._client_name = client_name
        self._readonly = readonly
        self.connections = 0

    def __call__(self, connection: AbstractConnection) -> None:
        try:
            self._greet(connection)
        except redis.ConnectionError as error:
            if not isinstance(connection, TlsConnection) and was_cut(error):
                raise HungUp(str(error)) from error
            raise
        self.connections += 1

    def _greet(self, connection: AbstractConnection) -> None:
        connection.on_connect()  # type: ignore[no-untyped-call]
        with contextlib.suppress(ResponseError):
            connection.send_command("CLIENT", "SETNAME", self._client_name)  # type: ignore[no-untyped-call]
            connection.read_response()
        if self._readonly:
            connection.send_command("READONLY")  # type: ignore[no-untyped-call]
            connection.read_response()


def connections_made(client: redis.Redis) -> int:
    """How often the client has connected so far; more than before means that another process may answer now."""
    greeting = client.connection_pool.connection_kwargs.get("redis_connect_func")
    return greeting.connections if isinstance(greeting, Greeting) else 0
