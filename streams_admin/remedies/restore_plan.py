"""What a restore is planned from: a backup, and what is at the key."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import redis

from dashboard.core.names import from_slug
from streams_admin import wording
from streams_admin.backup import shelf
from streams_admin.backup.format import Damaged, GroupRecord, Reader, StreamRecord
from streams_admin.backup.model import Backup
from streams_admin.beside import key_beside
from streams_admin.facts import Facts
from streams_admin.models import Kind
from streams_admin.plans import PlanError
from streams_admin.redis_io.scripts import Aborted
from streams_admin.redis_io.whole import MOST_PENDING, Whole, read_server, read_whole


class RestoreFacts(Facts, frozen=True, kw_only=True):
    """A backup, and what is at the key that it is to be restored to."""

    kind = Kind.RESTORE

    file: str
    sha256: str
    rebuilt: bytes
    from_server: str
    from_key: bytes
    at_ms: int
    entries: int
    pending: int
    backed_up_groups: tuple[bytes, ...]
    #: None: nothing is there. Otherwise how many entries are, and the groups that go on as they are.
    length: int | None
    groups: tuple[bytes, ...]


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds: as its row has it, or as it says itself."""

    file: str
    sha256: str
    stream: StreamRecord
    entries: int
    pending: int
    groups: tuple[bytes, ...]


def described(backup: Backup) -> Described:
    """By its row: the file's beginning alone is read, however large it is. Raises PlanError."""
    with _usable(backup.name) as reader:
        return Described(
            file=backup.name,
            sha256=backup.sha256,
            stream=reader.stream,
            entries=backup.entries,
            pending=backup.pending,
            groups=tuple(from_slug(slug) for slug in backup.group_names),
        )


def described_by_itself(file: str) -> Described:
    """By reading it to its end. Raises PlanError."""
    with _usable(file) as reader:
        groups = tuple(record.name for record in reader.records() if isinstance(record, GroupRecord))
        end = reader.end
        assert end is not None  # noqa: S101 - its records came to their end
        return Described(
            file=file,
            sha256=end.sha256,
            stream=reader.stream,
            entries=end.entries,
            pending=end.pending,
            groups=groups,
        )


@contextmanager
def _usable(file: str) -> Iterator[Reader]:
    try:
        with shelf.being_read(file) as reader:
            yield reader
    except Damaged as damage:
        raise PlanError(f"The file cannot be used. {damage}") from None


def plan_restore(client: "redis.Redis", key: bytes, backup: Described, *, is_cluster: bool) -> RestoreFacts:
    """The way from the file to the key. Raises PlanError, Failed."""
    try:
        rebuilt = key_beside(key, secrets.token_hex(6), is_cluster=is_cluster)
    except ValueError as error:
        raise PlanError(str(error), "key") from None
    there = _there(client, key)
    return RestoreFacts(
        run_id=read_server(client).run_id,
        key=key,
        file=backup.file,
        sha256=backup.sha256,
        rebuilt=rebuilt,
        from_server=backup.stream.server,
        from_key=backup.stream.key,
        at_ms=backup.stream.at_ms,
        entries=backup.entries,
        pending=backup.pending,
        backed_up_groups=backup.groups,
        length=there.length if there else None,
        groups=tuple(group.name for group in there.groups) if there else (),
    )


def _there(client: "redis.Redis", key: bytes) -> Whole | None:
    try:
        whole = read_whole(client, key)
    except Aborted as aborted:
        if aborted.why == "no-stream":
            return None
        raise PlanError(wording.ABORTED[aborted.why], "key") from None
    if sum(group.pending for group in whole.groups) > MOST_PENDING:
        raise PlanError(wording.ABORTED["too-many-pending"])
    return whole
