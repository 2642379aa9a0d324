"""The connection level: packed commands out, raw replies in, an error a reply. Five times a pipeline's speed.

Nothing is left half read: whatever interrupts an exchange closes its connection, so no reply reaches the next caller.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

import hiredis
import redis
from redis._parsers.hiredis import NOT_ENOUGH_DATA
from redis.connection import ConnectionInterface
from redis.exceptions import RedisError, ResponseError

from dashboard.redis_io.faults import is_of_server
from dashboard.redis_io.meter import meter_of_connection, name_of_packed

Reply = Any  # what RESP2 holds: bytes, int, None, or a list of these


def pack(*arguments: bytes) -> bytes:
    """One command as the server reads it."""
    parts = [b"*%d\r\n" % len(arguments)]
    parts += [b"$%d\r\n%s\r\n" % (len(argument), argument) for argument in arguments]
    return b"".join(parts)


@contextlib.contextmanager
def borrowed(client: redis.Redis) -> Iterator[ConnectionInterface]:
    """One connection of the client, connected; closed if the block ends by an exception, and given back in any case."""
    pool = client.connection_pool
    connection = cast(ConnectionInterface, pool.get_connection())
    try:
        yield connection
    except BaseException:
        connection.disconnect()  # type: ignore[no-untyped-call]
        raise
    finally:
        pool.release(connection)  # type: ignore[arg-type]


def send(connection: ConnectionInterface, packed: bytes) -> None:
    """Sends packed commands; each of them needs its `read_reply`, and to be counted by the caller (`exchange` does)."""
    connection.send_packed_command([packed])  # type: ignore[no-untyped-call]


def read_reply(connection: ConnectionInterface) -> Reply | ResponseError:
    """The next reply, or the error that stands in its place. Raises where the error is the server's as a whole."""
    try:
        return connection.read_response(disable_decoding=True)
    except ResponseError as error:
        if is_of_server(error):
            raise
        return error


def buffered(connection: ConnectionInterface) -> Callable[[], Reply | ResponseError]:
    """`read_reply` for very many replies over the connection as it is now.

    Whole replies that have arrived are taken right out of hiredis' buffer, past redis-py, which takes longer to hand
    one over than hiredis to read it. Whatever else comes (nothing yet, an error, another parser) is redis-py's to judge.
    """
    reader = getattr(getattr(connection, "_parser", None), "_reader", None)
    if not isinstance(reader, hiredis.Reader):
        return lambda: read_reply(connection)
    take = reader.gets

    def read() -> Reply | ResponseError:
        reply = take(False)
        return reply if type(reply) is list else _judged(connection, reply)

    return read


def _judged(connection: ConnectionInterface, reply: Reply) -> Reply | ResponseError:
    if reply is NOT_ENOUGH_DATA:
        return read_reply(connection)
    if isinstance(reply, RedisError) and (not isinstance(reply, ResponseError) or is_of_server(reply)):
        raise reply
    return reply


def exchange(connection: ConnectionInterface, commands: Iterable[bytes]) -> list[Reply | ResponseError]:
    """The replies to a few packed commands, sent at once; errors stand in their places."""
    packed = list(commands)
    if meter := meter_of_connection(connection):
        meter.calls.update(map(name_of_packed, packed))
    send(connection, b"".join(packed))
    return [read_reply(connection) for _ in packed]
