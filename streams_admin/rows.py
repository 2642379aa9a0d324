"""Rows that pages show: numbers as text, ids with their time."""

from datetime import UTC, datetime

import msgspec

from dashboard.core.entry_id import EntryId
from dashboard.core.names import display, to_slug
from streams_admin.facts import GroupFact, PendingFact
from streams_admin.wording import duration

CLOCK_IDS_FROM_MS = 1_420_070_400_000  # 2015: ids below are no clock
_CLOCK_IDS_TO_MS = 4_102_444_800_000  # 2100


class PendingRow(msgspec.Struct, frozen=True):
    """One pending entry of a table."""

    id: str
    at: datetime | None
    consumer: str
    deliveries: int
    idle: str


def pending_row(fact: PendingFact) -> PendingRow:
    """The entry as a table shows it."""
    return PendingRow(fact.id, time_of(fact.id), display(fact.owner), fact.deliveries, duration(fact.idle_ms // 1000))


class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """One group of the trim pages."""

    name: str
    slug: str
    pending: int
    last_delivered_id: str
    lowest_pending_id: str | None
    pins: bool
    fact: GroupFact


def group_row(group: GroupFact, pinned_by: bytes | None) -> GroupRow:
    """The group as a table shows it; `pins` where it is the one that holds the watermark."""
    return GroupRow(
        name=display(group.name),
        slug=to_slug(group.name),
        pending=group.pending,
        last_delivered_id=group.last_delivered_id,
        lowest_pending_id=group.lowest_pending_id,
        pins=group.name == pinned_by,
        fact=group,
    )


def time_of(entry_id: str) -> datetime | None:
    """When the entry was added, where its id looks like a clock's."""
    ms = EntryId.parse(entry_id).ms
    return datetime.fromtimestamp(ms / 1000, UTC) if CLOCK_IDS_FROM_MS <= ms <= _CLOCK_IDS_TO_MS else None
