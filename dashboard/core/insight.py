"""Insights: what slower reads than the sweep brought to light, each true of the moment it was read."""

from collections.abc import Mapping

import msgspec

from dashboard.core.consumers import ConsumerFacts
from dashboard.core.damage import PendingFacts
from dashboard.core.entry_id import EntryId
from dashboard.core.measured import Measured

Place = tuple[bytes, bytes]  # key and group


class Counted(msgspec.Struct, frozen=True):
    """Entries found above `since` (T4), for servers that do not count what is added; more where it is not complete."""

    since: EntryId
    count: int
    complete: bool


class Insights(msgspec.Struct, frozen=True):
    """What is new since the last tick."""

    measured: Mapping[Place, Measured] = {}
    pending: Mapping[Place, PendingFacts] = {}
    consumers: Mapping[Place, ConsumerFacts] = {}
    added: Mapping[bytes, Counted] = {}


NOTHING_NEW = Insights()
