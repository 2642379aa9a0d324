"""A stream is built anew from a backup, under a key of its own: alone, or merged with what is in its place."""

from collections.abc import Callable, Iterable, Iterator

import msgspec
import redis

from dashboard.core.entry_id import EntryId
from streams_admin.backup.format import GroupRecord, PendingRecord, RawEntry, Reader
from streams_admin.redis_io.whole import Builder, ServerFact, last_id_of, pages

Step = Callable[[int], None]  # told after each page: how many entries of the backup are settled


def rebuild(client: "redis.Redis", reader: Reader, key: bytes, server: ServerFact, step: Step) -> None:
    """Builds the whole stream under `key`, from where an earlier attempt got to. Raises Damaged, Failed, Unanswered."""
    builder, stream = Builder(client, key), reader.stream
    found = last_id_of(client, key)
    reached = EntryId.parse(found) if found else None
    group, settled = b"", 0
    for record in reader.records():
        if isinstance(record, GroupRecord):
            group = record.name
            read = record.entries_read if server.counts else None
            builder.group(group, record.last_delivered_id, read, record.consumers)
        elif isinstance(record[0], PendingRecord):
            builder.owe(group, record)
        else:
            builder.add([entry for entry in record if reached is None or EntryId.parse(entry[0]) > reached])
            settled += len(record)
            step(settled)
    if last_id_of(client, key) is None:
        builder.exist()
    added = max(stream.entries_added or 0, settled) if server.counts else None
    builder.set_id(stream.last_generated_id, entries_added=added, max_deleted_id=stream.max_deleted_id)
    builder.keep_for_a_while()


class Merged(msgspec.Struct, kw_only=True):
    """What a merge came to: entries put back, those that were there, those whose id holds something else there."""

    added: int = 0
    there: int = 0
    differing: int = 0
    taken: int = 0  # entries of the stream in place
    last_taken: bytes = b"0-0"


def merge(client: "redis.Redis", reader: Reader, key: bytes, place: bytes, step: Step) -> Merged:
    """Builds under `key` what is in `place` with the backup's entries among it. Raises Damaged, Failed, Unanswered."""
    builder, merged = Builder(client, key), Merged()
    builder.drop()
    batch: list[RawEntry] = []
    for entry in _merged(_backed_up(reader), _flat(pages(client, place)), merged):
        batch.append(entry)
        if len(batch) >= _BATCH:
            builder.add(batch)
            batch = []
            step(merged.added + merged.there + merged.differing)
    builder.add(batch)
    step(merged.added + merged.there + merged.differing)
    return merged


_BATCH = 1000


def catch_up(client: "redis.Redis", key: bytes, place: bytes, merged: Merged) -> None:
    """Takes along what was added to `place` meanwhile. Raises Failed, Unanswered."""
    builder = Builder(client, key)
    for page in pages(client, place, after=merged.last_taken):
        builder.add(page)
        merged.taken += len(page)
        merged.last_taken = page[-1][0]


def _backed_up(reader: Reader) -> Iterator[RawEntry]:
    for record in reader.records():
        if not isinstance(record, GroupRecord) and not isinstance(record[0], PendingRecord):
            yield from record


def _flat(found: Iterable[list[RawEntry]]) -> Iterator[RawEntry]:
    for page in found:
        yield from page


def _merged(backup: Iterator[RawEntry], live: Iterator[RawEntry], merged: Merged) -> Iterator[RawEntry]:
    """Both in the order of their ids; where both have one, the live entry stays."""
    ours, theirs = next(backup, None), next(live, None)
    while ours is not None or theirs is not None:
        our_id, their_id = _id_of(ours), _id_of(theirs)
        if ours is not None and (their_id is None or (our_id is not None and our_id < their_id)):
            merged.added += 1
            yield ours
            ours = next(backup, None)
            continue
        if ours is not None and theirs is not None and our_id == their_id:
            if ours[1] == theirs[1]:
                merged.there += 1
            else:
                merged.differing += 1
            ours = next(backup, None)
        if theirs is not None:
            merged.taken += 1
            merged.last_taken = theirs[0]
            yield theirs
            theirs = next(live, None)


def _id_of(entry: RawEntry | None) -> EntryId | None:
    return None if entry is None else EntryId.parse(entry[0])
