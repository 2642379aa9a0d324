"""How long one waits before what failed is tried again."""

from dashboard.core.sample import ServerState

#: So often a server that is down is tried again, so that its return is seen within two seconds.
RETRY_AT_MOST_S = 1.5
#: Wrong credentials are tried again so often: each try is a failure in the server's log.
DENIED_RETRY_S = 60.0


def wait_s(state: ServerState, failures: int, interval_s: float) -> float:
    """Seconds until the next try, after so many failures in a row."""
    if state is ServerState.DENIED:
        return DENIED_RETRY_S
    return float(min(interval_s * 2.0 ** min(failures - 1, 10), RETRY_AT_MOST_S))
