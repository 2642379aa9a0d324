"""What a failed look into a watched server means for whoever looked: a response that says what failed and what to do."""

import redis
from django.http import HttpResponse

from dashboard.core.sample import ServerState
from dashboard.models import Server, Stream
from dashboard.redis_io.connect import explain
from dashboard.redis_io.peek import TooManyConsumers
from dashboard.views.streams_data import problem

_TITLES = {
    ServerState.DOWN: "{server} cannot be reached.",
    ServerState.DENIED: "{server} refuses our account.",
    ServerState.BUSY: "{server} is busy with a script.",
    ServerState.LOADING: "{server} is loading its data.",
}
_REMEDIES = {
    ServerState.DOWN: "Check that it runs and that this machine can reach it, then try again.",
    ServerState.DENIED: "Check the account's password and permissions in the admin, then try again.",
    ServerState.BUSY: "Wait until the script ends, then try again.",
    ServerState.LOADING: "Wait until it has loaded, then try again.",
}


def respond(error: Exception, stream: Stream) -> HttpResponse:
    """The response to a redis.RedisError or OSError that a look ended with."""
    if isinstance(error, TooManyConsumers):
        return problem("There are too many consumers to list.", detail=str(error))
    if isinstance(error, redis.ResponseError) and (response := _of_the_key(str(error), stream)):
        return response
    server, found = stream.server, explain(error)
    since = server.state_since if server.state == found.state else None
    return problem(
        _TITLES.get(found.state, _TITLES[ServerState.DOWN]).format(server=server.name),
        detail=found.detail,
        since=since.timestamp() if since else None,
        remedy=_REMEDIES.get(found.state, ""),
    )


def _of_the_key(text: str, stream: Stream) -> HttpResponse | None:
    """Redis tells these apart by their text alone."""
    if text.startswith("NOGROUP"):
        return problem("The group is gone.", detail="It was deleted, or its stream was.")
    if "no such key" in text.lower():
        return gone(stream.server)
    if text.startswith("WRONGTYPE"):
        return problem("The key holds no stream any more.", detail="Something else was stored under its name.")
    return None


def gone(server: Server) -> HttpResponse:
    """The response where the key does not exist."""
    return problem(
        f"There is no such key on {server.name}.",
        detail="It was deleted, renamed or has expired.",
        remedy="It is watched on, and shown again when it comes back.",
    )
