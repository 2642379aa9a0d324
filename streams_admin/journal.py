"""The history of what is configured: what was done to a row beside changing it, where the admin shows its history."""

from collections.abc import Sequence

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model


def note(rows: Sequence[Model], person: User | AnonymousUser, what: str) -> list[LogEntry]:
    """Writes down who did it to each of the rows; the entries. `what` holds no secret."""
    return [LogEntry.objects.log_actions(person.pk or 0, [row], CHANGE, what, single_object=True) for row in rows]
