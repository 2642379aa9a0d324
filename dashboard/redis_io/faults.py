"""What a failed command means for the server as a whole, in a sentence that can stand on a page.

Nothing of the error's own text is passed on except command names and reasons that we know: it may hold arguments.
"""

import re
import socket
import ssl
from collections.abc import Iterator

from redis import exceptions

from dashboard.core.sample import ServerProblem, ServerState
from dashboard.redis_io import tls

_COMMAND = re.compile(r"the '([A-Za-z|_.-]{1,40})' command")
_UNREACHABLE = {101: "the network is unreachable", 113: "there is no route to the host"}


class Explained(exceptions.RedisError):
    """A failure that stands in our own words already: one of the whole deployment, not of a single answer."""

    def __init__(self, state: ServerState, detail: str) -> None:
        super().__init__(detail)
        self.problem = ServerProblem(state, detail)


class Synchronising(Explained):
    """A replica that came up without its data and has not got it from its master yet."""

    def __init__(self) -> None:
        super().__init__(ServerState.LOADING, "It is a replica that has not got its data from its master yet.")


class HungUp(exceptions.ConnectionError):
    """The server took a new connection without TLS and closed it at the first command."""


def explain(error: BaseException) -> ServerProblem:
    """The state that the error puts a server into, and a sentence without secrets, payloads or arguments."""
    if isinstance(error, Explained):
        return error.problem
    if "max number of clients" in str(error):  # of whatever class: it may come in answer to the password
        return ServerProblem(ServerState.DOWN, "It has reached its maximum number of clients.")
    if isinstance(error, exceptions.BusyLoadingError):
        return ServerProblem(ServerState.LOADING, "It is loading its dataset into memory.")
    if isinstance(error, exceptions.AuthenticationError | exceptions.AuthorizationError):
        return ServerProblem(ServerState.DENIED, _refused_credentials(str(error)))
    if isinstance(error, exceptions.NoPermissionError):
        return ServerProblem(ServerState.DENIED, denied_command(error))
    if isinstance(error, tls.UnusableTls):
        return ServerProblem(ServerState.DENIED, str(error))
    if isinstance(error, tls.SilentHandshake):
        return ServerProblem(ServerState.DOWN, tls.SILENT)
    if isinstance(error, exceptions.TimeoutError | TimeoutError):
        return ServerProblem(ServerState.DOWN, "It did not answer within the time limit.")
    if isinstance(error, exceptions.ResponseError):
        return _answered(error)
    return ServerProblem(ServerState.DOWN, _unreachable(error))


def denied_command(error: exceptions.NoPermissionError) -> str:
    """A sentence that names the command, or says that the key is what the user may not touch."""
    found = _COMMAND.search(str(error))
    if found:
        name = found[1].replace("|", " ").upper()
        return f"The user may not run {name}; grant it with ACL SETUSER … +{found[1].lower()}."
    if "key" in str(error).lower():
        return "The user may not read this key; grant it with ACL SETUSER … ~pattern."
    return "The user lacks a permission; ACL LOG on the server tells which."


def is_of_server(error: exceptions.ResponseError) -> bool:
    """True for an answer that is about the server as a whole and not about the key that was asked for."""
    if isinstance(error, exceptions.ClusterDownError):
        return "slot not served" not in str(error)  # else other slots are
    return _is_busy(error)


def _is_busy(error: BaseException) -> bool:
    return str(error).startswith("BUSY ")


def _refused_credentials(text: str) -> str:
    if "without any password configured" in text or "no password is set" in text:
        return "A password was given, but the server asks for none; leave the password empty."
    if "Authentication required" in text:
        return "It asks for a user name or password, and none was given."
    return "It refuses this user name or password."


def _answered(error: exceptions.ResponseError) -> ServerProblem:
    text = str(error)
    if _is_busy(error):
        return ServerProblem(
            ServerState.BUSY, "A script has held it beyond its limit; it answers nothing else meanwhile."
        )
    if isinstance(error, exceptions.MasterDownError):
        why = "It is a replica that lost its master, or still gets its data from it, and refuses to serve stale data."
        return ServerProblem(ServerState.DOWN, why)
    if isinstance(error, exceptions.ClusterDownError):
        return ServerProblem(ServerState.DOWN, "Its cluster is down.")
    if isinstance(error, exceptions.AskError) and not isinstance(error, exceptions.MovedError):
        return ServerProblem(
            ServerState.DOWN, "The key is on its way to another node of the cluster; try again shortly."
        )
    if isinstance(error, exceptions.MovedError):
        return ServerProblem(ServerState.DOWN, "It is a node of a cluster, and the key is on another one.")
    if isinstance(error, exceptions.ReadOnlyError):
        return ServerProblem(ServerState.DENIED, "It is a read-only replica; write to its master.")
    if isinstance(error, exceptions.OutOfMemoryError):
        return ServerProblem(ServerState.DENIED, "It has reached its memory limit and refuses commands that need more.")
    if "DB index is out of range" in text:
        return ServerProblem(ServerState.DENIED, "It has no database of this number.")
    return ServerProblem(ServerState.DOWN, f"It answered with an error ({_code(text)}).")


def _code(text: str) -> str:
    word = text.split(" ", 1)[0]
    return word if word.isascii() and word.isalpha() and word.isupper() else "ERR"


def _unreachable(error: BaseException) -> str:
    for cause in _causes(error):
        sentence = _of_the_network(cause)
        if sentence:
            return sentence
    if was_cut(error):
        return "It closed the connection."
    if isinstance(error, exceptions.InvalidResponse):
        return "What answers there does not speak the Redis protocol."
    return f"The connection failed ({type(error).__name__})."


def was_cut(error: BaseException) -> bool:
    """True where the other side ended the connection."""
    text = str(error)
    cut = any(isinstance(cause, ConnectionResetError | BrokenPipeError) for cause in _causes(error))
    return cut or "closed by server" in text or "reset by peer" in text


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _of_the_network(cause: BaseException) -> str:
    if isinstance(cause, socket.gaierror):
        return "Its host name cannot be resolved."
    if isinstance(cause, ssl.SSLError):
        return tls.in_words(cause)
    if isinstance(cause, HungUp):
        return "It closed the connection at our first command; if it speaks TLS on this port, the address is rediss://."
    if isinstance(cause, ConnectionRefusedError):
        return "It refuses connections: nothing listens at this address."
    if isinstance(cause, FileNotFoundError):
        return "There is no socket file at this path."
    if isinstance(cause, PermissionError):
        return "This system denies us the socket: check the permissions of its file."
    if isinstance(cause, ConnectionResetError | BrokenPipeError):
        return "It closed the connection."
    if isinstance(cause, TimeoutError):
        return "It did not answer within the time limit."
    reason = _UNREACHABLE.get(cause.errno or 0) if isinstance(cause, OSError) else None
    return f"It cannot be reached: {reason}." if reason else ""
