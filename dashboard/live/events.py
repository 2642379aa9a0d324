"""Events: what travels a websocket, in the past tense. One type each; unknown is null.

The sampler publishes whole columns; a socket is sent the rows that it watches. `id`, `stream`, `server` and `alert` are
primary keys of the registry. Times are seconds since the epoch, by the watched server's clock for `sample.taken`.
"""

import msgspec

from dashboard.core.health import Replica, SlowLog
from dashboard.core.node import Deployment


class StreamColumns(msgspec.Struct):
    """Columns in step with each other, one row a stream."""

    id: list[int] = []
    length: list[int | None] = []
    added_per_s: list[float | None] = []
    memory_bytes: list[int | None] = []
    pending: list[int | None] = []
    added_at_least: list[bool] = []
    tail_deleted: list[bool] = []
    every_s: list[float | None] = []  # null: each tick
    problem: list[str | None] = []  # "vanished", "wrong_type", "denied", "error"


class GroupColumns(msgspec.Struct):
    """Columns in step with each other, one row a group of a stream. `name` is for the eye, `slug` names it exactly."""

    stream: list[int] = []
    name: list[str] = []
    slug: list[str] = []
    lag: list[int | None] = []
    lag_quality: list[str] = []
    lag_reason: list[str] = []
    time_lag_s: list[float | None] = []
    pending: list[int] = []
    delivered_per_s: list[float | None] = []
    acked_per_s: list[float | None] = []
    consumers: list[int] = []
    state: list[str] = []
    state_reason: list[str] = []
    time_lag_estimated: list[bool] = []
    oldest_pending_s: list[float | None] = []
    processing_s: list[float | None] = []
    drain_s: list[float | None] = []
    never_drains: list[bool] = []
    ghosts: list[int | None] = []
    lost: list[int | None] = []
    poison: list[int | None] = []
    most_deliveries: list[int | None] = []
    live_consumers: list[int | None] = []
    dead_consumers: list[int | None] = []
    state_since: list[float | None] = []  # by the watched server's clock; null: OK, or not known


class NodeHealth(msgspec.Struct, kw_only=True):
    """One node of a deployment. `state` is a server's: up, down, denied, busy, loading."""

    address: str
    role: str
    state: str
    detail: str = ""
    slots: int | None = None
    streams: int | None = None
    version: str = ""
    link_up: bool | None = None
    used_memory_bytes: int | None = None
    max_memory_bytes: int | None = None
    clients: int | None = None
    operations_per_s: int | None = None
    uptime_s: int | None = None
    round_trip_ms: float | None = None


class ServerHealth(msgspec.Struct, kw_only=True):
    """A server's health beside its samples. Null: not known."""

    state: str = "up"
    detail: str = ""
    version: str = ""  # "valkey 9.1.2"
    role: str = ""
    mode: str | None = None
    uptime_s: int | None = None
    loading: bool | None = None
    async_loading: bool | None = None
    round_trip_ms: float | None = None
    replicas: int | None = None
    replica_states: tuple[Replica, ...] | None = None
    master: str | None = None
    link_up: bool | None = None
    link_down_s: int | None = None
    used_memory_bytes: int | None = None
    peak_memory_bytes: int | None = None
    max_memory_bytes: int | None = None  # null: no limit
    memory_policy: str | None = None
    memory_growth_per_s: float | None = None
    memory_full_in_s: float | None = None
    memory_window_s: float | None = None  # that the growth was seen over; null: too early to say
    fragmentation: float | None = None
    evicted_keys: int | None = None
    evicted_per_s: float | None = None
    expired_keys: int | None = None
    expired_per_s: float | None = None
    clients: int | None = None
    max_clients: int | None = None
    blocked_clients: int | None = None
    rejected_connections: int | None = None
    rejected_per_s: float | None = None
    operations_per_s: int | None = None
    input_bytes_per_s: float | None = None
    output_bytes_per_s: float | None = None
    fork_us: int | None = None
    aof: str | None = None
    aof_write_ok: bool | None = None
    aof_rewrite_ok: bool | None = None
    aof_bytes: int | None = None
    rdb_saved_at: float | None = None
    rdb_ok: bool | None = None
    rdb_changes: int | None = None
    slow_log: SlowLog | None = None
    nodes: list[NodeHealth] = []  # of a cluster, or of a master with its replicas behind Sentinels
    deployment: Deployment | None = None  # null: one process
    cost_share: float | None = None  # of one core of the server; null: it does not tell, or it was not measured yet
    cost_budget: float | None = None  # the share that is not to be exceeded
    calls_per_s: float | None = None  # of ours
    bytes_per_s: float | None = None  # sent and received by us
    every_s: float | None = None  # seconds between two sweeps as it is now
    skipped: str = ""  # what is left out to stay in budget, in a sentence


