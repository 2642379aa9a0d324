"""Derived lag: what can be known of the entries that a group has not been given, and how well.

The server's own lag is null in a third of all states and wrong in some; what the ids prove outranks it.
"""

from enum import StrEnum

import msgspec

from dashboard.core.sample import GroupSample, ServerInfo, StreamSample


class LagQuality(StrEnum):
    """How well a lag is known. UNKNOWN has no value; AT_LEAST is a lower bound."""

    EXACT = "exact"
    APPROXIMATE = "approximate"  # the server's word, on a version known to err
    MEASURED = "measured"
    AT_LEAST = "at_least"
    UNKNOWN = "unknown"


class Lag(msgspec.Struct, frozen=True, gc=False):
    """Entries of the stream not yet delivered to the group, how well that is known, and why."""

    value: int | None
    quality: LagQuality
    reason: str


# Looking a member up in its enum takes longer than most of what is done with it, tens of thousands of times a second.
_EXACT, _APPROXIMATE = LagQuality.EXACT, LagQuality.APPROXIMATE

_EMPTY = Lag(0, _EXACT, "The stream is empty.")
_AT_END = Lag(0, _EXACT, "The group has been given the last entry.")
_AHEAD = Lag(0, _EXACT, "The group was set ahead of the stream; it skips new entries up to its position.")
_UNSAID = Lag(None, LagQuality.UNKNOWN, "The server does not say, and the ids do not tell.")
_HOLES = Lag(None, LagQuality.UNKNOWN, "Entries ahead of the group were deleted, so its position cannot be counted.")
_ABSURD = Lag(None, LagQuality.UNKNOWN, "The server's number is not possible for a group inside the stream.")
_BEHIND_ALL = "The group stands before the first entry, so every entry waits."
_TRUSTED = "The server's own count; nothing ahead of the group was deleted."
_DOUBTED = "The server's own count; this server is not known to count right after trimming and deleting."


def derive_lag(stream: StreamSample, group: GroupSample, trusted: bool) -> Lag:
    """The group's lag by what the ids prove, and by the server's own count only where they leave room for it.

    `trusted`: the server's count is known to be right where it is not null (Redis 8.2, Valkey 8.1 and later).
    The value is within 0 … length, or None. Stream and group must have been read together.
    """
    if stream.length == 0 or stream.first_id is None or stream.last_id is None:
        return _EMPTY
    delivered = group.last_delivered_id
    if delivered >= stream.last_id:
        return _AHEAD if delivered > stream.last_generated_id else _AT_END
    if delivered < stream.first_id:
        return Lag(stream.length, _EXACT, _BEHIND_ALL)
    return _within(stream, group, trusted)


def _within(stream: StreamSample, group: GroupSample, trusted: bool) -> Lag:
    if group.server_lag is None:
        return _UNSAID
    if stream.max_deleted_id is not None and stream.max_deleted_id > group.last_delivered_id:
        return _HOLES
    if not 1 <= group.server_lag < stream.length:
        return _ABSURD
    if trusted:
        return Lag(group.server_lag, _EXACT, _TRUSTED)
    return Lag(group.server_lag, _APPROXIMATE, _DOUBTED)


_TRUSTED_SINCE = {"redis": (8, 2), "valkey": (8, 1)}


def trusts_server_lag(info: ServerInfo | None) -> bool:
    """True where the server's own lag is right whenever it is not null; False for every server that we do not know."""
    if info is None or info.product not in _TRUSTED_SINCE:
        return False
    numbers = info.version.split(".")[:2]
    if not all(number.isascii() and number.isdigit() for number in numbers):
        return False
    return tuple(int(number) for number in numbers) >= _TRUSTED_SINCE[info.product]
