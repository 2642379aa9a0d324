"""Saved views of the overview, as JSON: every answer is the whole list, so that the page shows what is there."""

from collections.abc import Callable
from typing import Any

import msgspec
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.models import SavedView
from dashboard.services import saving_views
from dashboard.services.saving_views import RefusedError
from dashboard.views.streams_data import answer, problem

LONGEST_NAME = 80
LONGEST_QUERY = 2000

_GONE = gettext_noop("There is no such view of yours any more.")


class ViewRow(msgspec.Struct, kw_only=True):
    """One view as the menu lists it. `query` is what stands after the “?” of its address."""

    id: int
    name: str
    query: str
    shared: bool
    own: bool
    owner: str
    default: bool


def rows_for(user: Any) -> list[ViewRow]:
    """The views that the user sees, by name; their own first."""
    default = saving_views.default_view(user.pk)
    views = SavedView.objects.seen_by(user.pk).select_related("owner")
    rows = [_row(view, user.pk, default.pk if default else None) for view in views]
    return sorted(rows, key=lambda row: (not row.own, row.name.casefold()))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("dashboard.view_stream", raise_exception=True)
def saved_views(request: HttpRequest) -> HttpResponse:
    """All views that the user sees; POST saves one: `name`, `query`, `shared`."""
    if request.method != "POST":
        return _listed(request)
    query = _plain(request.POST.get("query", ""))
    if len(query) > LONGEST_QUERY:
        return problem(_("This view’s address is too long to be saved."), status=400, remedy=_("Filter by less."))
    return _named(request, lambda name, shared: _save(request, name, query, shared))


@require_POST
@permission_required("dashboard.view_stream", raise_exception=True)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Renames a view of the user's own, and shares it or not: `name`, `shared`."""

    def apply(name: str, shared: bool) -> bool:
        return bool(saving_views.change_view(view_id=pk, owner_id=user_id(request), name=name, shared=shared))

    return _named(request, apply)


@require_POST
@permission_required("dashboard.view_stream", raise_exception=True)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Deletes a view of the user's own."""
    done = saving_views.delete_view(view_id=pk, owner_id=user_id(request), now=timezone.now())
    return _listed(request) if done else problem(_(_GONE), status=404)


@require_POST
@permission_required("dashboard.view_stream", raise_exception=True)
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes the deletion of a view back."""
    try:
        done = saving_views.restore_view(view_id=pk, owner_id=user_id(request))
    except RefusedError as error:
        return problem(str(error), status=400)
    return _listed(request) if done else problem(_(_GONE), status=404)


@require_POST
@permission_required("dashboard.view_stream", raise_exception=True)
def choose(request: HttpRequest) -> HttpResponse:
    """Opens the overview with `view` from now on; with the plain one where that is empty."""
    word = request.POST.get("view", "")
    if word and not (word.isascii() and word.isdigit() and len(word) < 19):
        return problem(_(_GONE), status=404)
    done = saving_views.choose_default(user_id=user_id(request), view_id=int(word) if word else None)
    return _listed(request) if done else problem(_(_GONE), status=404)


def _named(request: HttpRequest, apply: Callable[[str, bool], bool]) -> HttpResponse:
    name = " ".join(request.POST.get("name", "").split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return problem(_("A view needs a name of at most {most} characters.").format(most=LONGEST_NAME), status=400)
    try:
        done = apply(name, request.POST.get("shared") == "1")
    except RefusedError as error:
        return problem(str(error), status=400)
    return _listed(request) if done else problem(_(_GONE), status=404)


def _save(request: HttpRequest, name: str, query: str, shared: bool) -> bool:
    saving_views.save_view(owner_id=user_id(request), name=name, query=query, shared=shared, now=timezone.now())
    return True


def _listed(request: HttpRequest) -> HttpResponse:
    return answer({"views": rows_for(request.user)})


def _row(view: SavedView, user_id: int, default_id: int | None) -> ViewRow:
    return ViewRow(
        id=view.pk,
        name=view.name,
        query=view.query,
        shared=view.shared,
        own=view.owner_id == user_id,
        owner=view.owner.get_username(),
        default=view.pk == default_id,
    )


def _plain(query: str) -> str:
    # Written anew, so that it is a query and nothing else, wherever it is put.
    return QueryDict(query.lstrip("?")[: 2 * LONGEST_QUERY]).urlencode()


def user_id(request: HttpRequest) -> int:
    """Who asks; for views that only those who are signed in reach."""
    pk = request.user.pk
    assert pk is not None  # noqa: S101 - for the type checker: the permission has seen to it
    return pk
