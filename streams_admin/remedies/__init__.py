"""The remedies: every kind of action that there is, each in a module of its own."""

from typing import Any

import msgspec

from streams_admin.facts import Facts, PendingColumns, PendingFact, encode
from streams_admin.models import Action, Plan
from streams_admin.remedies.acknowledge import Acknowledge
from streams_admin.remedies.acknowledge_delete import AcknowledgeDelete
from streams_admin.remedies.append_entry import AppendEntry
from streams_admin.remedies.base import Remedy
from streams_admin.remedies.claim import Claim
from streams_admin.remedies.create_consumer import CreateConsumer
from streams_admin.remedies.create_group import CreateGroup
from streams_admin.remedies.dead_letter import DeadLetter
from streams_admin.remedies.delete_entries import DeleteEntries
from streams_admin.remedies.delete_stream import DeleteStream
from streams_admin.remedies.destroy_group import DestroyGroup
from streams_admin.remedies.export import Export
from streams_admin.remedies.give_back import GiveBack
from streams_admin.remedies.purge_ghosts import PurgeGhosts
from streams_admin.remedies.remove_consumer import RemoveConsumer
from streams_admin.remedies.replay import Replay
from streams_admin.remedies.reset_idle import ResetIdle
from streams_admin.remedies.restore import Restore
from streams_admin.remedies.set_group_id import RepairGroup, SetGroupId
from streams_admin.remedies.trim import Trim

REMEDIES: tuple[Remedy[Any], ...] = (
    Claim(),
    Acknowledge(),
    GiveBack(),
    ResetIdle(),
    AcknowledgeDelete(),
    RemoveConsumer(),
    DeadLetter(),
    PurgeGhosts(),
    Trim(),
    CreateGroup(),
    SetGroupId(),
    RepairGroup(),
    DestroyGroup(),
    CreateConsumer(),
    AppendEntry(),
    DeleteEntries(),
    DeleteStream(),
    Replay(),
    Export(),
    Restore(),
)
_BY_KIND = {remedy.kind: remedy for remedy in REMEDIES}


def remedy_of(kind: str) -> Remedy[Any]:
    """The remedy of a kind; raises LookupError where it is not built in."""
    for its, remedy in _BY_KIND.items():
        if its == kind:
            return remedy
    raise LookupError(f"No remedy is called {kind}.")


def facts_of(row: Plan | Action) -> Facts:
    """What the plan froze. Raises msgspec.ValidationError where that is nothing that we froze."""
    found: Facts = msgspec.convert(_in_columns(row.facts), remedy_of(row.kind).facts)
    return found


def _in_columns(facts: dict[str, Any]) -> dict[str, Any]:
    """Pending entries that were frozen one by one, before they were kept by columns."""
    rows = facts.get("entries")
    if not isinstance(rows, list):
        return facts
    return facts | {"entries": encode(PendingColumns.of(msgspec.convert(rows, list[PendingFact])))}
