"""Adding to the audit: in the transaction of what it tells, at the end of the chain."""

from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from streams_admin.audit.entry import GENESIS, AuditEntry, canonical, digest
from streams_admin.models import Action

_TRIES = 20


def write_entry(action: Action, what: AuditEntry.What, *, at: datetime, who: str, address: str | None = None) -> None:
    """Adds what happened to the action. Raises DatabaseError, and then nothing of the caller's transaction stands."""
    body = canonical(_intent(action) if what == AuditEntry.What.INTENDED else _end(action))
    for attempt in range(_TRIES):
        last = AuditEntry.objects.order_by("-pk").values_list("hash", flat=True).first()
        entry = AuditEntry(
            action=action,
            what=what,
            at=at.astimezone(UTC),
            who=who,
            address=address or "",
            body=body,
            previous=last or GENESIS,
        )
        entry.hash = entry.own_hash
        try:
            with transaction.atomic():
                entry.save()
        except IntegrityError:
            # Somebody else was first at this place of the chain: ours comes after theirs.
            if attempt == _TRIES - 1:
                raise
        else:
            return


def _intent(action: Action) -> dict[str, object]:
    return {
        "kind": action.kind,
        "title": action.title,
        "server": action.server_name,
        "key": bytes(action.key).hex(),
        "group": bytes(action.group).hex(),
        "policy": action.policy,
        "why": action.why,
        "undoes": action.undoes_id,
        "commands": digest(action.commands),
        "facts": digest(action.facts),
    }


def _end(action: Action) -> dict[str, object]:
    return {
        "state": action.state,
        "reason": action.reason,
        "done": action.outcome.get("done", 0),
        "outcome": digest(action.outcome),
    }
