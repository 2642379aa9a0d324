"""The file of a backup: a gzip stream of records, each of them checked, read and written one at a time.

A record is four bytes of length (big-endian) and a MessagePack array [kind, body]. In this order: one `stream`; `entries`,
in the order of their ids; for each group a `group` and its `pending`; one `end` with the counts and the SHA-256 of all
bytes before it. Names, fields, values and ids are binary, numbers are integers, what a server does not tell is nil.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from typing import IO, Any

import msgspec

VERSION = 1
SUFFIX = ".streamgauge.gz"
_FORMAT = "streamgauge-backup"
_LENGTH = 4
_LONGEST = 2**30  # an entry's value may have 512 MB
_READ_AT_ONCE = 2**20
#: Little is gained beyond, for much more of the processor's time.
_LEVEL = 1
_CUT = "It ends in the middle: it was not written to its end, or was cut off."

RawEntry = list[Any]  # [id, [field, value, …]]


class Damaged(Exception):
    """The file is not a whole backup as it was written; the text says what is wrong."""


class StreamRecord(msgspec.Struct, frozen=True, kw_only=True, tag_field="format", tag=_FORMAT):
    """Whose backup it is, and what its server said of the stream when it began. Ids are text, `at_ms` the server's clock."""

    version: int = VERSION
    server: str
    key: bytes
    at_ms: int
    length: int
    last_generated_id: str
    entries_added: int | None
    max_deleted_id: str | None


class GroupRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A group at that moment. Consumers stand in it by name, those without pending entries, too."""

    name: bytes
    last_delivered_id: str
    entries_read: int | None
    consumers: tuple[bytes, ...]


class PendingRecord(msgspec.Struct, frozen=True, array_like=True):
    """One pending entry of the group before it."""

    id: bytes
    consumer: bytes
    delivered_at_ms: int
    deliveries: int


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds."""

    entries: int = 0
    groups: int = 0
    pending: int = 0


class EndRecord(Counts, frozen=True, kw_only=True):
    """The counts, and the hash of all bytes before this record."""

    sha256: str


Entries = list[RawEntry]
Pending = list[PendingRecord]
_TYPES: dict[str, Any] = {
    "stream": StreamRecord,
    "entries": Entries,
    "group": GroupRecord,
    "pending": Pending,
    "end": EndRecord,
}
_encode = msgspec.msgpack.Encoder().encode
_DECODERS = {kind: msgspec.msgpack.Decoder(its) for kind, its in _TYPES.items()}
_head = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw])


class Writer:
    """Writes a backup into a file, record by record. `counts` is what it has written so far."""

    def __init__(self, file: IO[bytes], stream: StreamRecord) -> None:
        self._file = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_LEVEL, mtime=0, filename="")
        self._hash = hashlib.sha256()
        self.counts = Counts()
        self._write("stream", stream)

    def entries(self, page: Entries) -> None:
        """Entries as the server replies them."""
        self._write("entries", page)
        self.counts = msgspec.structs.replace(self.counts, entries=self.counts.entries + len(page))

    def group(self, group: GroupRecord) -> None:
        """A group; its pending entries follow."""
        self._write("group", group)
        self.counts = msgspec.structs.replace(self.counts, groups=self.counts.groups + 1)

    def pending(self, rows: Pending) -> None:
        """Pending entries of the group before."""
        self._write("pending", rows)
        self.counts = msgspec.structs.replace(self.counts, pending=self.counts.pending + len(rows))

    def close(self) -> str:
        """Writes the end; the file itself stays open. Returns the hash."""
        digest = self._hash.hexdigest()
        counts = self.counts
        self._write(
            "end", EndRecord(entries=counts.entries, groups=counts.groups, pending=counts.pending, sha256=digest)
        )
        self._file.close()
        return digest

    def _write(self, kind: str, body: object) -> None:
        record = _encode((kind, body))
        framed = len(record).to_bytes(_LENGTH, "big") + record
        self._hash.update(framed)
        self._file.write(framed)


class Reader:
    """Reads a backup, record by record; `stream` is known at once, `end` after the last of them. Raises Damaged."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = gzip.GzipFile(fileobj=file, mode="rb")
        self._hash = hashlib.sha256()
        self.end: EndRecord | None = None
        first = self._record()
        if not isinstance(first, StreamRecord):
            raise Damaged("It does not begin as a backup of a stream does.")
        if first.version > VERSION:
            raise Damaged(f"It is of format {first.version}; this Streamgauge reads up to {VERSION}. Use a newer one.")
        self.stream = first

    def records(self) -> Iterator[Entries | GroupRecord | Pending]:
        """What follows, up to the end, which is compared with what was read. Raises Damaged where it does not fit."""
        entries = groups = pending = 0
        while not isinstance(record := self._record(), EndRecord):
            if isinstance(record, StreamRecord):
                raise Damaged("A second stream begins in the middle of it.")
            if isinstance(record, GroupRecord):
                groups += 1
            elif record and isinstance(record[0], PendingRecord):
                pending += len(record)
            else:
                entries += len(record)
            yield record
        if (entries, groups, pending) != (record.entries, record.groups, record.pending):
            raise Damaged("It holds other numbers of entries, groups or pending entries than its end says.")
        if self._read(1):  # reading to the end of the file also compares gzip's own sum
            raise Damaged("Something follows after its end.")
        self.end = record

    def _record(self) -> Any:
        before = self._hash.hexdigest() if self.end is None else ""
        framed = self._take(_LENGTH)
        size = int.from_bytes(framed, "big")
        if size > _LONGEST:
            raise Damaged("A record is longer than any can be.")
        body = self._take(size)
        try:
            kind, raw = _head.decode(body)
            record = _DECODERS[kind].decode(raw)
        except (msgspec.MsgspecError, KeyError, UnicodeDecodeError):
            raise Damaged("A record cannot be read.") from None
        if isinstance(record, EndRecord) and record.sha256 != before:
            raise Damaged("Its checksum does not fit: it was changed after it was written.")
        self._hash.update(framed + body)
        return record

    def _take(self, size: int) -> bytes:
        parts = []
        while size and (part := self._read(min(size, _READ_AT_ONCE))):
            parts.append(part)
            size -= len(part)
        if size:
            raise Damaged(_CUT)
        return b"".join(parts)

    def _read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except (gzip.BadGzipFile, zlib.error):
            raise Damaged("It is no gzip file, or was changed after it was written.") from None
        except EOFError:
            raise Damaged(_CUT) from None
