"""How a script reaches a watched Redis: a client that never sends anything twice, and what can come of a call."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from redis import exceptions

from dashboard.core.target import Target
from dashboard.redis_io.connect import connect_for, explain

CLIENT_NAME = "streamgauge-action"
TIMEOUT_S = 5.0
_FOLDER = Path(__file__).parent.parent / "lua"
_COMMON = (_FOLDER / "common.lua").read_text()

Argument = bytes | str | int


def load(name: str) -> str:
    """The script `lua/NAME.lua`, with what all of them share before it."""
    return _COMMON + (_FOLDER / f"{name}.lua").read_text()


class Aborted(Exception):
    """The stream is not as the plan needs it. Nothing was written by this call. `why` is a word of the scripts."""

    def __init__(self, why: str, name: bytes = b"") -> None:
        super().__init__(why)
        self.why = why
        self.name = name


class Failed(Exception):
    """The server refused or could not be reached; nothing was written by this call."""


class Unanswered(Exception):
    """The call was sent and no answer came: the server may have done it, or may do it yet."""


@contextmanager
def action_client(target: Target, key: bytes) -> Iterator["redis.Redis"]:
    """A client of the key's master that never sends anything twice; raises Failed where that cannot be reached or trusted."""
    try:
        client = connect_for(target, key, timeout_s=TIMEOUT_S, client_name=CLIENT_NAME, acting=True)
    except (exceptions.RedisError, OSError) as error:
        raise Failed(explain(error).detail) from error
    try:
        try:
            client.ping()
        except (exceptions.RedisError, OSError) as error:
            raise Failed(explain(error).detail) from error
        yield client
    finally:
        client.close()


class Sent:
    """A script that the server has been sent. Whoever sent it may do something else before asking for the reply, once."""

    def __init__(self, client: "redis.Redis", connection: Any) -> None:
        self._client, self._connection = client, connection

    def reply(self) -> Any:
        """The script's reply, waited for. Raises Aborted where it says that the plan does not hold, Failed, or Unanswered."""
        try:
            with _in_our_words():
                reply = self._connection.read_response()
        finally:
            self._client.connection_pool.release(self._connection)
        return _unless_aborted(reply)


def send(client: "redis.Redis", script: str, key: bytes | tuple[bytes, ...], *arguments: Argument) -> Sent:
    """Has the server begin with the script. Raises Failed or Unanswered.

    Several keys must live in one slot where the server is a cluster.
    """
    keys = key if isinstance(key, tuple) else (key,)
    with _in_our_words():
        connection: Any = client.connection_pool.get_connection()
        try:
            connection.send_command("EVAL", script, len(keys), *keys, *arguments)
        except BaseException:
            connection.disconnect()
            client.connection_pool.release(connection)
            raise
    return Sent(client, connection)


def run(client: "redis.Redis", script: str, key: bytes | tuple[bytes, ...], *arguments: Argument) -> Any:
    """Sends a script, and waits for its reply. Raises Aborted, Failed or Unanswered."""
    return send(client, script, key, *arguments).reply()


def run_beside(client: "redis.Redis", command: tuple[Argument, ...], script: str, key: bytes) -> tuple[Any, Any]:
    """The replies to a command that reads and to a script, both at the same moment. Raises Aborted, Failed or Unanswered."""
    both: Any = client.pipeline(transaction=True)
    both.execute_command(*command)
    both.eval(script, 1, key)
    with _in_our_words():
        read, reply = both.execute(raise_on_error=False)
        _unless_aborted(reply)  # first, for what it says of the key is plainer than the server's error
        for answer in (reply, read):
            if isinstance(answer, Exception):
                raise answer
    return read, reply


def _unless_aborted(reply: Any) -> Any:
    if isinstance(reply, list) and reply and reply[0] == b"abort":
        raise Aborted(reply[1].decode(), reply[2])
    return reply


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    # These three are connection errors by inheritance, yet the server did answer.
    except (exceptions.BusyLoadingError, exceptions.AuthenticationError, exceptions.MaxConnectionsError) as error:
        raise Failed(explain(error).detail) from error
    except (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as error:
        raise Unanswered(explain(error).detail) from error
    except exceptions.RedisError as error:
        raise Failed(explain(error).detail) from error
