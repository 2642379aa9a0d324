"""Sending again: a notification that was given up, or one that arrived and was not seen."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied

from dashboard.models import Notification

#: What is on its way already is not sent again.
ENDED = (Notification.State.DEAD, Notification.State.DELIVERED)


def send_again(
    *, notifications: Iterable[Notification], operator: User | AnonymousUser, now: datetime
) -> list[Notification]:
    """Those of them that a notifier will send again, from now on. Raises PermissionDenied.

    Each keeps its text and its key, so that a receiver that has it already can tell.
    """
    if isinstance(operator, AnonymousUser) or not operator.has_perm("dashboard.resend_notification"):
        raise PermissionDenied("You may not send notifications again; ask an administrator for the Operator role.")
    return [notification for notification in notifications if _is_due(notification, now)]


def _is_due(notification: Notification, now: datetime) -> bool:
    # Two operators may press at once: only the one whose update counts sends it again.
    facts = {
        "state": Notification.State.DUE,
        "tries": 0,
        "next_try_at": now,
        "claimed_until": None,
        "delivered_at": None,
    }
    if not Notification.objects.filter(pk=notification.pk, state__in=ENDED).update(**facts):
        return False
    for name, value in facts.items():
        setattr(notification, name, value)
    return True
