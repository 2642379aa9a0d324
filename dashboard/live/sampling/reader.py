"""Readers: what a round of one server comes to, whatever its topology."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from dashboard.core.metrics import ServerTick
from dashboard.core.sample import Elsewhere
from dashboard.core.target import Target


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """What the registry says about how a server is to be sampled. Another definition is another reader, but for signing in."""

    server_id: int
    target: Target
    interval_s: float
    include: tuple[bytes, ...]
    exclude: tuple[bytes, ...]
    read_replicas: bool = False
    budget: float = 0.02  # of one core of the server, as a share

    def signs_in_otherwise(self, before: "Definition") -> bool:
        """True where credentials or TLS are all that changed: what was derived from the server's samples stays true."""
        unsigned = msgspec.structs.replace(self, target=self.target.place)
        return self != before and unsigned == msgspec.structs.replace(before, target=before.target.place)


class Reading(msgspec.Struct, frozen=True):
    """One round's result; `found` are keys of streams that discovery came upon, known or not."""

    tick: ServerTick
    found: Collection[bytes]
    elsewhere: Mapping[bytes, Elsewhere] = {}  # keys that this node of a cluster says to be at another


class Reader(Protocol):
    """Reads one server, round by round. Every method is called from the same thread."""

    def read(self, keys: Sequence[bytes]) -> Reading:
        """Sweeps `keys` and derives their metrics; raises what the client raises where the server cannot be swept."""

    def close(self) -> None:
        """Drops the connections; the next read opens others. What was derived is kept: counters tell a restart."""

    def renew(self, definition: Definition) -> None:
        """Takes other credentials or TLS of the same server: the next read connects with them. What was derived is kept."""
