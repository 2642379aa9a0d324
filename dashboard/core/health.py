"""Parts of a server's health: its replicas and its slow log. Unknown is None."""

import msgspec


class Replica(msgspec.Struct, frozen=True, kw_only=True):
    """One replica as its master sees it."""

    address: str  # host:port
    state: str  # "online", or what it waits for: "wait_bgsave", "send_bulk" …
    lag_bytes: int | None = None  # of the replication stream, not yet acknowledged; None: it is not in step yet
    lag_s: int | None = None  # since its last acknowledgement


class SlowLog(msgspec.Struct, frozen=True, kw_only=True):
    """A server's slow log. Of its newest entry the command's name is kept, and never an argument."""

    length: int
    id: int | None = None  # None: the log is empty
    at: float | None = None  # seconds since the epoch
    duration_us: int | None = None
    command: str = ""
