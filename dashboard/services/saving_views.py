"""Saving views of the overview, changing them, and choosing the one that it opens with.

Each service is told who asks: only its owner changes a view, and what is not the owner's is as good as not there.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dashboard.models import DefaultView, SavedView

#: More than these are no help to anybody.
MOST_VIEWS = 100
#: So long a deletion can be taken back.
UNDO_FOR = timedelta(hours=1)


class RefusedError(Exception):
    """What was asked for cannot be; its text says why."""


def save_view(*, owner_id: int, name: str, query: str, shared: bool, now: datetime) -> SavedView:
    """Saves a view, in place of the owner's own of that name. Raises RefusedError where there are too many."""
    SavedView.objects.deleted_before(now - UNDO_FOR).delete()
    others = SavedView.objects.kept().filter(owner_id=owner_id).exclude(name=name)
    if others.count() >= MOST_VIEWS:
        raise RefusedError(_("You have {most} views: delete one first.").format(most=MOST_VIEWS))
    # Two windows of one person may race here; the constraint lets one of them make it, the other one updates.
    view, _made = SavedView.objects.update_or_create(
        owner_id=owner_id, name=name, deleted_at=None, defaults={"query": query, "shared": shared}
    )
    return view


def change_view(*, view_id: int, owner_id: int, name: str, shared: bool) -> SavedView | None:
    """Renames a view, and shares it or keeps it to its owner; None where it is not theirs. Raises RefusedError."""
    view = SavedView.objects.kept().filter(pk=view_id, owner_id=owner_id).first()
    if view is None:
        return None
    view.name, view.shared = name, shared
    _save(view)
    return view


def delete_view(*, view_id: int, owner_id: int, now: datetime) -> bool:
    """Deletes the owner's view for as long as nobody takes that back; False where there is nothing to delete."""
    return bool(SavedView.objects.kept().filter(pk=view_id, owner_id=owner_id).update(deleted_at=now))


def restore_view(*, view_id: int, owner_id: int) -> bool:
    """Takes a deletion back; False where there is none. Raises RefusedError where its name is used again."""
    view = SavedView.objects.filter(pk=view_id, owner_id=owner_id).exclude(deleted_at=None).first()
    if view is None:
        return False
    view.deleted_at = None
    _save(view)
    return True


def choose_default(*, user_id: int, view_id: int | None) -> bool:
    """Opens the overview with a view that the user sees, or with the plain one; False where they see no such view."""
    if view_id is None:
        DefaultView.objects.filter(user_id=user_id).delete()
        return True
    if not SavedView.objects.seen_by(user_id).filter(pk=view_id).exists():
        return False
    DefaultView.objects.update_or_create(user_id=user_id, defaults={"view_id": view_id})
    return True


def default_view(user_id: int) -> SavedView | None:
    """The view that the overview opens with for the user; None where they chose none, or do not see it any more."""
    chosen = DefaultView.objects.filter(user_id=user_id).values("view_id")
    return SavedView.objects.seen_by(user_id).filter(pk__in=chosen).first()


def _save(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        # The constraint knows, whoever else saves at this moment.
        raise RefusedError(_("You have another view with the name “{name}”.").format(name=view.name)) from None
