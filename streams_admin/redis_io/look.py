"""Looking at a stream before an action: at one moment, and short."""

from typing import Any

import msgspec
import redis
from redis import exceptions

from dashboard.redis_io.connect import explain
from streams_admin.facts import GroupFact
from streams_admin.redis_io.scripts import Failed, load, run, run_beside

_STATE, _WALK = load("state"), load("walk")

PAGE = 500  # entries, in one XRANGE
PAGES = 3  # in one script, so that none holds the server for long
HEAVY_BYTES = 64 * 2**10
AT_ONCE_BYTES = 2 * 2**20  # of payloads that a script may touch in one page


class StreamState(msgspec.Struct, frozen=True, kw_only=True):
    """A stream and its groups at one moment. `at_ms` is the server's clock; ids are None where there is nothing."""

    run_id: str
    at_ms: int
    length: int
    first_id: str | None
    last_id: str | None
    last_generated_id: str
    entries_added: int | None
    watermark: str | None
    pinned_by: bytes | None
    groups: tuple[GroupFact, ...]
    max_deleted_id: str  # 0-0: none, or a server (6.2) that keeps no such id


def read_state(client: "redis.Redis", key: bytes) -> StreamState:
    """One look at one moment. Raises Aborted where the key is no stream, Failed or Unanswered."""
    info, reply = run_beside(client, ("XINFO STREAM", key), _STATE, key)
    run_id, micros, least, name, groups = reply
    return StreamState(
        run_id=run_id.decode(),
        at_ms=int(micros) // 1000,
        length=info["length"],
        first_id=_id_of(info["first-entry"]),
        last_id=_id_of(info["last-entry"]),
        last_generated_id=info["last-generated-id"].decode(),
        entries_added=info.get("entries-added"),
        watermark=least.decode() or None,
        pinned_by=name if least else None,
        groups=tuple(_group(row) for row in groups),
        max_deleted_id=info.get("max-deleted-entry-id", b"0-0").decode(),
    )


def _id_of(entry: tuple[bytes, dict[bytes, bytes]] | None) -> str | None:
    return entry[0].decode() if entry else None


def _group(row: list[Any]) -> GroupFact:
    name, pending, delivered, lowest, consumers = row
    return GroupFact(
        name=name,
        pending=pending,
        last_delivered_id=delivered.decode(),
        lowest_pending_id=lowest.decode() or None,
        consumers=consumers,
    )


class Walked(msgspec.Struct, frozen=True):
    """Entries passed, the last of their ids, and whether the whole range was passed."""

    count: int
    last_id: str | None
    complete: bool


def walk(
    client: "redis.Redis", key: bytes, ends: tuple[str, str], *, at_most: int, newest_first: bool = False
) -> Walked:
    """Counts entries between two ids as XRANGE takes them (XREVRANGE with `newest_first`), in short scripts."""
    command = "XREVRANGE" if newest_first else "XRANGE"
    page = page_size(client, key, at_most=PAGE)
    count, last_id, start = 0, None, ends[0]
    while count < at_most:
        size = min(page, at_most - count)
        pages = min(PAGES, (at_most - count) // size)
        found, last, complete = run(client, _WALK, key, command, start, ends[1], size, pages)
        count += found
        last_id = last.decode() or last_id
        if complete:
            return Walked(count, last_id, complete=True)
        start = f"({last_id}"
    return Walked(count, last_id, complete=False)


def has_heavy_ends(client: "redis.Redis", key: bytes) -> bool:
    """Whether the first and the last entry are so large that a script should not ask for them again and again. Raises Failed."""
    try:
        info: Any = client.xinfo_stream(key)
    except exceptions.ResponseError:  # none at this moment: the script will say so
        return False
    except (exceptions.RedisError, OSError) as error:
        raise Failed(explain(error).detail) from error
    ends = [info.get(name) for name in ("first-entry", "last-entry")]
    return sum(len(cell) for end in ends if end for pair in end[1].items() for cell in pair) > HEAVY_BYTES


def page_size(client: "redis.Redis", key: bytes, *, at_most: int) -> int:
    """How many entries a script may touch at once, so that huge payloads do not hold the server. Raises Failed."""
    try:
        memory, length = client.memory_usage(key, samples=5), client.xlen(key)
    except exceptions.ResponseError:  # no permission for MEMORY USAGE
        return min(100, at_most)
    except (exceptions.RedisError, OSError) as error:
        raise Failed(explain(error).detail) from error
    if not memory or not length:
        return at_most
    return max(1, min(at_most, AT_ONCE_BYTES * length // memory))