class StreamsTaken(msgspec.Struct, kw_only=True, tag_field="type", tag="sample.taken"):
    """One tick of one server, for who watches single streams of it. `at` is the server's clock, `taken_at` ours."""

    server: int
    at: float
    taken_at: float
    interval: float
    streams: StreamColumns
    groups: GroupColumns


class SampleTaken(StreamsTaken, kw_only=True, tag_field="type", tag="sample.taken"):
    """One tick of one server, and how the server is."""

    health: ServerHealth


class ServerUnreachable(msgspec.Struct, kw_only=True, tag_field="type", tag="server.unreachable"):
    """A server could not be sampled; sent when that begins and whenever its words change."""

    server: int
    state: str
    detail: str
    since: float


class ServerRecovered(msgspec.Struct, kw_only=True, tag_field="type", tag="server.recovered"):
    """A server answers again."""

    server: int
    since: float


class MarkMade(msgspec.Struct, kw_only=True, tag_field="type", tag="mark.made"):
    """Something happened to a server, a stream or a group. Names are for the eye, and "" where there is none."""

    mark: int
    server: int
    stream: int | None
    key: str
    group: str
    slug: str
    kind: str
    at: float
    text: str


class AlertOpened(msgspec.Struct, kw_only=True, tag_field="type", tag="alert.opened"):
    """A threshold was breached for as long as its hold."""

    alert: int
    server: int
    stream: int | None
    severity: str
    title: str
    at: float
    open_alerts: int


class AlertResolved(msgspec.Struct, kw_only=True, tag_field="type", tag="alert.resolved"):
    """A breach ended."""

    alert: int
    server: int
    stream: int | None
    severity: str
    title: str
    at: float
    open_alerts: int


class AlertChanged(msgspec.Struct, kw_only=True, tag_field="type", tag="alert.changed"):
    """Something else about an open alert changed: its severity, whether it recovers, or who takes care of it."""

    alert: int
    server: int
    stream: int | None
    severity: str
    title: str
    at: float
    open_alerts: int
    change: str  # a kind of models.AlertEvent


class ActionFinished(msgspec.Struct, kw_only=True, tag_field="type", tag="action.finished"):
    """An operator's action ended, however it ended."""

    action: int
    server: int
    stream: int | None
    kind: str
    state: str
    title: str
    operator: str
    at: float


Event = (
    SampleTaken
    | ServerUnreachable
    | ServerRecovered
    | MarkMade
    | AlertOpened
    | AlertResolved
    | AlertChanged
    | ActionFinished
)


class Watch(msgspec.Struct, tag_field="type", tag="watch", forbid_unknown_fields=True):
    """A browser's wish by ids, replacing what it watched. `servers`: with all streams; `health`: without any."""

    streams: list[int] = []
    servers: list[int] = []
    health: list[int] = []


class Ping(msgspec.Struct, tag_field="type", tag="ping", forbid_unknown_fields=True):
    """A browser that has heard nothing for a while asks whether the connection lives; the answer is `pong`."""


class Seen(msgspec.Struct, tag_field="type", tag="seen", forbid_unknown_fields=True):
    """A browser has handled every frame up to `seq`."""

    seq: int


class List(msgspec.Struct, tag_field="type", tag="list", forbid_unknown_fields=True):
    """A browser's wish to be sent the rows of a view that are on its screen; `rows` of 0 ends it.

    `view` is the query string of the page's address (`core/listing.py`). While `hold` is true rows keep their places.
    """

    view: str = ""
    first: int = 0
    rows: int = 0
    hold: bool = False


Request = Watch | List | Seen | Ping
