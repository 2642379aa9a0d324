"""The truth about a stream, by counting: every entry and every pending id, however long that takes."""

import msgspec

from dashboard.core.entry_id import ZERO, EntryId
from tests.proofs.wire import Wire, done

KEY = b"s"


class GroupTruth(msgspec.Struct, frozen=True):
    """A group: its position, and the ids that are pending, with their deliveries."""

    delivered: EntryId
    pending: dict[EntryId, int]
    consumers: int


class Truth(msgspec.Struct, frozen=True):
    """A stream at one moment. `exists` is False where there is no such key; then it has no entries and no groups."""

    exists: bool
    ids: tuple[EntryId, ...]
    generated: EntryId
    groups: dict[bytes, GroupTruth]

    def waiting(self, group: bytes) -> tuple[EntryId, ...]:
        """The entries after the group's position."""
        return after(self.ids, self.groups[group].delivered)

    def ghosts(self, group: bytes) -> set[EntryId]:
        """Pending ids whose entries are gone."""
        return self.groups[group].pending.keys() - set(self.ids)


def after(ids: tuple[EntryId, ...], position: EntryId) -> tuple[EntryId, ...]:
    """Those of the ids that are larger."""
    return tuple(entry_id for entry_id in ids if entry_id > position)


def tell(wire: Wire, key: bytes = KEY) -> Truth:
    """Everything about the stream."""
    entries, stream, groups = wire.calls(
        [(b"XRANGE", key, b"-", b"+"), (b"XINFO", b"STREAM", key), (b"XINFO", b"GROUPS", key)]
    )
    if not done(stream):
        return Truth(False, (), ZERO, {})
    facts = [dict(zip(group[::2], group[1::2], strict=True)) for group in groups]
    pending = wire.calls([(b"XPENDING", key, group[b"name"], b"-", b"+", 100_000) for group in facts])
    generated = stream[stream.index(b"last-generated-id") + 1]
    return Truth(
        True,
        tuple(EntryId.parse(entry[0]) for entry in entries),
        EntryId.parse(generated),
        {
            group[b"name"]: GroupTruth(
                EntryId.parse(group[b"last-delivered-id"]),
                {EntryId.parse(row[0]): row[3] for row in rows},
                group[b"consumers"],
            )
            for group, rows in zip(facts, pending, strict=True)
        },
    )
