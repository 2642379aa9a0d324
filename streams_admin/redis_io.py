"""The only writes to a watched Redis, each inside a script that first looks whether the plan still holds.

The reads beside them serve previews. Replies leave as core types and facts.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import redis
from redis import exceptions

from dashboard.core.names import display
from dashboard.core.target import Target
from dashboard.redis_io.connect import connect_for, explain
from streams_admin.facts import AcknowledgeFacts, ClaimFacts, GroupFact, NotDone, PendingFact, TrimFacts

CLIENT_NAME = "streamgauge-action"
TIMEOUT_S = 5.0
BATCH = 200  # pending entries, in one script
STEP = 10_000  # entries, in one step of a trim
PAGE = 500  # entries, in one XRANGE
PAGES = 3  # in one script, so that none holds the server for long
AT_ONCE_BYTES = 4 * 2**20  # of payloads that a script may touch in one page

_FOLDER = Path(__file__).parent / "lua"
_COMMON = (_FOLDER / "common.lua").read_text()
_STATE, _WALK, _PENDING, _TRIM = (
    _COMMON + (_FOLDER / f"{name}.lua").read_text() for name in ("state", "walk", "pending", "trim")
)

Argument = bytes | str | int


class Aborted(Exception):
    """The stream is not as the plan needs it. Nothing was written by this call. `why` is a word of the scripts."""

    def __init__(self, why: str, name: bytes = b"") -> None:
        super().__init__(why)
        self.why = why
        self.name = name


class Failed(Exception):
    """The server refused or could not be reached; nothing was written by this call."""


class Unanswered(Exception):
    """The call was sent and no answer came: the server may have done it, or may do it yet."""


@contextmanager
def action_client(target: Target, key: bytes) -> Iterator["redis.Redis"]:
    """A client of the key's master that never sends anything twice; raises Failed where that cannot be reached or trusted."""
    try:
        client = connect_for(target, key, timeout_s=TIMEOUT_S, client_name=CLIENT_NAME, acting=True)
    except (exceptions.RedisError, OSError) as error:
        raise Failed(explain(error).detail) from error
    try:
        try:
            client.ping()
        except (exceptions.RedisError, OSError) as error:
            raise Failed(explain(error).detail) from error
        yield client
    finally:
        client.close()


def _run(client: "redis.Redis", script: str, key: bytes, *arguments: Argument) -> Any:
    try:
        reply: Any = client.eval(script, 1, key, *arguments)
    # These three are connection errors by inheritance, yet the server did answer.
    except (exceptions.BusyLoadingError, exceptions.AuthenticationError, exceptions.MaxConnectionsError) as error:
        raise Failed(explain(error).detail) from error
    except (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as error:
        raise Unanswered(explain(error).detail) from error
    except exceptions.RedisError as error:
        raise Failed(explain(error).detail) from error
    if isinstance(reply, list) and reply and reply[0] == b"abort":
        raise Aborted(reply[1].decode(), reply[2])
    return reply


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


def read_state(client: "redis.Redis", key: bytes) -> StreamState:
    """One atomic look. Raises Aborted where the key is no stream, Failed or Unanswered."""
    reply = _run(client, _STATE, key)
    run_id, micros, length, first, last, generated, added, least, name, groups = reply
    return StreamState(
        run_id=run_id.decode(),
        at_ms=int(micros) // 1000,
        length=length,
        first_id=first.decode() or None,
        last_id=last.decode() or None,
        last_generated_id=generated.decode(),
        entries_added=added if added >= 0 else None,
        watermark=least.decode() or None,
        pinned_by=name if least else None,
        groups=tuple(_group(row) for row in groups),
    )


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
        found, last, complete = _run(client, _WALK, key, command, start, ends[1], size, pages)
        count += found
        last_id = last.decode() or last_id
        if complete:
            return Walked(count, last_id, complete=True)
        start = f"({last_id}"
    return Walked(count, last_id, complete=False)


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


class BatchResult(msgspec.Struct):
    """What became of one batch of pending entries."""

    done: int = 0
    not_done: list[NotDone] = []


def settle_pending(
    client: "redis.Redis", facts: ClaimFacts | AcknowledgeFacts, batch: Sequence[PendingFact]
) -> BatchResult:
    """Claims or acknowledges those entries of the batch that are still as the plan says. Raises Aborted, Failed, Unanswered."""
    claims = isinstance(facts, ClaimFacts)
    consumer = facts.consumer if isinstance(facts, ClaimFacts) else b""
    may_create = int(isinstance(facts, ClaimFacts) and facts.creates_consumer)
    rows = [cell for entry in batch for cell in (entry.id, entry.owner, entry.deliveries, entry.idle_ms)]
    verb = "claim" if claims else "acknowledge"
    reply: list[bytes] = _run(client, _PENDING, facts.key, facts.run_id, facts.group, verb, consumer, may_create, *rows)
    result = BatchResult()
    for entry, why, detail in zip(batch, reply[::2], reply[1::2], strict=True):
        if why == b"done":
            result.done += 1
        else:
            result.not_done.append(NotDone(entry.id, why.decode(), display(detail)))
    return result


def trim_step(client: "redis.Redis", facts: TrimFacts, *, limit: int) -> int:
    """Removes up to about `limit` entries below the cut-off (0: all that are left); returns how many went.

    Raises Aborted, Failed, Unanswered.
    """
    added = -1 if facts.entries_added is None else facts.entries_added
    reply = _run(
        client,
        _TRIM,
        facts.key,
        facts.run_id,
        facts.first_id,
        facts.last_generated_id,
        added,
        facts.watermark or "",
        facts.cutoff,
        limit,
        *[group.name for group in facts.groups],
    )
    return int(reply)
