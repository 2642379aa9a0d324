"""Writes of the remedies that mend what went wrong: dead consumers, ghosts, poison."""

from collections.abc import Iterable, Sequence

import redis

from dashboard.core.names import display
from streams_admin.facts import NotDone, PendingFact
from streams_admin.redis_io.pending import BatchResult
from streams_admin.redis_io.scripts import load, run

_CONSUMER, _GHOSTS, _DEAD_LETTER = load("consumer"), load("ghosts"), load("dead_letter")


def delete_consumer(
    client: "redis.Redis", key: bytes, *, run_id: str, group: bytes, consumer: bytes, idle_ms: int
) -> bool:
    """Deletes a consumer with nothing pending that has not acted since; False where it is gone already.

    Raises Aborted, Failed, Unanswered.
    """
    return bool(run(client, _CONSUMER, key, run_id, group, consumer, idle_ms))


def find_ghosts(client: "redis.Redis", key: bytes, *, run_id: str, group: bytes, ids: Sequence[str]) -> list[str]:
    """Those of the ids that have no entry. Raises Aborted, Failed, Unanswered."""
    reply: list[bytes] = run(client, _GHOSTS, key, run_id, group, 0, *ids)
    return [entry_id for entry_id, what in zip(ids, reply, strict=True) if what == b"ghost"]


def purge_ghosts(client: "redis.Redis", key: bytes, *, run_id: str, group: bytes, ids: Sequence[str]) -> BatchResult:
    """Acknowledges those of the ids that have no entry and are pending. Raises Aborted, Failed, Unanswered."""
    reply: list[bytes] = run(client, _GHOSTS, key, run_id, group, 1, *ids)
    pairs = zip(ids, reply, strict=True)
    not_done = [NotDone(entry_id, what.decode()) for entry_id, what in pairs if what != b"done"]
    return BatchResult(done=len(ids) - len(not_done), not_done=not_done)


def move_to_dead_letters(
    client: "redis.Redis",
    keys: tuple[bytes, bytes],
    batch: Iterable[PendingFact],
    *,
    run_id: str,
    group: bytes,
    by: str,
    reason: str,
) -> BatchResult:
    """Copies entries to the second key and acknowledges them, where they are as previewed. Raises Aborted, Failed, Unanswered."""
    cells = [cell for entry in batch for cell in (entry.id, entry.owner, entry.deliveries)]
    reply: list[bytes] = run(client, _DEAD_LETTER, keys, run_id, group, by, reason, *cells)
    result = BatchResult()
    for entry, why, detail in zip(batch, reply[::2], reply[1::2], strict=True):
        if why == b"done":
            result.done += 1
        else:
            result.not_done.append(NotDone(entry.id, why.decode(), display(detail)))
    return result
