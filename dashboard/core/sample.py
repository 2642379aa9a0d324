"""Samples: what one sweep of a server read, before anything is derived. Unknown is None."""

from enum import StrEnum

import msgspec

from dashboard.core.entry_id import EntryId


class GroupSample(msgspec.Struct, frozen=True, gc=False):
    """One consumer group as XINFO GROUPS tells it."""

    name: bytes
    consumers: int
    pending: int
    last_delivered_id: EntryId
    entries_read: int | None  # None: null, or the server knows no such field
    server_lag: int | None  # None: null, or the server knows no such field


class StreamSample(msgspec.Struct, frozen=True, gc=False):
    """One stream as XINFO STREAM and XINFO GROUPS tell it, read together. Payloads are not kept."""

    key: bytes
    length: int
    first_id: EntryId | None  # None: the stream is empty
    last_id: EntryId | None  # of the last entry still there
    last_generated_id: EntryId
    max_deleted_id: EntryId | None  # None: the server (6.2) knows no such field
    entries_added: int | None  # None: the server (6.2) knows no such field
    groups: tuple[GroupSample, ...] = ()


class ProblemKind(StrEnum):
    """Why a stream could not be sampled although its server answered."""

    VANISHED = "vanished"  # no such key
    WRONG_TYPE = "wrong_type"
    DENIED = "denied"  # NOPERM
    ERROR = "error"


class StreamProblem(msgspec.Struct, frozen=True):
    """A stream that could not be sampled, and the server's words for it."""

    key: bytes
    kind: ProblemKind
    detail: str


class Sweep(msgspec.Struct, frozen=True):
    """One reading of all watched streams of a server."""

    at: float  # the server's TIME, in seconds since the epoch
    round_trip_s: float  # of one PING-sized exchange
    streams: dict[bytes, StreamSample]
    problems: dict[bytes, StreamProblem]
    # By key and group: the first entry after the last delivered one, where it was looked up.
    first_undelivered: dict[tuple[bytes, bytes], EntryId] = {}
    reconnected: bool = False  # over a new connection, so perhaps from another process than the last one


class ServerState(StrEnum):
    """A server in one word; the order is the order of gravity."""

    DOWN = "down"  # refused, unreachable, timed out
    DENIED = "denied"  # credentials or permissions
    BUSY = "busy"  # a script holds it
    LOADING = "loading"
    ERROR = "error"  # ours: an error in Streamgauge itself, told in the sampler's log
    STALE = "stale"  # no sweep for more than three intervals
    UP = "up"


class ServerProblem(msgspec.Struct, frozen=True):
    """A server that could not be swept, in one sentence without secrets or payloads."""

    state: ServerState
    detail: str


class ServerInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A server's health from INFO. None: the server does not say."""

    run_id: str
    product: str  # "redis" or "valkey"
    version: str
    role: str
    replicas: int | None = None
    link_up: bool | None = None  # a replica's, to its master; None: it is none, or does not say
    used_memory_bytes: int | None = None
    max_memory_bytes: int | None = None  # None: no limit
    clients: int | None = None
    operations_per_s: int | None = None
    aof: str | None = None  # "ok", "off", "failing"
    rdb_saved_at: float | None = None
    rdb_ok: bool | None = None
    uptime_s: int | None = None
    xadd_calls: int | None = None  # commandstats, read after the sweep: an upper bound for what was added
