"""What pages show of a stream's inside: pending entries and consumers. Read on demand, in bounded pieces."""

from typing import Any, cast

import msgspec
import redis
from redis.exceptions import RedisError

from dashboard.core.entry_id import LARGEST, EntryId

_PAGE = 500  # pending entries a command: more would hold the server up
_SCANNED = 20_000  # pending entries looked at for one page of filtered ones
_MOST_CONSUMERS = 20_000  # beyond it XINFO CONSUMERS holds the server up for tens of milliseconds


class PendingEntry(msgspec.Struct, frozen=True):
    """An entry delivered and not acknowledged."""

    id: EntryId
    consumer: bytes
    idle_ms: int
    deliveries: int


class PendingPage(msgspec.Struct, frozen=True):
    """Pending entries, and the cursor to go on from; None where the list has been seen to its end."""

    entries: list[PendingEntry]
    after: EntryId | None


class ConsumerSample(msgspec.Struct, frozen=True):
    """A consumer. `idle_ms` since it last asked, `inactive_ms` since it last got an entry (None: before Redis 7.2)."""

    name: bytes
    pending: int
    idle_ms: int
    inactive_ms: int | None


class TooManyConsumers(RedisError):
    """A group has so many consumers that listing them would hold the server up."""


def pending(
    client: redis.Redis,
    key: bytes,
    group: bytes,
    *,
    after: EntryId | None,
    count: int,
    consumer: bytes | None = None,
    min_idle_ms: int = 0,
    min_deliveries: int = 0,
) -> list[PendingEntry]:
    """Up to `count` pending entries above `after`, oldest first; see `pending_page` for the cursor of a filtered list."""
    return pending_page(
        client,
        key,
        group,
        after=after,
        count=count,
        consumer=consumer,
        min_idle_ms=min_idle_ms,
        min_deliveries=min_deliveries,
    ).entries


def pending_page(
    client: redis.Redis,
    key: bytes,
    group: bytes,
    *,
    after: EntryId | None,
    count: int,
    consumer: bytes | None = None,
    min_idle_ms: int = 0,
    min_deliveries: int = 0,
) -> PendingPage:
    """Up to `count` pending entries above `after` that pass the filters, oldest first, out of at most 20,000 looked at.

    A page may be short and still have a cursor. Raises redis.RedisError; NOGROUP where the stream or group is gone.
    """
    found: list[PendingEntry] = []
    # Filtered here and not by XPENDING's IDLE, which walks the whole list inside one command.
    filtered = bool(min_idle_ms or min_deliveries)
    asked = _PAGE if filtered else min(count, _PAGE)
    for _ in range(max(1, _SCANNED // asked)):
        rows = _pending_rows(client, key, group, after, asked, consumer)
        for row in rows:
            after = row.id
            if row.idle_ms >= min_idle_ms and row.deliveries >= min_deliveries:
                found.append(row)
                if len(found) == count:
                    return PendingPage(found, after)
        if len(rows) < asked:
            return PendingPage(found, None)
    return PendingPage(found, after)


def _pending_rows(
    client: redis.Redis, key: bytes, group: bytes, after: EntryId | None, count: int, consumer: bytes | None
) -> list[PendingEntry]:
    if after == (LARGEST, LARGEST):
        return []
    start = f"({after}" if after else "-"
    rows = client.xpending_range(key, group, min=start, max="+", count=count, consumername=consumer)
    return [
        PendingEntry(
            EntryId.parse(row["message_id"]), row["consumer"], row["time_since_delivered"], row["times_delivered"]
        )
        for row in cast(list[dict[str, Any]], rows)
    ]


def consumers(client: redis.Redis, key: bytes, group: bytes, *, cap: int) -> list[ConsumerSample]:
    """The group's consumers, those with the most pending entries first and `cap` at most.

    Raises TooManyConsumers where listing them would hold the server up, and redis.RedisError otherwise.
    """
    groups = client.xinfo_groups(key)
    for found in groups:
        if found["name"] == group and found["consumers"] > _MOST_CONSUMERS:
            raise TooManyConsumers(f"The group has {found['consumers']:,} consumers; at most 20,000 can be listed.")
    rows = client.xinfo_consumers(key, group)
    samples = [ConsumerSample(row["name"], row["pending"], row["idle"], _inactive_ms(row)) for row in rows]
    return sorted(samples, key=lambda sample: (-sample.pending, sample.idle_ms, sample.name))[:cap]


def _inactive_ms(row: dict[str, Any]) -> int | None:
    inactive = row.get("inactive")
    return inactive if isinstance(inactive, int) and inactive >= 0 else None  # -1: it never got an entry
