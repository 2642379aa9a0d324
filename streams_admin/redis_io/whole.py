"""A stream as a whole: read for a backup, page by page, and built anew from one. Raw replies end here."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec
import redis
from redis import exceptions
from redis.connection import ConnectionInterface

from dashboard.redis_io.connect import explain
from dashboard.redis_io.wire import borrowed, exchange, pack, read_reply, send
from streams_admin.backup.format import PendingRecord, RawEntry
from streams_admin.beside import KEPT_S
from streams_admin.redis_io.look import page_size
from streams_admin.redis_io.scripts import Failed, Unanswered, load, run, run_beside

_WHOLE, _OWED = load("whole"), load("owed")
_PUT_BACK, _EXCHANGE = load("put_back"), load("exchange")

PAGE = 1000  # entries, in one XRANGE
ROWS = 1000  # pending entries, in one script
BATCH = 500  # commands, sent at once
BATCH_BYTES = 2**20
MOST_NEWER = 1000  # entries that are taken along in the script which exchanges two streams
MOST_PENDING = 1000  # rows that it takes along
_NEVER_USED = b"0-0"
_MAKER = b"streamgauge"  # a group that makes a stream where there is no entry to do so


class WholeGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group; `entries_read` is None where the server does not tell."""

    name: bytes
    last_delivered_id: str
    entries_read: int | None
    pending: int


class ServerFact(msgspec.Struct, frozen=True):
    """The server that answers: its run id, and whether streams have counters there (from 7.0)."""

    run_id: str
    counts: bool


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A stream without its entries, at one moment of the server's clock."""

    run_id: str
    at_ms: int
    length: int
    last_generated_id: str
    entries_added: int | None
    max_deleted_id: str | None
    groups: tuple[WholeGroup, ...]


def read_server(client: "redis.Redis") -> ServerFact:
    """The server as it says itself. Raises Failed."""
    with _reading(client) as connection:
        (reply,) = exchange(connection, [pack(b"INFO", b"server")])
    if isinstance(reply, exceptions.ResponseError):
        raise Failed(explain(reply).detail)
    told = dict(line.split(":", 1) for line in reply.decode("utf-8", "replace").splitlines() if ":" in line)
    return ServerFact(told.get("run_id", ""), int(told.get("redis_version", "0").split(".")[0]) >= 7)


def read_whole(client: "redis.Redis", key: bytes) -> Whole:
    """One look at one moment. Raises Aborted where the key is no stream, Failed or Unanswered."""
    info, (run_id, at_ms, groups) = run_beside(client, ("XINFO STREAM", key), _WHOLE, key)
    deleted = info.get("max-deleted-entry-id")
    return Whole(
        run_id=run_id.decode(),
        at_ms=int(at_ms),
        length=info["length"],
        last_generated_id=info["last-generated-id"].decode(),
        entries_added=info.get("entries-added"),
        max_deleted_id=deleted.decode() if deleted else None,
        groups=tuple(
            WholeGroup(name=name, last_delivered_id=place.decode(), entries_read=_told(read), pending=pending)
            for name, place, read, pending in groups
        ),
    )


def _told(number: int) -> int | None:
    return number if number >= 0 else None


def consumers(client: "redis.Redis", key: bytes, group: bytes) -> tuple[bytes, ...]:
    """The names of a group's consumers; none where it is gone. Raises Failed."""
    with _reading(client) as connection:
        (reply,) = exchange(connection, [pack(b"XINFO", b"CONSUMERS", key, group)])
    if isinstance(reply, exceptions.ResponseError):
        return ()
    return tuple(row[1] for row in reply)


def pages(
    client: "redis.Redis", key: bytes, *, after: bytes = b"", start: bytes = b"-", to: bytes = b"+"
) -> Iterator[list[RawEntry]]:
    """The entries in pages, oldest first; while one is used the server makes the next. Raises Failed."""
    size = b"%d" % page_size(client, key, at_most=PAGE)
    with _reading(client) as connection:
        _ask(connection, key, b"(" + after if after else start, to, size)
        while True:
            page = read_reply(connection)
            if isinstance(page, exceptions.ResponseError):
                raise Failed(explain(page).detail)
            if not page:
                return
            _ask(connection, key, b"(" + page[-1][0], to, size)
            yield page


def _ask(connection: ConnectionInterface, key: bytes, start: bytes, to: bytes, size: bytes) -> None:
    send(connection, pack(b"XRANGE", key, start, to, b"COUNT", size))


def fields_of(client: "redis.Redis", key: bytes, ids: Sequence[bytes]) -> dict[bytes, list[bytes]]:
    """Fields and values of those of the entries that are there, by their ids. Raises Failed."""
    with _reading(client) as connection:
        replies = exchange(connection, [pack(b"XRANGE", key, name, name) for name in ids])
    found: dict[bytes, list[bytes]] = {}
    for reply in replies:
        if isinstance(reply, exceptions.ResponseError):
            raise Failed(explain(reply).detail)
        found |= {entry[0]: entry[1] for entry in reply}
    return found


def entries_between(client: "redis.Redis", key: bytes, first: bytes, last: bytes, *, at_most: int) -> list[RawEntry]:
    """The entries from one id to another, as the server replies them. Raises Failed."""
    with _reading(client) as connection:
        (found,) = exchange(connection, [pack(b"XRANGE", key, first, last, b"COUNT", b"%d" % at_most)])
    if isinstance(found, exceptions.ResponseError):
        raise Failed(explain(found).detail)
    return found  # type: ignore[no-any-return]


