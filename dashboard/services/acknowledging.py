"""Acknowledging: somebody takes care of an alert, for a while or until it resolves. Each change is an event of the alert."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from dashboard.models import Alert, AlertEvent

LONGEST_COMMENT = 500
# SQLite takes a limited number of parameters in one statement.
_BATCH = 500


def acknowledge_alert(
    *,
    alert: Alert,
    operator: User | AnonymousUser,
    now: datetime,
    comment: str = "",
    until: datetime | None = None,
) -> Alert | None:
    """The alert, now acknowledged by the operator; None where somebody has it, or it has resolved.

    Raises PermissionDenied where the operator may not acknowledge alerts, and ValueError, in words, on an end that is past.
    """
    done = acknowledge_alerts(alerts=[alert], operator=operator, now=now, comment=comment, until=until)
    if not done:
        return None
    alert.acknowledged_at, alert.acknowledged_by = now, done[0].acknowledged_by
    alert.acknowledged_until, alert.comment = until, done[0].comment
    return alert


def acknowledge_alerts(
    *,
    alerts: Iterable[Alert],
    operator: User | AnonymousUser,
    now: datetime,
    comment: str = "",
    until: datetime | None = None,
) -> list[Alert]:
    """Those of them that are acknowledged by this call, whose end is `until`, or when they resolve. Raises as above."""
    person = _allowed(operator)
    if until is not None and until <= now:
        raise ValueError("Acknowledging ends in the future: give a later end.")
    numbers = sorted({alert.pk for alert in alerts})
    facts = {
        "acknowledged_at": now,
        "acknowledged_by": person,
        "acknowledged_until": until,
        "comment": comment.strip()[:LONGEST_COMMENT],
    }
    done: list[Alert] = []
    for batch in _batches(numbers):
        # One whose time is over is anybody's, whether or not the notifier has said so yet.
        free = Q(acknowledged_at=None) | Q(acknowledged_until__lte=now)
        done += _change(Q(free, pk__in=batch), facts, AlertEvent.Kind.ACKNOWLEDGED, now=now, by=person)
    return done


def unacknowledge_alert(*, alert: Alert, operator: User | AnonymousUser, now: datetime) -> Alert | None:
    """The alert, which nobody takes care of now; None where nobody did, or it has resolved. Raises PermissionDenied."""
    person = _allowed(operator)
    mine = Q(pk=alert.pk) & ~Q(acknowledged_at=None)
    done = _change(mine, _NOBODY, AlertEvent.Kind.UNACKNOWLEDGED, now=now, by=person)
    return done[0] if done else None


def end_lapsed(now: datetime, most: int = _BATCH) -> list[Alert]:
    """The open alerts whose acknowledging has come to its end, at most so many at once: receivers may hear of them again."""
    lapsed = Alert.objects.open().filter(acknowledged_until__lte=now).exclude(acknowledged_at=None)
    numbers = list(lapsed.order_by("acknowledged_until", "pk").values_list("pk", flat=True)[:most])
    if not numbers:
        return []
    # Asked again inside: an operator may have prolonged it meanwhile.
    still = Q(pk__in=numbers, acknowledged_until__lte=now) & ~Q(acknowledged_at=None)
    return _change(still, _NOBODY, AlertEvent.Kind.UNACKNOWLEDGED, now=now, text="Its time was over.")


_NOBODY: dict[str, object] = {
    "acknowledged_at": None,
    "acknowledged_by": None,
    "acknowledged_until": None,
    "comment": "",
}


def _change(
    which: Q, facts: dict[str, object], kind: AlertEvent.Kind, *, now: datetime, by: User | None = None, text: str = ""
) -> list[Alert]:
    """Writes the change and its events at once, to those of the open alerts that are still so when they are locked."""
    with transaction.atomic():
        # Operators, notifiers and the sampler that resolves it may race here. PostgreSQL waits for the other's lock and
        # asks again; SQLite has one writer at a time. So whom this finds, nobody else changes until it is written.
        found = list(Alert.objects.open().filter(which).select_for_update().order_by("pk"))
        changed = [alert.pk for alert in found]
        Alert.objects.filter(pk__in=changed).update(**facts)
        for alert in found:
            for name, value in facts.items():
                setattr(alert, name, value)
        AlertEvent.objects.bulk_create(
            AlertEvent(
                alert=alert,
                kind=kind,
                at=now,
                severity=alert.severity,
                value=alert.last_value,
                text=text or alert.comment,
                by=by,
            )
            for alert in found
        )
    return found


def _allowed(operator: User | AnonymousUser) -> User:
    if isinstance(operator, AnonymousUser) or not operator.has_perm("dashboard.acknowledge_alert"):
        raise PermissionDenied("You may not acknowledge alerts; ask an administrator for the Operator role.")
    return operator


def _batches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(numbers), _BATCH):
        yield numbers[first : first + _BATCH]
