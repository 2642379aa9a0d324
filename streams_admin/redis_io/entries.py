"""Writes to the entries of a stream and to the stream as a whole, each in a script that looks whether the plan still holds."""

from collections.abc import Sequence

import redis

from dashboard.core.names import display
from streams_admin.facts import NotDone
from streams_admin.redis_io.pending import BatchResult
from streams_admin.redis_io.scripts import load, run

_ENTRIES, _STREAM, _APPEND = load("entries"), load("stream"), load("append")

LOOKS = 400  # at pending lists, in one script


def delete_batch(
    client: "redis.Redis", run_id: str, key: bytes, ids: Sequence[str], *, needed_too: bool
) -> BatchResult:
    """Deletes the entries that no group needs, or all of them. Raises Aborted, Failed, Unanswered."""
    reply: list[bytes] = run(client, _ENTRIES, key, run_id, int(needed_too), *ids)
    result = BatchResult()
    for entry_id, why, name in zip(ids, reply[::2], reply[1::2], strict=True):
        if why == b"done":
            result.done += 1
        else:
            result.not_done.append(NotDone(entry_id, why.decode(), display(name)))
    return result


def append(
    client: "redis.Redis", run_id: str, key: bytes, fields: Sequence[tuple[bytes, bytes]], *, after: str, again: bool
) -> str:
    """Adds an entry; its id. `again`: one with the same fields, added after that id, is taken for it.

    Raises Aborted, Failed, Unanswered.
    """
    cells = [cell for pair in fields for cell in pair]
    added: bytes = run(client, _APPEND, key, run_id, after, int(again), *cells)
    return added.decode()


def delete_stream(
    client: "redis.Redis",
    key: bytes,
    *,
    run_id: str,
    length: int,
    first_id: str,
    last_generated_id: str,
    entries_added: int | None,
    groups: Sequence[tuple[bytes, str]],
) -> bool:
    """Deletes the stream if it is exactly so; False where it is gone already. Raises Aborted, Failed, Unanswered.

    The server frees its memory later, in a thread of its own (UNLINK).
    """
    added = -1 if entries_added is None else entries_added
    cells = [cell for group in groups for cell in group]
    return bool(run(client, _STREAM, key, run_id, length, first_id, last_generated_id, added, *cells))
