"""Replies of XINFO as samples. Fields are found by name, so unknown and absent ones do no harm; payloads end here."""

from typing import NamedTuple

from dashboard.core.entry_id import ZERO, EntryId
from dashboard.core.sample import GroupSample, StreamSample
from dashboard.redis_io.wire import Reply

_STREAM_FIELDS = (
    b"length",
    b"first-entry",
    b"last-entry",
    b"last-generated-id",
    b"max-deleted-entry-id",
    b"entries-added",
)
_GROUP_FIELDS = (b"name", b"consumers", b"pending", b"last-delivered-id", b"entries-read", b"lag")


class _Layout:
    """Where the fields of one kind of reply stand. Servers keep one order, so it is looked for once."""

    def __init__(self, fields: tuple[bytes, ...]) -> None:
        self._fields = fields
        self._names: list[bytes] = []
        self._places: tuple[int, ...] = ()

    def values(self, reply: list[Reply]) -> list[Reply]:
        """The values of our fields in order; None for an absent one."""
        names = reply[::2]
        if names != self._names:
            self._names = names
            self._places = tuple(2 * names.index(field) + 1 if field in names else len(reply) for field in self._fields)
        if len(reply) in self._places:
            reply = [*reply, None]
        return [reply[place] for place in self._places]


class _Known(NamedTuple):
    """What the last sweep read of a stream, without its payloads, and the sample it made of it."""

    facts: tuple[Reply, ...]
    groups: list[list[Reply]]
    sample: StreamSample


class SampleReader:
    """Makes samples of replies. A stream whose numbers are what they were keeps its very sample, which costs nothing."""

    def __init__(self) -> None:
        self._stream = _Layout(_STREAM_FIELDS)
        self._group = _Layout(_GROUP_FIELDS)
        self._known: dict[bytes, _Known] = {}

    def read(self, key: bytes, groups: Reply, stream: Reply) -> StreamSample:
        """The sample of a stream from its replies to XINFO GROUPS and XINFO STREAM."""
        length, first, last, generated, deleted, added = self._stream.values(stream)
        facts = (length, first and first[0], last and last[0], generated, deleted, added)
        known = self._known.get(key)
        if known is not None and known.facts == facts and known.groups == groups:
            return known.sample
        sample = StreamSample(
            key,
            length,
            _id(facts[1]),
            _id(facts[2]),
            _id(generated) or ZERO,
            _id(deleted),
            added,
            tuple([self._group_sample(group) for group in groups]),
        )
        self._known[key] = _Known(facts, groups, sample)
        return sample

    def _group_sample(self, reply: list[Reply]) -> GroupSample:
        name, consumers, pending, delivered, entries_read, lag = self._group.values(reply)
        return GroupSample(name, consumers, pending, _id(delivered) or ZERO, entries_read, lag)

    def forget(self, key: bytes) -> None:
        """Drops what is kept of a stream that could not be read."""
        self._known.pop(key, None)

    def keep(self, keys: set[bytes]) -> None:
        """Drops what is kept of all other streams."""
        self._known = {key: known for key, known in self._known.items() if key in keys}


def _id(raw: bytes | None) -> EntryId | None:
    # EntryId.parse also checks; these come from the server, thousands a second.
    if raw is None:
        return None
    ms, _, seq = raw.partition(b"-")
    return EntryId(int(ms), int(seq))
