"""What an error in place of a stream's reply means for that stream."""

from redis.exceptions import AskError, ClusterDownError, MovedError, NoPermissionError, ResponseError

from dashboard.core.sample import Elsewhere, ProblemKind, StreamProblem
from dashboard.redis_io.faults import denied_command


def problem_of(key: bytes, error: ResponseError) -> StreamProblem:
    """The stream's problem in our words; the error's own are not passed on, they may hold names and arguments."""
    text = str(error)
    if isinstance(error, NoPermissionError):
        return StreamProblem(key, ProblemKind.DENIED, denied_command(error))
    if isinstance(error, AskError):  # MOVED too
        elsewhere = Elsewhere((str(error.host), int(error.port)), asking=not isinstance(error, MovedError))
        return StreamProblem(key, ProblemKind.ERROR, "The key belongs to another node of the cluster.", elsewhere)
    if isinstance(error, ClusterDownError):
        return StreamProblem(key, ProblemKind.ERROR, "No node of the cluster serves the key's slot.")
    if text.startswith("WRONGTYPE"):
        return StreamProblem(key, ProblemKind.WRONG_TYPE, "The key holds something else than a stream now.")
    if "no such key" in text:
        return StreamProblem(key, ProblemKind.VANISHED, "There is no such key.")
    if "unknown command" in text:
        return StreamProblem(key, ProblemKind.ERROR, "The server does not know XINFO; streams came with Redis 5.0.")
    return StreamProblem(key, ProblemKind.ERROR, "The server answered with an error that we do not know.")
