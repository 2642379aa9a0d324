"""What the bar of every page tells of recovery."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from streams_admin.access.approval import Approval
from streams_admin.access.asking import RIGHT, why_not

_MOST = 20


def approvals(request: HttpRequest) -> dict[str, object]:
    """How many plans of others wait for this person's word. Lazy: a page without the bar asks the database nothing."""
    return {"awaited": SimpleLazyObject(lambda: awaited_by(request.user))}


def awaited_by(person: AbstractBaseUser | AnonymousUser) -> int:
    """How many plans wait that the person may approve; 20 at most."""
    if not isinstance(person, User) or not person.has_perm(RIGHT):
        return 0
    now = timezone.now()
    waiting = Approval.objects.waiting(now).exclude(asked_by=person).select_related("plan__stream__server")[:_MOST]
    return sum(not why_not(approval, person, now) for approval in waiting)
