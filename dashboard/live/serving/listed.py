"""What a listing is as it travels: the rows that are on a screen, as columns in step, and the totals around them."""

import msgspec


class ListedRows(msgspec.Struct):
    """Columns in step, a row a stream, a family of streams, or a member of an open one. Unknown is null.

    Filled by position. A family's numbers are sums; of times the longest. `partial` names a row's numbers that are lower
    bounds because a part of them is not known.
    """

    kind: list[str] = []  # "stream", "family" or "member"
    id: list[int | None] = []  # null: a family
    family: list[str] = []  # its name, also of a member; "" for other streams
    name: list[str] = []
    title: list[str] = []
    url: list[str] = []  # "": a family
    server: list[int] = []
    owner: list[str] = []
    tags: list[tuple[str, ...]] = []
    known: list[str] = []  # "watched", "new", "vanished" or "unwatched"
    members: list[int] = []
    state: list[str] = []
    reason: list[str] = []
    group: list[str] = []  # that lags most
    length: list[int | None] = []
    added_per_s: list[float | None] = []
    added_at_least: list[bool] = []
    delivered_per_s: list[float | None] = []  # to the group that lags most
    lag: list[int | None] = []
    lag_quality: list[str] = []  # "": no group
    lag_reason: list[str] = []
    time_lag_s: list[float | None] = []
    time_lag_estimated: list[bool] = []
    oldest_pending_s: list[float | None] = []
    pending: list[int | None] = []
    drain_s: list[float | None] = []  # until no group lags
    never_drains: list[bool] = []
    memory_bytes: list[int | None] = []
    skew: list[float | None] = []  # the largest member's share of what is added
    odd: list[int | None] = []  # the member that is unlike the others
    odd_reason: list[str] = []
    alert: list[str] = []  # the gravest severity that is open
    alerts: list[tuple[str, ...]] = []  # titles
    taken_at: list[float | None] = []
    every_s: list[float | None] = []
    partial: list[tuple[str, ...]] = []


class ServerTotals(msgspec.Struct):
    """Columns in step, a row a server, over its watched streams whatever the view."""

    id: list[int] = []
    name: list[str] = []
    streams: list[int] = []
    attention: list[int] = []
    added_per_s: list[float | None] = []
    complete: list[bool] = []


class ListingTaken(msgspec.Struct, kw_only=True, tag_field="type", tag="listing.taken"):
    """The part of a view that a browser shows. `view` is its text as it was asked for, `at` our clock.

    `total` counts rows, `streams` the streams that match, `all` those that the fleet has; `states` counts the streams
    that match but for their state, `known` those of the fleet by what `show` would list. `unknown` says in words what
    the view asks for and is not there.
    """

    at: float
    view: str
    first: int
    total: int
    streams: int
    all: int
    states: dict[str, int]
    known: dict[str, int]
    unknown: list[str]
    servers: ServerTotals
    rows: ListedRows