def owed(client: "redis.Redis", key: bytes, group: bytes, *, to: str) -> Iterator[list[PendingRecord]]:
    """The group's pending entries up to an id, in pages. Raises Aborted where the group is gone, Failed."""
    start = "-"
    while True:
        try:
            at_ms, rows = run(client, _OWED, key, group, start, to, ROWS)
        except Unanswered as silence:  # it was only read
            raise Failed(str(silence)) from silence
        if rows:
            yield [PendingRecord(row[0], row[1] or b"", int(at_ms) - row[2], row[3]) for row in rows]
        if len(rows) < ROWS:
            return
        start = f"({rows[-1][0].decode()}"


def last_id_of(client: "redis.Redis", key: bytes) -> bytes | None:
    """The last generated id of what was rebuilt so far; None where there is nothing yet. Raises Failed."""
    with _reading(client) as connection:
        (reply,) = exchange(connection, [pack(b"XINFO", b"STREAM", key)])
    if isinstance(reply, exceptions.ResponseError):
        if "no such key" in str(reply):
            return None
        raise Failed(explain(reply).detail)
    found: bytes = dict(zip(reply[::2], reply[1::2], strict=True))[b"last-generated-id"]
    return found


class Builder:
    """Builds a stream under a key of its own, which goes by itself after a day. What is sent twice has one effect.

    Every method raises Failed where the server says no, and Unanswered.
    """

    def __init__(self, client: "redis.Redis", key: bytes) -> None:
        self._client, self._key = client, key

    def add(self, entries: Sequence[RawEntry]) -> None:
        """Adds entries with their ids, which must be higher than those before."""
        self._send(pack(b"XADD", self._key, entry[0], *entry[1]) for entry in entries)
        self.keep_for_a_while()

    def keep_for_a_while(self) -> None:
        """Nobody else clears away what is never put in its place."""
        self._send([pack(b"EXPIRE", self._key, b"%d" % KEPT_S)])

    def group(self, name: bytes, place: str, entries_read: int | None, consumers: Iterable[bytes]) -> None:
        """Makes a group with its consumers."""
        create = [b"XGROUP", b"CREATE", self._key, name, place.encode(), b"MKSTREAM"]
        if entries_read is not None:
            create += [b"ENTRIESREAD", b"%d" % entries_read]
        self._send([pack(*create)], fine="BUSYGROUP")
        self._send(pack(b"XGROUP", b"CREATECONSUMER", self._key, name, consumer) for consumer in consumers)

    def exist(self) -> None:
        """Makes the stream without an entry and without a group."""
        self.group(_MAKER, "0", None, ())
        self._send([pack(b"XGROUP", b"DESTROY", self._key, _MAKER)])

    def owe(self, group: bytes, rows: Iterable[PendingRecord]) -> None:
        """Makes entries pending as they were; ids whose entry is not there stay out."""
        self._send(
            pack(
                *(b"XCLAIM", self._key, group, row.consumer, b"0", row.id),
                *(b"TIME", b"%d" % row.delivered_at_ms, b"RETRYCOUNT", b"%d" % row.deliveries, b"FORCE", b"JUSTID"),
            )
            for row in rows
        )

    def set_id(self, last_generated_id: str, *, entries_added: int | None, max_deleted_id: str | None) -> None:
        """Sets what the stream remembers of entries that are gone; counters only where the server has them."""
        command = [b"XSETID", self._key, last_generated_id.encode()]
        if entries_added is not None:
            command += [b"ENTRIESADDED", b"%d" % entries_added]
            command += [b"MAXDELETEDID", (max_deleted_id or "").encode() or _NEVER_USED]
        self._send([pack(*command)])

    def drop(self) -> None:
        """Removes what was built."""
        self._send([pack(b"UNLINK", self._key)])

    def _send(self, commands: Iterable[bytes], *, fine: str = "") -> None:
        for batch in _batches(commands):
            try:
                with borrowed(self._client) as connection:
                    replies = exchange(connection, batch)
            except (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as error:
                raise Unanswered(explain(error).detail) from error
            except exceptions.RedisError as error:
                raise Failed(explain(error).detail) from error
            for reply in replies:
                if isinstance(reply, exceptions.ResponseError) and not (fine and fine in str(reply)):
                    raise Failed(explain(reply).detail)


def _batches(commands: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for command in commands:
        batch.append(command)
        size += len(command)
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def put_back(
    client: "redis.Redis",
    rebuilt: bytes,
    place: bytes,
    *,
    run_id: str,
    length: int,
    last_generated_id: str,
    again: bool,
) -> None:
    """Puts what was rebuilt where nothing is, at one stroke. Raises Aborted, Failed, Unanswered."""
    run(client, _PUT_BACK, (rebuilt, place), run_id, length, last_generated_id, int(again))


def exchange_streams(
    client: "redis.Redis",
    rebuilt: bytes,
    place: bytes,
    *,
    run_id: str,
    taken: int,
    last_taken: str,
    bare: bool,
    groups: Sequence[bytes],
) -> None:
    """Puts what was rebuilt in the place of the stream that it was rebuilt from, with what that one has by now.

    `taken`: entries of the old one that are in it, up to the id `last_taken`. Raises Aborted, Failed, Unanswered.
    """
    limits = (MOST_NEWER, MOST_PENDING, int(bare))
    run(client, _EXCHANGE, (rebuilt, place), run_id, taken, last_taken, *limits, *groups)


@contextmanager
def _reading(client: "redis.Redis") -> Iterator[ConnectionInterface]:
    try:
        with borrowed(client) as connection:
            yield connection
    except (exceptions.RedisError, OSError) as error:
        raise Failed(explain(error).detail) from error
