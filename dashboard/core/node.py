"""Nodes: the processes of one deployment, each with its own health."""

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
