"""Subjects: what thresholds are judged on, and which of a tick's rows they are."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from dashboard.core.consumers import ConsumerFacts
from dashboard.core.glob import matches
from dashboard.core.metrics import ServerTick
from dashboard.core.threshold_metrics import CONSUMER_METRICS, GROUP_METRICS, SERVER_METRICS, Metric


class Subject(NamedTuple):
    """A stream, a group of it, or a consumer of that; all empty for the server itself."""

    key: bytes
    group: bytes = b""
    consumer: bytes = b""


SERVER = Subject(b"")
_NO_TAGS: Mapping[int, frozenset[str]] = {}


class Gone(msgspec.Struct, frozen=True):
    """A subject that has ended, and how, in a sentence."""

    reason: str


class Layout:
    """The streams and groups of a tick in rows, good for every tick that `fits`; and consumers, which come and go on their own."""

    def __init__(
        self, tick: ServerTick, ids: Mapping[bytes, int], tags: Mapping[int, frozenset[str]] = _NO_TAGS
    ) -> None:
        self._shape = _shape(tick)
        self.ids, self.tags = dict(ids), tags
        self.stream_rows = {Subject(key): row for row, key in enumerate(tick.streams)}
        pairs = (Subject(key, group.name) for key, stream in tick.streams.items() for group in stream.groups)
        self.group_rows = {subject: row for row, subject in enumerate(pairs)}
        self.consumer_rows: dict[Subject, int] = {}
        self._who: list[ConsumerFacts | None] = []

    def fits(self, tick: ServerTick, ids: Mapping[bytes, int]) -> bool:
        """Whether the tick has the same streams and groups, in the same order, under the same ids."""
        return self.ids == ids and self._shape == _shape(tick)

    def see_consumers(self, tick: ServerTick) -> None:
        """Lays out the consumers of a tick that fits; `consumer_rows` stays the same object where they are the same."""
        who = [group.who for stream in tick.streams.values() for group in stream.groups]
        # A few groups a second are looked at anew, and most of these have the consumers that they had.
        if len(who) != len(self._who) or any(
            now is not was and _names(now) != _names(was) for now, was in zip(who, self._who, strict=True)
        ):
            self.consumer_rows = {
                Subject(group.key, group.group, consumer.name): row
                for row, (group, consumer) in enumerate(
                    (group, consumer)
                    for group, facts in zip(self.group_rows, who, strict=True)
                    if facts
                    for consumer in facts.seen
                )
            }
        self._who = who

    def rows(self, metric: Metric) -> dict[Subject, int]:
        """The row of each subject that has the metric, one of a stream, a group or a consumer."""
        if metric in CONSUMER_METRICS:
            return self.consumer_rows
        return self.group_rows if metric in GROUP_METRICS else self.stream_rows


def _shape(tick: ServerTick) -> tuple[list[bytes], list[int], list[bytes]]:
    streams = tick.streams.values()
    return list(tick.streams), [len(s.groups) for s in streams], [g.name for s in streams for g in s.groups]


def _names(facts: ConsumerFacts | None) -> list[bytes]:
    return [consumer.name for consumer in facts.seen] if facts else []


class Scope(msgspec.Struct, frozen=True):
    """Which subjects a threshold is for: one stream by its id, or every stream that tag and patterns leave."""

    metric: Metric
    stream_id: int | None = None
    key_pattern: bytes = b"*"
    group_pattern: bytes = b"*"
    consumer_pattern: bytes = b"*"
    key_excludes: tuple[bytes, ...] = ()
    group_excludes: tuple[bytes, ...] = ()
    consumer_excludes: tuple[bytes, ...] = ()
    tag: str = ""

    def subjects(self, layout: Layout) -> dict[int, Subject]:
        """The subjects in scope by their rows."""
        if self.metric in SERVER_METRICS:
            return {0: SERVER}
        rows, tags = layout.rows(self.metric), layout.tags
        keys = {key for key, pk in layout.ids.items() if self.holds(key, pk, tags.get(pk, frozenset()))}
        # Names repeat over thousands of streams: each is matched once.
        groups = {group for group in {subject.group for subject in rows} if self.holds_group(group)}
        consumers = {one for one in {subject.consumer for subject in rows} if self.holds_consumer(one)}
        return {
            row: subject
            for subject, row in rows.items()
            if subject.key in keys and subject.group in groups and subject.consumer in consumers
        }

    def holds(self, key: bytes, stream_id: int, tags: frozenset[str] = frozenset()) -> bool:
        """Whether the stream is in scope."""
        if self.stream_id is not None:
            return stream_id == self.stream_id
        return (not self.tag or self.tag in tags) and _holds(key, self.key_pattern, self.key_excludes)

    def holds_group(self, group: bytes) -> bool:
        """Whether a group of this name is, on a stream that is; always, of metrics that are not a group's."""
        if self.metric not in GROUP_METRICS | CONSUMER_METRICS:
            return True
        return _holds(group, self.group_pattern, self.group_excludes)

    def holds_consumer(self, consumer: bytes) -> bool:
        """Whether a consumer of this name is, in a group that is; always, of metrics that are not a consumer's."""
        if self.metric not in CONSUMER_METRICS:
            return True
        return _holds(consumer, self.consumer_pattern, self.consumer_excludes)


def _holds(name: bytes, pattern: bytes, excludes: tuple[bytes, ...]) -> bool:
    if pattern != b"*" and not matches(pattern, name):
        return False
    return not any(matches(exclude, name) for exclude in excludes)
