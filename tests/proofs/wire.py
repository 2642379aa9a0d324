"""Commands to a server, sent as they are and answered as they are; a refusal is an answer."""

from typing import Any

from redis.exceptions import ResponseError

from dashboard.core.entry_id import EntryId
from dashboard.redis_io.wire import borrowed, exchange, pack
from tests.servers import RedisServer

Argument = bytes | int | EntryId


class Wire:
    """One client of a server."""

    def __init__(self, server: RedisServer) -> None:
        self.kind = server.kind
        self._client = server.client(protocol=2)

    def call(self, *arguments: Argument) -> Any:
        """The raw reply, or the ResponseError that stands in its place."""
        return self.calls([arguments])[0]

    def calls(self, commands: list[tuple[Argument, ...]]) -> list[Any]:
        """The raw replies to several commands, sent at once."""
        with borrowed(self._client) as connection:
            return exchange(connection, [pack(*map(_encoded, command)) for command in commands])

    def close(self) -> None:
        """Ends the connection."""
        self._client.close()


def _encoded(argument: Argument) -> bytes:
    return argument if isinstance(argument, bytes) else str(argument).encode()


def done(reply: Any) -> bool:
    """Whether the server did what it was told."""
    return not isinstance(reply, ResponseError)
