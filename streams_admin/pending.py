"""Pending entries and consumers of a group, read in pages. Every function raises redis.RedisError."""

from collections.abc import Sequence
from typing import Any

import msgspec
import redis

from streams_admin.facts import Count, GroupFact, PendingFact

ROWS = 500  # in one XPENDING
MOST_SCANNED = 100_000  # pending rows, for one page
_LOOKS = 10
_ONE_MOMENT_MS = 1
MOST_CONSUMERS = 1_000  # in a list to choose from


class PendingFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which pending entries of a group are meant."""

    group: bytes
    consumer: bytes | None = None
    min_idle_ms: int = 0
    min_deliveries: int = 0
    from_id: str = ""  # empty: from the beginning
    to_id: str = ""  # empty: to the end

    def takes(self, fact: PendingFact) -> bool:
        """Whether a row of this group and consumer is meant."""
        return fact.idle_ms >= self.min_idle_ms and fact.deliveries >= self.min_deliveries


class PendingRows(msgspec.Struct, frozen=True):
    """Matching entries, oldest first, and the id to go on after; None at the end of the list."""

    entries: tuple[PendingFact, ...]
    next_after: str | None


def matching_pending(
    client: "redis.Redis",
    key: bytes,
    wanted: PendingFilter,
    *,
    at_most: int,
    after: str | None = None,
    at_ms: int | None = None,
) -> PendingRows:
    """The oldest pending entries after an id that match. Looks at 100,000 rows at most. Raises redis.RedisError.

    Idle is compared here: XPENDING's own IDLE scans the whole list in one command. With `at_ms` it is told as it was at that time of the
    server's clock, whenever its page was read (below 0: delivered later).
    """
    found: list[PendingFact] = []
    for _ in range(MOST_SCANNED // ROWS):
        start = f"({after}" if after else wanted.from_id or "-"
        facts = _page(client, key, wanted, start, at_ms)
        found += [fact for fact in facts if wanted.takes(fact)]
        if len(found) > at_most:
            return PendingRows(tuple(found[:at_most]), found[at_most - 1].id)
        if len(facts) < ROWS:
            return PendingRows(tuple(found), None)
        after = facts[-1].id
    return PendingRows(tuple(found), after)


def _page(client: "redis.Redis", key: bytes, wanted: PendingFilter, start: str, at_ms: int | None) -> list[PendingFact]:
    pipeline = client.pipeline(transaction=False)
    # The time first: rows tell their idle as of the moment when their command begins, however long it takes.
    pipeline.time()
    pipeline.xpending_range(
        key, wanted.group, min=start, max=wanted.to_id or "+", count=ROWS, consumername=wanted.consumer
    )
    time, rows = pipeline.execute()
    return [_pending_fact(row, _since(at_ms, time)) for row in rows]


def _since(at_ms: int | None, time: tuple[int, int]) -> int:
    """Milliseconds from then to the server's time."""
    return 0 if at_ms is None else _ms(time) - at_ms


def _ms(time: tuple[int, int]) -> int:
    return time[0] * 1000 + time[1] // 1000


class ConsumerRow(msgspec.Struct, frozen=True):
    """One consumer of a group as it is now."""

    name: bytes
    pending: int
    idle_ms: int  # since it last asked for something


def consumers_of(client: "redis.Redis", key: bytes, group: GroupFact) -> list[ConsumerRow]:
    """The group's consumers; none of them where there are too many to ask for. Raises redis.RedisError."""
    if group.consumers > MOST_CONSUMERS:
        return []
    rows = client.xinfo_consumers(key, group.name)
    return [ConsumerRow(row["name"], row["pending"], row["idle"]) for row in rows]


def consumer_names(client: "redis.Redis", key: bytes, group: GroupFact) -> list[bytes] | None:
    """The group's consumers; None where there are too many to ask for. Raises redis.RedisError."""
    if group.consumers > MOST_CONSUMERS:
        return None
    return [row["name"] for row in client.xinfo_consumers(key, group.name)]


def count_pending(client: "redis.Redis", key: bytes, group: bytes, ends: tuple[str, str], *, at_most: int) -> Count:
    """Pending entries of the group between two ids, as XPENDING takes them."""
    count, start = 0, ends[0]
    while count < at_most:
        rows = client.xpending_range(key, group, min=start, max=ends[1], count=ROWS)
        count += len(rows)
        if len(rows) < ROWS:
            return Count(count)
        start = f"({_pending_fact(rows[-1]).id}"
    return Count(count, exact=False)


def pending_of(
    client: "redis.Redis", key: bytes, group: bytes, ids: Sequence[str], *, at_ms: int | None = None
) -> list[PendingFact]:
    """Those of the ids that are pending now, as they are now, with their idle as it was at `at_ms`.

    Looks again where the server took its time in the middle: rows and clock would not be of one moment.
    """
    for _ in range(_LOOKS):
        pipeline = client.pipeline(transaction=False)
        pipeline.time()
        for entry_id in ids:
            pipeline.xpending_range(key, group, min=entry_id, max=entry_id, count=1)
        pipeline.time()
        began, *found, ended = pipeline.execute()
        if _ms(ended) - _ms(began) <= _ONE_MOMENT_MS:
            break
    return [_pending_fact(row, _since(at_ms, ended)) for rows in found for row in rows]


def _pending_fact(row: Any, since_ms: int = 0) -> PendingFact:
    return PendingFact(
        id=row["message_id"].decode(),
        owner=row["consumer"] or b"",
        deliveries=row["times_delivered"],
        idle_ms=row["time_since_delivered"] - since_ms,
    )
