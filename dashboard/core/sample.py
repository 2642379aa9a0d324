"""Samples: what one sweep of a server read, before anything is derived. Unknown is None."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from dashboard.core.address import Seed
from dashboard.core.entry_id import EntryId
from dashboard.core.health import Replica, SlowLog


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
    # None: all of it was read together. Else length and groups are of now and may have moved, and all other facts were
    # read at this time of the server, the last that the stream's large entries were read along.
    whole_at: float | None = None


class ProblemKind(StrEnum):
    """Why a stream could not be sampled although its server answered."""

    VANISHED = "vanished"  # no such key
    WRONG_TYPE = "wrong_type"
    DENIED = "denied"  # NOPERM
    ERROR = "error"


class Elsewhere(msgspec.Struct, frozen=True):
    """The node of a cluster that a key is at, as another one tells."""

    seed: Seed
    asking: bool  # only for now: the slot is on its way there, and it answers for those who say ASKING


class StreamProblem(msgspec.Struct, frozen=True):
    """A stream that could not be sampled, and the server's words for it."""

    key: bytes
    kind: ProblemKind
    detail: str
    elsewhere: Elsewhere | None = None


class Sweep(msgspec.Struct, frozen=True):
    """One reading of all watched streams of a server."""

    at: float  # the server's TIME, in seconds since the epoch
    round_trip_s: float  # of one PING-sized exchange
    streams: dict[bytes, StreamSample]
    problems: dict[bytes, StreamProblem]
    # By key and group: the first entry after the last delivered one, where it was looked up.
    first_undelivered: dict[tuple[bytes, bytes], EntryId] = {}
    reconnected: bool = False  # over a new connection, so perhaps from another process than the last one
    changed: Sequence[bytes] = ()  # streams of which this reading says something else than the one before
    held: Sequence[bytes] = ()  # watched streams that were not read this time, to spare the server
    xadd_calls: int | None = None  # commandstats, read after the streams: an upper bound for what was added
    thin: int = 0  # streams that were read without their large entries


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


class CommandTime(NamedTuple):
    """What a server has spent on one command since it started, for everybody, by its commandstats."""

    calls: int
    usec: int


class ServerInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A server's health from INFO and its slow log. None: the server does not say."""

    run_id: str
    product: str  # "redis" or "valkey"
    version: str
    role: str
    mode: str | None = None  # "standalone", "sentinel" or "cluster"
    uptime_s: int | None = None
    loading: bool | None = None  # its dataset, while it answers already
    async_loading: bool | None = None  # a replica that serves its old data meanwhile; None too: it knows no such thing

    replicas: int | None = None
    replica_states: tuple[Replica, ...] | None = None
    master: str | None = None  # a replica's, host:port
    link_up: bool | None = None  # a replica's, to its master; None: it is none, or does not say
    link_down_s: int | None = None  # since when it is not; None also for a link that never was up

    used_memory_bytes: int | None = None
    peak_memory_bytes: int | None = None
    max_memory_bytes: int | None = None  # None: no limit
    memory_policy: str | None = None  # what is evicted at the limit
    fragmentation: float | None = None  # resident memory ÷ used memory
    evicted_keys: int | None = None  # since the server's start, as all totals
    expired_keys: int | None = None

    clients: int | None = None
    max_clients: int | None = None
    blocked_clients: int | None = None
    rejected_connections: int | None = None

    operations_per_s: int | None = None
    input_bytes_per_s: float | None = None
    output_bytes_per_s: float | None = None
    fork_us: int | None = None  # how long the latest fork held the server; 0: it has not forked

    aof: str | None = None  # "ok", "off", "failing"
    aof_write_ok: bool | None = None
    aof_rewrite_ok: bool | None = None
    aof_bytes: int | None = None  # None also where it is off
    rdb_saved_at: float | None = None
    rdb_ok: bool | None = None
    rdb_changes: int | None = None  # since the last save

    slow_log: SlowLog | None = None  # None: denied, or not asked
    xadd_calls: int | None = None  # commandstats, read after the sweep: an upper bound for what was added
    command_times: Mapping[str, CommandTime] | None = None  # commandstats, by its names: "xinfo|stream", on 6.2 "xinfo"
