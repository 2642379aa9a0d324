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
        self._length = -1
        self._names: tuple[Reply, ...] = ()
        self._absent = False
        self._count = len(fields)
        self._chosen = itemgetter(*range(2 * len(fields)))

    def values(self, reply: list[Reply]) -> tuple[Reply, ...]:
        """The values of our fields in order; None for an absent one."""
        if len(reply) != self._length:
            self._learn(reply)
        # Names and values at once, since a step here is taken tens of thousands of times a sweep.
        chosen = self._chosen([*reply, None] if self._absent else reply)
        if chosen[: self._count] != self._names:
            self._learn(reply)
            chosen = self._chosen([*reply, None] if self._absent else reply)
        values: tuple[Reply, ...] = chosen[self._count :]
        return values

    def _learn(self, reply: list[Reply]) -> None:
        names, absent = reply[_NAMES], len(reply)
        places = [2 * names.index(field) if field in names else absent for field in self._fields]
        self._length = len(reply)
        self._absent = absent in places
        self._names = tuple([None if place == absent else reply[place] for place in places])
        of_values = [place if place == absent else place + 1 for place in places]
        self._chosen = itemgetter(*(places + of_values))


class _Ids(dict[bytes, EntryId]):
    """Ids that were read lately, by their bytes. Most are met again: an end of a stream is the place of its groups."""

    def __missing__(self, raw: bytes) -> EntryId:
        if len(self) >= _MOST_IDS:
            self.clear()
        # EntryId.parse also checks, and a named tuple's own constructor is a call more.
        ms, _, seq = raw.partition(b"-")
        entry_id = self[raw] = tuple.__new__(EntryId, (int(ms), int(seq)))
        return entry_id


class _Known(msgspec.Struct, gc=False):
    """What the last sweep read of a stream, without its payloads, and the sample it made of it."""

    facts: tuple[Reply, ...]
    groups: list[list[Reply]]
    sample: StreamSample


class SampleReader:
    """Makes samples of replies. A stream whose numbers are what they were keeps its very sample, which costs nothing."""

    def __init__(self) -> None:
        self._stream = _Layout(_STREAM_FIELDS)
        self._group = _Layout(_GROUP_FIELDS)
        self._ids = _Ids()
        self._known: dict[bytes, _Known] = {}
        self._changed: list[bytes] = []

    def read(self, key: bytes, groups: Reply, stream: Reply) -> StreamSample:
        """The sample of a stream from its replies to XINFO GROUPS and XINFO STREAM."""
        length, first, last, generated, deleted, added = self._stream.values(stream)
        facts = (length, first and first[0], last and last[0], generated, deleted, added)
        known = self._known.get(key)
        if known is None:
            sample = self._stream_sample(key, facts, tuple(map(self._group_sample, groups)))
        elif known.groups != groups:
            sample = self._stream_sample(key, facts, self._changed_groups(known, groups))
        elif known.facts != facts:
            sample = self._stream_sample(key, facts, known.sample.groups)
        else:
            return known.sample
        self._known[key] = _Known(facts, groups, sample)
        self._changed.append(key)
        return sample

    def last(self, key: bytes) -> StreamSample | None:
        """The stream's latest sample."""
        known = self._known.get(key)
        return known.sample if known else None

    def entries(self, stream: Reply) -> tuple[Reply, Reply]:
        """The first and the last entry in a reply to XINFO STREAM, to be weighed and dropped."""
        _, first, last, *_ = self._stream.values(stream)
        return first, last

    def read_thin(self, key: bytes, groups: Reply, length: int, whole_at: float) -> StreamSample:
        """The sample of a stream that was read whole at `whole_at`, from its replies to XINFO GROUPS and XLEN.

        The former sample where they say nothing new; else one that has the former ends and counters, and says so.
        """
        known = self._known[key]
        if known.groups != groups:
            return self._without_ends(key, groups, length, self._changed_groups(known, groups), whole_at)
        if known.sample.length != length:
            return self._without_ends(key, groups, length, known.sample.groups, whole_at)
        return known.sample

    def doubt(self, key: bytes, whole_at: float) -> StreamSample:
        """The sample of a stream that has moved since it was read whole, where no more than that is known."""
        known = self._known[key]
        if known.sample.whole_at is not None:
            return known.sample
        return self._without_ends(key, known.groups, known.sample.length, known.sample.groups, whole_at)

    def _without_ends(
        self, key: bytes, raw: list[list[Reply]], length: int, groups: tuple[GroupSample, ...], whole_at: float
    ) -> StreamSample:
        before = self._known[key].sample
        sample = msgspec.structs.replace(before, length=length, groups=groups, whole_at=whole_at)
        # Without facts, so that the next whole reading makes a sample in any case.
        self._known[key] = _Known((), raw, sample)
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

    def _changed_groups(self, known: _Known, groups: list[list[Reply]]) -> tuple[GroupSample, ...]:
        if len(known.groups) != len(groups):
            return tuple(map(self._group_sample, groups))
        before = zip(groups, known.groups, known.sample.groups, strict=True)
        return tuple([sample if group == raw else self._group_sample(group) for group, raw, sample in before])

    def _group_sample(self, reply: list[Reply]) -> GroupSample:
        name, consumers, pending, delivered, entries_read, lag = self._group.values(reply)
        return GroupSample(name, consumers, pending, self._ids[delivered or _NOWHERE], entries_read, lag)

    def _stream_sample(self, key: bytes, facts: tuple[Reply, ...], groups: tuple[GroupSample, ...]) -> StreamSample:
        length, first, last, generated, deleted, added = facts
        ids = self._ids
        return StreamSample(
            key,
            length,
            first and ids[first],
            last and ids[last],
            ids[generated or _NOWHERE],
            deleted and ids[deleted],
            added,
            groups,
        )

    def forget(self, key: bytes) -> None:
        """Drops what is kept of a stream that could not be read."""
        self._known.pop(key, None)

    def keep(self, keys: set[bytes]) -> None:
        """Drops what is kept of all other streams."""
        self._known = {key: known for key, known in self._known.items() if key in keys}
