"""Where a group stands: a place that somebody means, as the id that Redis takes, and how many entries lie behind it."""

from datetime import datetime
from enum import StrEnum

import msgspec
import redis

from dashboard.core.entry_id import EntryId
from streams_admin.facts import Count
from streams_admin.plans import PlanError
from streams_admin.redis_io.look import StreamState, walk

MOST_COUNTED = 100_000  # entries that a preview counts; beyond, it says "at least"
_LAST_OF_A_MS = 2**64 - 1


class Place(StrEnum):
    """What is meant by where."""

    BEGINNING = "beginning"
    NEW = "new"
    TIME = "time"
    ID = "id"


class Where(msgspec.Struct, frozen=True):
    """A place in a stream: entries after it will be delivered."""

    place: Place
    at: datetime | None = None  # entries from then on are delivered
    after_id: str = ""  # the last id that counts as delivered


def id_of(where: Where, state: StreamState) -> str:
    """The id that counts as delivered last. Raises PlanError."""
    match where.place:
        case Place.BEGINNING:
            return "0-0"
        case Place.NEW:
            return state.last_generated_id
        case Place.ID:
            return str(EntryId.parse(where.after_id))
        case Place.TIME:
            if where.at is None:
                raise PlanError("Say from when on.", "at")
            ms = round(where.at.timestamp() * 1000)
            return f"{ms - 1}-{_LAST_OF_A_MS}" if ms > 0 else "0-0"


def count_after(client: "redis.Redis", key: bytes, state: StreamState, after: str) -> Count:
    """Entries after the id: what a group that stands there is still to be given."""
    return count_between(client, key, state, after, str(state.last_id or "0-0"))


def count_between(client: "redis.Redis", key: bytes, state: StreamState, after: str, until: str) -> Count:
    """Entries after one id, up to and with another. Whole streams are not walked."""
    low, high = EntryId.parse(after), EntryId.parse(until)
    if state.first_id is None or state.last_id is None or high <= low:
        return Count(0)
    if low < EntryId.parse(state.first_id) and high >= EntryId.parse(state.last_id):
        return Count(state.length)
    walked = walk(client, key, (f"({after}", until), at_most=MOST_COUNTED)
    return Count(walked.count, walked.complete)


def entries_read_at(state: StreamState, left: Count) -> int | None:
    """The counter that makes the server's own lag right: None where it cannot be known, or the server keeps none."""
    return state.entries_added - left.value if state.entries_added is not None and left.exact else None
