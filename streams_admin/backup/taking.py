"""A backup is taken: the stream as it is when it begins, read page by page into a file."""

from collections.abc import Callable
from typing import IO

import msgspec
import redis

from dashboard.core.entry_id import EntryId
from streams_admin.backup.format import Counts, GroupRecord, StreamRecord, Writer
from streams_admin.redis_io.scripts import Aborted
from streams_admin.redis_io.whole import Whole, WholeGroup, consumers, owed, pages, read_whole


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds, its hash, and how many entries went from the stream while it was read. Without entries its ends are empty."""

    counts: Counts
    first_id: str
    last_id: str
    sha256: str
    removed: int
    groups: tuple[bytes, ...]


def take(client: "redis.Redis", key: bytes, file: IO[bytes], *, server: str, step: Callable[[Counts], None]) -> Taken:
    """Writes the stream into the file; what is added meanwhile stays out. `step` is told how far it is, page by page.

    A group's place is that of the beginning. What it is given after that is not pending in the backup, so that it is
    delivered again after a restore; what it acknowledges meanwhile may be pending or not. Raises Aborted where the key
    is no stream or another one at the end, Failed, Unanswered, OSError of the file.
    """
    whole = read_whole(client, key)
    writer = Writer(file, _head(whole, key, server))
    first = last = b""
    for page in pages(client, key, to=whole.last_generated_id.encode()):
        writer.entries(page)
        first, last = first or page[0][0], page[-1][0]
        step(writer.counts)
    for group in whole.groups:
        writer.group(_group(client, key, group))
        _owed(client, key, whole, group, writer, step)
    after = read_whole(client, key)
    if after.run_id != whole.run_id:
        raise Aborted("server-replaced")
    if EntryId.parse(after.last_generated_id) < EntryId.parse(whole.last_generated_id):
        raise Aborted("stream-replaced")
    names = tuple(group.name for group in whole.groups)
    removed = max(0, whole.length - writer.counts.entries)
    return Taken(
        counts=writer.counts,
        first_id=first.decode(),
        last_id=last.decode(),
        sha256=writer.close(),
        removed=removed,
        groups=names,
    )


def _owed(
    client: "redis.Redis", key: bytes, whole: Whole, group: WholeGroup, writer: Writer, step: Callable[[Counts], None]
) -> None:
    place = EntryId.parse(group.last_delivered_id)
    try:
        for rows in owed(client, key, group.name, to=whole.last_generated_id):
            # Above its place only what was pending when this began, as after a group was set back.
            kept = [row for row in rows if EntryId.parse(row.id) <= place or row.delivered_at_ms <= whole.at_ms]
            if kept:
                writer.pending(kept)
            step(writer.counts)
    except Aborted as aborted:
        if aborted.why != "no-group":  # destroyed meanwhile: the backup is of the time before
            raise


def _head(whole: Whole, key: bytes, server: str) -> StreamRecord:
    return StreamRecord(
        server=server,
        key=key,
        at_ms=whole.at_ms,
        length=whole.length,
        last_generated_id=whole.last_generated_id,
        entries_added=whole.entries_added,
        max_deleted_id=whole.max_deleted_id,
    )


def _group(client: "redis.Redis", key: bytes, group: WholeGroup) -> GroupRecord:
    return GroupRecord(
        name=group.name,
        last_delivered_id=group.last_delivered_id,
        entries_read=group.entries_read,
        consumers=consumers(client, key, group.name),
    )
