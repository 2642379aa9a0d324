"""Which entry a lagging group will be given next: one XRANGE a group, only where the ids of the sweep do not tell.

An answer holds until the group moves or that entry is trimmed or deleted, so a stalled group costs one command in all.
Moving ones are capped a sweep, taking turns. The entry's payload comes along and is dropped at once.
"""

from collections.abc import Sequence
from typing import NamedTuple

from redis.connection import ConnectionInterface
from redis.exceptions import NoPermissionError, ResponseError

from dashboard.core.entry_id import ZERO, EntryId
from dashboard.core.sample import GroupSample, StreamSample
from dashboard.core.time_lag import is_clock
from dashboard.redis_io.wire import exchange, pack

CAP = 256

Place = tuple[bytes, bytes]  # key and group


class _Found(NamedTuple):
    delivered: EntryId
    first: EntryId
    sample: StreamSample  # the last one that it is known to hold for


class FirstUndelivered:
    """What was looked up, for as long as it is true."""

    def __init__(self) -> None:
        self._found: dict[Place, _Found] = {}
        # Of streams that have any: the groups that were not told where they stand, as of the stream's latest sample.
        self._waiting: dict[bytes, list[GroupSample]] = {}
        self._turn = 0
        self._denied = False

    def look_up(
        self,
        connection: ConnectionInterface,
        streams: dict[bytes, StreamSample],
        changed: Sequence[bytes],
        at: float,
        held: Sequence[bytes] = (),
    ) -> dict[Place, EntryId]:
        """The first undelivered entry's id by key and group, of those groups that could be asked for.

        `changed` are the streams that have another sample than at the last call. Of streams that are `held`, not read this
        time, what was found stays.
        """
        self._note(streams, changed, at)
        unknown: dict[Place, EntryId] = {}
        resting = set(held)
        still = {place: found for place, found in self._found.items() if place[0] in resting} if held else {}
        gone = []
        for key, groups in self._waiting.items():
            sample = streams.get(key)
            if sample is None:
                gone.append(key)
                continue
            for group in groups:
                place = (key, group.name)
                found = self._found.get(place)
                if found is not None and _holds(found, sample, group):
                    still[place] = found
                else:
                    unknown[place] = group.last_delivered_id
        self._found = still
        for key in gone:
            if key not in resting:
                del self._waiting[key]
        if unknown and not self._denied:
            self._ask(connection, unknown, streams)
        return {place: found.first for place, found in self._found.items()}

    def _note(self, streams: dict[bytes, StreamSample], changed: Sequence[bytes], at: float) -> None:
        waiting = self._waiting
        for key in changed:
            sample = streams.get(key)
            if sample is not None and (groups := _undecided(sample, at)):
                waiting[key] = groups
            elif key in waiting:
                del waiting[key]

    def _ask(
        self, connection: ConnectionInterface, unknown: dict[Place, EntryId], streams: dict[bytes, StreamSample]
    ) -> None:
        places = list(unknown)
        start = self._turn % len(places)
        asked = [*places[start:], *places[:start]][:CAP]
        self._turn = start + len(asked)
        replies = exchange(connection, [_next_entry(key, unknown[key, group]) for key, group in asked])
        for place, reply in zip(asked, replies, strict=True):
            if isinstance(reply, NoPermissionError):
                self._denied = True  # asking again would fill the server's ACL LOG
            elif not isinstance(reply, ResponseError) and reply:
                self._found[place] = _Found(unknown[place], EntryId.parse(reply[0][0]), streams[place[0]])


def _undecided(sample: StreamSample, at: float) -> list[GroupSample]:
    """Groups inside their stream: some entries were delivered, some wait, and the ids are a clock."""
    first, last = sample.first_id, sample.last_id
    if first is None or last is None or sample.whole_at is not None:
        return []
    inside = [group for group in sample.groups if last > group.last_delivered_id >= first]
    return inside if inside and is_clock(last, at) else []


def _holds(found: _Found, sample: StreamSample, group: GroupSample) -> bool:
    if found.delivered != group.last_delivered_id:
        return False
    if found.sample is sample:
        return True  # on 6.2 nothing else proves that no entry was deleted
    trimmed = sample.first_id is None or sample.first_id > found.first
    deleted = sample.max_deleted_id is None or sample.max_deleted_id >= found.first
    return not trimmed and not deleted and not _went_back(found.sample, sample)


def _went_back(before: StreamSample, after: StreamSample) -> bool:
    """True where deleted entries are back: another stream took the name, for example an older copy."""
    if before.first_id is None or after.first_id is None or after.first_id < before.first_id:
        return True
    return (after.max_deleted_id or ZERO) < (before.max_deleted_id or ZERO)


def _next_entry(key: bytes, delivered: EntryId) -> bytes:
    return pack(b"XRANGE", key, b"(%d-%d" % delivered, b"+", b"COUNT", b"1")
