"""Replies of XINFO as samples. Fields are found by name, so unknown and absent ones do no harm; payloads end here.

Ten thousand streams a second pass through here, so what did not change since the last sweep is not made again.
"""

from operator import itemgetter
from typing import cast

import msgspec

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
        self._absent = False
        self._chosen = itemgetter(*range(len(fields)))

    def values(self, reply: list[Reply]) -> tuple[Reply, ...]:
        """The values of our fields in order; None for an absent one."""
        names = reply[::2]
        if names != self._names:
            self._learn(names)
        if self._absent:
            reply = [*reply, None]
        return cast(tuple[Reply, ...], self._chosen(reply))

    def _learn(self, names: list[bytes]) -> None:
        self._names = names
        places = [2 * names.index(field) + 1 if field in names else 2 * len(names) for field in self._fields]
        self._absent = 2 * len(names) in places
        self._chosen = itemgetter(*places)


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
        self._known: dict[bytes, _Known] = {}

    def read(self, key: bytes, groups: Reply, stream: Reply) -> StreamSample:
        """The sample of a stream from its replies to XINFO GROUPS and XINFO STREAM."""
        length, first, last, generated, deleted, added = self._stream.values(stream)
        facts = (length, first and first[0], last and last[0], generated, deleted, added)
        known = self._known.get(key)
        if known is None:
            samples = tuple([self._group_sample(group) for group in groups])
        elif known.groups == groups:
            if known.facts == facts:
                return known.sample
            samples = known.sample.groups
        else:
            samples = self._changed_groups(known, groups)
        sample = _stream_sample(key, facts, samples)
        self._known[key] = _Known(facts, groups, sample)
        return sample

    def _changed_groups(self, known: _Known, groups: list[list[Reply]]) -> tuple[GroupSample, ...]:
        before = zip(known.groups, known.sample.groups, strict=True)
        if len(known.groups) != len(groups):
            return tuple([self._group_sample(group) for group in groups])
        return tuple(
            [
                sample if group == raw else self._group_sample(group)
                for group, (raw, sample) in zip(groups, before, strict=True)
            ]
        )

    def _group_sample(self, reply: list[Reply]) -> GroupSample:
        name, consumers, pending, delivered, entries_read, lag = self._group.values(reply)
        return GroupSample(name, consumers, pending, _id(delivered) or ZERO, entries_read, lag)

    def forget(self, key: bytes) -> None:
        """Drops what is kept of a stream that could not be read."""
        self._known.pop(key, None)

    def keep(self, keys: set[bytes]) -> None:
        """Drops what is kept of all other streams."""
        self._known = {key: known for key, known in self._known.items() if key in keys}


def _stream_sample(key: bytes, facts: tuple[Reply, ...], groups: tuple[GroupSample, ...]) -> StreamSample:
    length, first, last, generated, deleted, added = facts
    last_generated = _id(generated) or ZERO
    return StreamSample(
        key,
        length,
        _id(first),
        last_generated if last == generated else _id(last),
        last_generated,
        ZERO if deleted == b"0-0" else _id(deleted),
        added,
        groups,
    )


def _id(raw: bytes | None) -> EntryId | None:
    # EntryId.parse also checks, and a named tuple's own constructor is a call more; these are tens of thousands a second.
    if raw is None:
        return None
    ms, _, seq = raw.partition(b"-")
    return tuple.__new__(EntryId, (int(ms), int(seq)))
