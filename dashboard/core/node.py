"""Nodes: the processes of one deployment, each with its own health, and what holds them together."""

import msgspec

from dashboard.core.sample import ServerInfo, ServerState


class NodeState(msgspec.Struct, frozen=True, kw_only=True):
    """One node as it was last seen."""

    address: str  # host:port
    role: str  # "master" or "replica"
    state: ServerState
    detail: str = ""  # why it is not up, in a sentence
    slots: int | None = None  # how many it holds; None: no cluster
    streams: int | None = None  # how many watched streams it holds
    info: ServerInfo | None = None  # None: not read, or not by us
    round_trip_s: float | None = None


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """What a cluster, or the Sentinels around a master, say of the whole. None: it has no such thing, or did not tell."""

    master: str = ""  # host:port that the Sentinels name
    sentinels: int | None = None  # how many there are, as one of them tells
    sentinels_answering: int | None = None  # to us
    quorum: int | None = None  # how many must agree that the master is down
    has_quorum: bool | None = None  # enough Sentinels answer for a failover
    cluster_state: str | None = None  # "ok" or "fail"
    slots_served: int | None = None  # of 16,384
    slots_failed: int | None = None  # on nodes that the cluster has given up
    failed_nodes: tuple[str, ...] = ()  # host:port
    trouble: str = ""  # what is wrong with the whole, in a sentence
