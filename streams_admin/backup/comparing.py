"""A backup is compared with a stream: every id, field, group and pending entry."""

from collections.abc import Callable, Iterator

import msgspec
import redis

from streams_admin.backup.format import GroupRecord, PendingRecord, RawEntry, Reader
from streams_admin.redis_io.whole import Whole, consumers, entries_between, owed, read_whole

#: Two looks at the clock within one script may differ by that much.
_TOLERANCE_MS = 10
_SHOWN = 5
Step = Callable[[int], None]  # told after each page: how many entries are compared


def _nothing(_: int) -> None:
    pass


class Comparison(msgspec.Struct, kw_only=True):
    """How many were compared, how many differ in which way, and the first of those in words."""

    entries: int = 0
    groups: int = 0
    pending: int = 0
    ghosts: int = 0  # pending in the backup without an entry, which no server makes pending again
    missing: int = 0  # entries of the backup that the stream has not
    unequal: int = 0  # anything else that is not as in the backup
    examples: list[str] = []

    @property
    def equal(self) -> bool:
        """Whether everything is as in the backup."""
        return not self.missing and not self.unequal

    def differs(self, what: str) -> None:
        """Counts something that is not as in the backup."""
        self.unequal += 1
        if len(self.examples) < _SHOWN:
            self.examples.append(what)


def compare(client: "redis.Redis", reader: Reader, key: bytes, step: Step = _nothing) -> Comparison:
    """The stream as it is now beside the backup. Raises Damaged, Aborted where the key is no stream, Failed."""
    whole, found = read_whole(client, key), Comparison()
    rows: Iterator[PendingRecord] = iter(())
    for record in reader.records():
        if isinstance(record, GroupRecord):
            _extra_rows(found, rows)
            rows = _group(client, key, whole, record, found)
        elif isinstance(record[0], PendingRecord):
            for row in record:
                rows = _pending(client, key, row, rows, found)
        else:
            _entries(client, key, record, found)
            step(found.entries)
    _extra_rows(found, rows)
    _totals(whole, reader, found)
    return found


def compare_entries(client: "redis.Redis", reader: Reader, key: bytes, step: Step = _nothing) -> Comparison:
    """Only the backup's entries, in a stream that may hold more and lives on. Raises Damaged, Failed."""
    found = Comparison()
    for record in reader.records():
        if not isinstance(record, GroupRecord) and not isinstance(record[0], PendingRecord):
            _entries(client, key, record, found)
            step(found.entries)
    return found


def _totals(whole: Whole, reader: Reader, found: Comparison) -> None:
    if len(whole.groups) != found.groups:
        found.differs(f"{len(whole.groups)} groups are there, {found.groups} in the backup.")
    if whole.length != found.entries:
        found.differs(f"{whole.length} entries are there, {found.entries} in the backup.")
    if whole.last_generated_id != reader.stream.last_generated_id:
        found.differs(f"Its last id is {whole.last_generated_id}.")


def _entries(client: "redis.Redis", key: bytes, page: list[RawEntry], found: Comparison) -> None:
    found.entries += len(page)
    there = entries_between(client, key, page[0][0], page[-1][0], at_most=len(page))
    if there == page:
        return
    by_id = {entry[0]: entry[1] for entry in there}
    if len(there) == len(page) and there[-1][0] != page[-1][0]:  # others among them: look for each
        for entry in page:
            by_id.update((its[0], its[1]) for its in entries_between(client, key, entry[0], entry[0], at_most=1))
    for entry_id, fields in page:
        if entry_id not in by_id:
            found.missing += 1
        elif by_id[entry_id] != fields:
            found.differs(f"Entry {entry_id.decode()} holds something else.")


def _group(
    client: "redis.Redis", key: bytes, whole: Whole, record: GroupRecord, found: Comparison
) -> Iterator[PendingRecord]:
    found.groups += 1
    its = next((group for group in whole.groups if group.name == record.name), None)
    if its is None:
        found.differs(f"Group {record.name!r} is not there.")
        return iter(())
    if its.last_delivered_id != record.last_delivered_id:
        found.differs(f"Group {record.name!r} stands at {its.last_delivered_id}.")
    if None not in {its.entries_read, record.entries_read} and its.entries_read != record.entries_read:
        found.differs(f"Group {record.name!r} has counted {its.entries_read} entries.")
    if set(consumers(client, key, record.name)) != set(record.consumers):
        found.differs(f"Group {record.name!r} has other consumers.")
    return (row for rows in owed(client, key, record.name, to="+") for row in rows)


def _pending(
    client: "redis.Redis", key: bytes, row: PendingRecord, rows: Iterator[PendingRecord], found: Comparison
) -> Iterator[PendingRecord]:
    """Compares with the next row; returns those that are left, with that one again where it belongs to a later id."""
    found.pending += 1
    its = next(rows, None)
    if its is not None and its.id == row.id:
        late = abs(its.delivered_at_ms - row.delivered_at_ms) > _TOLERANCE_MS
        if late or (its.consumer, its.deliveries) != (row.consumer, row.deliveries):
            found.differs(f"Entry {row.id.decode()} is pending in another way.")
        return rows
    if entries_between(client, key, row.id, row.id, at_most=1):
        found.differs(f"Entry {row.id.decode()} is not pending.")
    else:
        found.ghosts += 1
    return rows if its is None else _before(its, rows)


def _before(row: PendingRecord, rows: Iterator[PendingRecord]) -> Iterator[PendingRecord]:
    yield row
    yield from rows


def _extra_rows(found: Comparison, rows: Iterator[PendingRecord]) -> None:
    for row in rows:
        found.differs(f"Entry {row.id.decode()} is pending, and not in the backup.")
