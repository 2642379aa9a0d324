"""Replies of XINFO as samples. Fields are found by name, so unknown and absent ones do no harm; payloads end here.

Ten thousand streams a second pass through here, so what did not change since the last sweep is not made again.
"""

from collections.abc import Sequence
from operator import itemgetter

import msgspec

from dashboard.core.entry_id import EntryId
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
_NAMES = slice(None, None, 2)
_NOWHERE = b"0-0"
_MOST_IDS = 2**16


class _Layout:
    """Where the fields of one kind of reply stand. Servers keep one order, so it is looked for once."""

    def __init__(self, fields: tuple[bytes, ...]) -> None:
        self._fields = fields
        self._names: list[Reply] = []
        self._absent = False
        self._chosen = itemgetter(*range(len(fields)))

    def values(self, reply: list[Reply]) -> tuple[Reply, ...]:
        """The values of our fields in order; None for an absent one."""
        if reply[_NAMES] != self._names:
            self._learn(reply)
        return self._chosen([*reply, None] if self._absent else reply)  # type: ignore[no-any-return]

    def all_values(self, replies: list[list[Reply]]) -> list[tuple[Reply, ...]]:
        """The values of many replies, for this step is taken tens of thousands of times a sweep."""
        if self._absent:
            return [self.values(reply) for reply in replies]
        names, chosen = self._names, self._chosen
        return [chosen(reply) if reply[_NAMES] == names else self.values(reply) for reply in replies]

    def _learn(self, reply: list[Reply]) -> None:
        self._names, absent = reply[_NAMES], len(reply)
        places = [2 * self._names.index(field) + 1 if field in self._names else absent for field in self._fields]
        self._absent = absent in places
        self._chosen = itemgetter(*places)


class _Ids(dict[bytes, EntryId]):
    """Ids that were read lately, by their bytes. Most are met again: an end of a stream is the place of its groups."""

    def __missing__(self, raw: bytes) -> EntryId:
        if len(self) >= _MOST_IDS:
            self.clear()
        # EntryId.parse also checks, and a named tuple's own constructor is a call more.
        ms, _, seq = raw.partition(b"-")
        entry_id = self[raw] = tuple.__new__(EntryId, (int(ms), int(seq)))
        return entry_id


class SampleReader:
    """Makes samples of replies. A stream whose numbers are what they were keeps its very sample.

    Nothing else is kept of it: what ten thousand streams keep from sweep to sweep has left the processor's nearest memory
    when it is needed again, and to fetch it takes longer than to make a sample anew.
    """

    def __init__(self) -> None:
        self._stream = _Layout(_STREAM_FIELDS)
        self._group = _Layout(_GROUP_FIELDS)
        self._ids = _Ids()
        self._known: dict[bytes, StreamSample] = {}
        self._changed: list[bytes] = []

    def read(self, key: bytes, groups: Reply, stream: Reply) -> StreamSample:
        """The sample of a stream from its replies to XINFO GROUPS and XINFO STREAM."""
        length, first, last, generated, deleted, added = self._stream.values(stream)
        ids = self._ids
        sample = StreamSample(
            key,
            length,
            first and ids[first[0]],
            last and ids[last[0]],
            ids[generated or _NOWHERE],
            deleted and ids[deleted],
            added,
            self._groups(groups),
        )
        return self._newest(key, sample)

    def last(self, key: bytes) -> StreamSample | None:
        """The stream's latest sample."""
        return self._known.get(key)

    def entries(self, stream: Reply) -> tuple[Reply, Reply]:
        """The first and the last entry in a reply to XINFO STREAM, to be weighed and dropped."""
        _, first, last, *_ = self._stream.values(stream)
        return first, last

    def read_thin(self, key: bytes, groups: Reply, length: int, whole_at: float) -> StreamSample:
        """The sample of a stream that was read whole at `whole_at`, from its replies to XINFO GROUPS and XLEN.

        The former sample where they say nothing new; else one that has the former ends and counters, and says so.
        """
        known, of_groups = self._known[key], self._groups(groups)
        if known.length == length and known.groups == of_groups:
            return known
        return self._newest(key, msgspec.structs.replace(known, length=length, groups=of_groups, whole_at=whole_at))

    def doubt(self, key: bytes, whole_at: float) -> StreamSample:
        """The sample of a stream that has moved since it was read whole, where no more than that is known."""
        known = self._known[key]
        if known.whole_at is not None:
            return known
        return self._newest(key, msgspec.structs.replace(known, whole_at=whole_at))

    def _newest(self, key: bytes, sample: StreamSample) -> StreamSample:
        known = self._known.get(key)
        if known == sample:
            return known
        self._known[key] = sample
        self._changed.append(key)
        return sample

    @property
    def changed(self) -> Sequence[bytes]:
        """The streams of which new samples were made since `take_changed` was called last."""
        return self._changed

    def take_changed(self) -> list[bytes]:
        """The same, and forgets them."""
        changed, self._changed = self._changed, []
        return changed

    def _groups(self, replies: list[list[Reply]]) -> tuple[GroupSample, ...]:
        ids = self._ids
        return tuple(
            [
                GroupSample(name, consumers, pending, ids[delivered or _NOWHERE], entries_read, lag)
                for name, consumers, pending, delivered, entries_read, lag in self._group.all_values(replies)
            ]
        )

    def forget(self, key: bytes) -> None:
        """Drops what is kept of a stream that could not be read."""
        self._known.pop(key, None)

    def keep(self, keys: set[bytes]) -> None:
        """Drops what is kept of all other streams."""
        self._known = {key: known for key, known in self._known.items() if key in keys}
