"""The hand that does everything to a stream that clients and operators can do, and writes the truth down."""

from collections.abc import Callable
from typing import Any

from dashboard.core.entry_id import LARGEST, ZERO, EntryId
from tests.proofs.ledger import Ledger
from tests.proofs.truth import KEY, Truth, after, tell
from tests.proofs.wire import Argument, Wire, done

GROUPS = (b"billing", b"g\xff")
CONSUMERS = (b"ann", b"bob")
OTHER = b"other"


class Hand:
    """Works on one stream. What the server refuses has no effect and is no error; `now` is the truth after the last step."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.ledger = Ledger()
        wire.call(b"FLUSHALL")
        self.now = tell(wire)

    def _do(self, *command: Argument) -> tuple[Any, Truth]:
        """The reply, and the truth before it."""
        before = self.now
        reply = self.wire.call(*command)
        self.now = tell(self.wire)
        return reply, before

    # Producers

    def add(self, count: int, entry_id: Callable[[EntryId], EntryId] | None = None) -> None:
        """Adds entries, by the server's clock or by ids that follow from the last one."""
        for _ in range(count):
            chosen: Argument = entry_id(self.now.generated) if entry_id else b"*"
            if done(self.wire.call(b"XADD", KEY, chosen, b"n", b"1")):
                self.ledger.added += 1
            self.now = tell(self.wire)

    def delete(self, place: int, count: int) -> None:
        """XDEL of some entries in a row."""
        if ids := self._from(place)[:count]:
            self._remove(b"XDEL", KEY, *ids)

    def trim(self, keep: int, way: bytes) -> None:
        """XTRIM by length or id, exactly or about."""
        if way.startswith(b"MINID"):
            ids = self._from(keep)
            self._remove(b"XTRIM", KEY, *way.split(), ids[0] if ids else self.now.generated)
        else:
            self._remove(b"XTRIM", KEY, *way.split(), keep)

    def _remove(self, *command: Argument) -> None:
        _, before = self._do(*command)
        self.ledger.note_removed(before, self.now)

    # Consumers

    def read(self, group: bytes, consumer: bytes, count: int, noack: bool) -> None:
        """XREADGROUP of new entries."""
        option = (b"NOACK",) if noack else ()
        command: list[Argument] = [
            b"XREADGROUP",
            b"GROUP",
            group,
            consumer,
            b"COUNT",
            count,
            *option,
            b"STREAMS",
            KEY,
            b">",
        ]
        reply, _ = self._do(*command)
        if done(reply) and reply:
            self.ledger.note_read(group, len(reply[0][1]), noack)

    def read_again(self, group: bytes, consumer: bytes) -> None:
        """XREADGROUP of the consumer's own history: deliveries rise, nothing is delivered."""
        self._do(b"XREADGROUP", b"GROUP", group, consumer, b"COUNT", 5, b"STREAMS", KEY, b"0")

    def acknowledge(self, group: bytes, count: int) -> None:
        """XACK of the oldest pending entries."""
        self._settle(group, b"XACK", KEY, group, *self._pending(group)[:count])

    def claim(self, group: bytes, consumer: bytes, count: int, justid: bool) -> None:
        """XCLAIM of the oldest pending entries; newer servers drop those whose entry is gone."""
        option = [b"JUSTID"] if justid else []
        self._settle(group, b"XCLAIM", KEY, group, consumer, 0, *self._pending(group)[:count], *option)

    def claim_all(self, group: bytes, consumer: bytes, count: int) -> None:
        """XAUTOCLAIM from the oldest on."""
        self._settle(group, b"XAUTOCLAIM", KEY, group, consumer, 0, b"0", b"COUNT", count)

    def remove_consumer(self, group: bytes, consumer: bytes) -> None:
        """XGROUP DELCONSUMER, with whatever is pending."""
        self._settle(group, b"XGROUP", b"DELCONSUMER", KEY, group, consumer)

    def make_consumer(self, group: bytes, consumer: bytes) -> None:
        """XGROUP CREATECONSUMER."""
        self._do(b"XGROUP", b"CREATECONSUMER", KEY, group, consumer)

    def _settle(self, group: bytes, *command: Argument) -> None:
        _, before = self._do(*command)
        if group in before.groups:
            self.ledger.note_settled(group, before, self.now)

    # Operators

    def make_group(self, group: bytes, place: int) -> None:
        """XGROUP CREATE at the start, at an entry or at the end."""
        self._by_hand(group, b"XGROUP", b"CREATE", KEY, group, self._position(place), b"MKSTREAM")

    def destroy_group(self, group: bytes) -> None:
        """XGROUP DESTROY."""
        self._by_hand(group, b"XGROUP", b"DESTROY", KEY, group)

    def set_group(self, group: bytes, place: int, counted: bool) -> None:
        """XGROUP SETID; with the right ENTRIESREAD where asked for."""
        position = self._position(place)
        read = self._read_until(position) if counted and self.wire.kind.counts else None
        option: tuple[Argument, ...] = () if read is None else (b"ENTRIESREAD", read)
        self._by_hand(group, b"XGROUP", b"SETID", KEY, group, position, *option)

    def set_group_ahead(self, group: bytes, steps: int) -> None:
        """XGROUP SETID beyond the last id that there ever was."""
        self._by_hand(group, b"XGROUP", b"SETID", KEY, group, _plus(self.now.generated, 0, steps))

    def _by_hand(self, group: bytes, *command: Argument) -> None:
        reply, _ = self._do(*command)
        if done(reply):
            self.ledger.by_hand.add(group)

    def _read_until(self, position: EntryId) -> int | None:
        """What ENTRIESREAD would be true: all that was ever added up to this id; None where entries are missing after it."""
        stream = self.wire.call(b"XINFO", b"STREAM", KEY)
        if not done(stream):
            return None
        facts = dict(zip(stream[::2], stream[1::2], strict=True))
        if EntryId.parse(facts[b"max-deleted-entry-id"]) > position or position < (self.now.ids or [ZERO])[0]:
            return None
        return int(facts[b"entries-added"]) - len(after(self.now.ids, position))

    # Whatever replaces a stream

    def remove_key(self) -> None:
        """DEL."""
        self._replace(b"DEL", KEY)

    def raise_last_id(self, steps: int) -> None:
        """XSETID to a higher id, as a replica's administrator may."""
        self._replace(b"XSETID", KEY, _plus(self.now.generated, 1, steps))

    def set_counters(self, more: int) -> None:
        """XSETID with other counters, which a server believes."""
        added = len(self.now.ids) + more
        self._replace(b"XSETID", KEY, self.now.generated, b"ENTRIESADDED", added, b"MAXDELETEDID", b"0-0", set_=True)

    def swap(self, way: bytes) -> None:
        """Puts another stream in the key's place."""
        if way == b"RENAME":
            self._replace(b"RENAME", OTHER, KEY)
        elif way == b"COPY":
            self._replace(b"COPY", OTHER, KEY, b"REPLACE")
        elif dumped := self.wire.call(b"DUMP", OTHER):
            self._replace(b"RESTORE", KEY, 0, dumped, b"REPLACE")

    def lay_aside(self) -> None:
        """Keeps a copy of the stream, as it is, for `swap`."""
        self.wire.call(b"COPY", KEY, OTHER, b"REPLACE")

    def _replace(self, *command: Argument, set_: bool = False) -> None:
        reply, before = self._do(*command)
        if done(reply) and reply != 0:
            self.ledger.note_replaced(before, self.now)
            self.ledger.counters_set |= set_

    # Places

    def _from(self, place: int) -> tuple[EntryId, ...]:
        """The entries from the n-th on, counted round."""
        ids = self.now.ids
        return ids[place % len(ids) :] if ids else ()

    def _position(self, place: int) -> EntryId:
        """The start, an entry, an id between two, or the end."""
        ids = (ZERO, *self.now.ids, self.now.generated)
        chosen = ids[place % len(ids)]
        return chosen if place % 3 or chosen == ZERO else _minus(chosen)

    def _pending(self, group: bytes) -> list[EntryId]:
        known = self.now.groups.get(group)
        return list(known.pending) if known and known.pending else [ZERO]


def _plus(entry_id: EntryId, ms: int, seq: int) -> EntryId:
    return EntryId(min(LARGEST, entry_id.ms + ms), min(LARGEST, entry_id.seq + seq))


def _minus(entry_id: EntryId) -> EntryId:
    return EntryId(entry_id.ms, entry_id.seq - 1) if entry_id.seq else EntryId(entry_id.ms - 1, LARGEST)
