"""Tracks as bytes, so that whoever judges next goes on exactly where the last one was."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from dashboard.core.clocks import Clock
from dashboard.core.subjects import Subject
from dashboard.core.thresholds import Track


class DamagedMemory(ValueError):
    """The bytes are not the tracks of a threshold with so many limits."""


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """A track without the time of its last reading, which all of them share: so it stays the same while clocks only run."""

    subject: tuple[bytes, bytes, bytes]
    since: datetime
    clocks: tuple[Clock | None, ...]
    open: tuple[bool, ...]
    level: int
    recovery: Clock | None
    recovering_since: datetime | None


_decoder = msgspec.msgpack.Decoder(list[_Kept])


def packed(tracks: Mapping[Subject, Track]) -> bytes:
    """The tracks as bytes; the same bytes as long as nothing but the time of their last reading changed."""
    kept = [
        _Kept((*subject,), track.since, track.clocks, track.open, track.level, track.recovery, track.recovering_since)
        for subject, track in tracks.items()
    ]
    return msgspec.msgpack.encode(kept)


def unpacked(data: bytes, at: datetime, limits: int) -> dict[Subject, Track]:
    """The tracks whose last reading was at `at`, of a threshold with so many limits; raises DamagedMemory."""
    try:
        kept = _decoder.decode(data) if data else []
    except msgspec.DecodeError as error:
        raise DamagedMemory(str(error)) from None
    if any(not len(one.clocks) == len(one.open) == limits or not -1 <= one.level < limits for one in kept):
        raise DamagedMemory(f"not {limits} limits")
    return {
        Subject(*one.subject): Track(at, one.since, one.clocks, one.open, one.level, one.recovery, one.recovering_since)
        for one in kept
    }


def same(one: Track | None, other: Track | None) -> bool:
    """Whether both tracks would be kept as the same bytes."""
    if one is other or one is None or other is None:
        return one is other
    return (one.clocks, one.open, one.level, one.recovery, one.since) == (
        *(other.clocks, other.open, other.level, other.recovery, other.since),
    )
