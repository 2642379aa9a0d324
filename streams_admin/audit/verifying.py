"""Checking the audit: every entry against the one before, and every action against what the entries say of it."""

from collections.abc import Iterator

import msgspec

from streams_admin.audit.entry import GENESIS, AuditEntry, digest
from streams_admin.models import Action

_AT_ONCE = 500


class Flaw(msgspec.Struct, frozen=True):
    """Something that does not fit, in words."""

    text: str


def flaws() -> Iterator[Flaw]:
    """What does not fit, in the order of the chain, then of the actions. Holds 500 rows at most."""
    yield from _of_the_chain()
    yield from _of_the_actions()


def _of_the_chain() -> Iterator[Flaw]:
    before, number = GENESIS, 0
    for entry in AuditEntry.objects.order_by("pk").iterator(_AT_ONCE):
        if entry.hash != entry.own_hash:
            yield Flaw(f"Entry {entry.pk} (action {entry.action_id}, {entry.what}) was altered: its hash is another.")
        if entry.previous != before:
            place = f"after entry {number}" if number else "at the beginning"
            yield Flaw(f"Entry {entry.pk} does not follow the one before it: an entry is missing or was moved {place}.")
        before, number = entry.hash, entry.pk


def _of_the_actions() -> Iterator[Flaw]:
    first = AuditEntry.objects.order_by("pk").first()
    if first is None:
        return
    # Actions of a release that had no chain yet have no entries.
    for action in Action.objects.filter(started_at__gte=first.at).order_by("pk").iterator(_AT_ONCE):
        entries = list(AuditEntry.objects.filter(action=action).order_by("pk"))
        if not entries:
            yield Flaw(f"Action {action.pk} ({action.title}) has no entry: they were removed, or it was made by hand.")
            continue
        yield from _of_one(action, entries)


def _of_one(action: Action, entries: list[AuditEntry]) -> Iterator[Flaw]:
    intended = msgspec.json.decode(entries[0].body)
    said = {
        "facts": digest(action.facts),
        "commands": digest(action.commands),
        "title": action.title,
        "why": action.why,
    }
    for name, value in said.items():
        if intended.get(name) != value:
            yield Flaw(f"Action {action.pk}: its {name} are not those that were confirmed.")
    last = entries[-1]
    if last.what != AuditEntry.What.ENDED:
        if action.state != Action.State.STARTED:
            yield Flaw(f"Action {action.pk} is {action.state}, and no entry says how it ended.")
        return
    ended = msgspec.json.decode(last.body)
    if (ended.get("state"), ended.get("outcome")) != (action.state, digest(action.outcome)):
        yield Flaw(f"Action {action.pk}: its end or its result is not what was written down.")
