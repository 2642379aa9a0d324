"""Marks: what happened to a server, a stream or a group at one moment, for the time axis of charts."""

from enum import StrEnum

import msgspec


class MarkKind(StrEnum):
    """What happened, in a word."""

    RESTART = "restart"
    FAILOVER = "failover"
    RESET = "reset"  # a stream was deleted and made again, or its counters were set
    TRIM = "trim"
    GROUP_CREATED = "group_created"
    GROUP_DESTROYED = "group_destroyed"
    REWOUND = "rewound"  # a group's last delivered id fell
    LOSS = "loss"  # entries were trimmed or deleted before a group was given them
    GAP = "gap"  # nothing was sampled for a while
    STRETCHED = "stretched"  # the interval was stretched to stay within the cost budget, or is back to normal


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. `at` is the watched server's TIME in seconds; an empty key means the server as a whole."""

    kind: MarkKind
    at: float
    text: str  # a sentence without payloads
    key: bytes = b""
    group: bytes = b""
