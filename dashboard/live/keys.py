"""Keys in our Redis: everything but the channel layer's stands here."""

#: Samplers that can take servers, by when they are believed dead; milliseconds of our Redis' clock.
SAMPLERS = "streamgauge:samplers"


def sample_key(server_id: int) -> str:
    """The samples of the last seconds, the latest first."""
    return f"streamgauge:sample:{server_id}"


def problem_key(server_id: int) -> str:
    """What is wrong with the server."""
    return f"streamgauge:problem:{server_id}"


def lease_key(server_id: int) -> str:
    """The sampler that holds the server; expires unless it says so again."""
    return f"streamgauge:lease:{server_id}"


def fence_key(server_id: int) -> str:
    """The highest token that was ever given out for the server."""
    return f"streamgauge:fence:{server_id}"
