"""The search behind Ctrl+K: streams, groups, servers, pages and what can be done, as far as the reader may see them."""

from collections.abc import Iterable, Sequence

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dashboard.core.finding import Entry, entry, find, words_of
from dashboard.live.index import index
from dashboard.views.streams_data import answer

#: Of each kind; who wants more types more.
MOST = 8
#: Of one kind, where it is asked for alone.
MOST_OF_ONE = 50

#: (verb, its permission, its page) of what can be done to a stream.
_VERBS = (
    ("pending", "streams_admin.claim_entries", "admin:dashboard_stream_pending"),
    ("trim", "streams_admin.trim_stream", "admin:dashboard_stream_trim"),
)
_LEAST_OF_A_VERB = 3


@require_safe
@permission_required("dashboard.view_stream", raise_exception=True)
def search(request: HttpRequest) -> HttpResponse:
    """JSON: {"hits": [{kind, name, detail, url}], "more": {kind: how many are left out}}.

    `q` is what was typed, `kind` the only kind that is wanted.
    """
    words, kind = words_of(request.GET.get("q", "")), request.GET.get("kind", "")
    hits: list[dict[str, str]] = []
    more: dict[str, int] = {}
    for name, entries in _findable(request.user, words):
        if kind in ("", name) and (words or kind == name):
            found, count = find(entries, [] if name == "action" else words, most=MOST_OF_ONE if kind else MOST)
            hits += [{"kind": name, "name": each.name, "detail": each.detail, "url": each.url} for each in found]
            more |= {name: count - len(found)} if count > len(found) else {}
    return answer({"hits": hits, "more": more})


def _findable(user: User | AnonymousUser, words: Sequence[str]) -> Iterable[tuple[str, Iterable[Entry]]]:
    known = index()
    yield "action", _actions(user, words, known.streams)
    yield "stream", known.streams
    yield "group", known.groups
    if user.has_perm("dashboard.view_server"):
        yield "server", known.servers
    yield "page", _pages(user)


def _actions(user: User | AnonymousUser, words: Sequence[str], streams: Iterable[Entry]) -> list[Entry]:
    """ "trim pay" finds what can be trimmed: a verb, by its beginning, and the words of a stream."""
    if len(words) < 2 or not user.is_staff:
        return []
    found = []
    for verb, permission, page in _VERBS:
        spoken = {"pending": _("pending of"), "trim": _("trim")}[verb]
        if _means(words[0], verb, spoken) and user.has_perm(permission):
            best, _count = find(streams, list(words[1:]), most=MOST)
            titles = {"pending": _("Pending entries of {name}"), "trim": _("Trim {name}")}
            found += [
                entry(
                    "action",
                    titles[verb].format(name=each.name),
                    detail=each.detail,
                    url=reverse(page, args=[_pk(each)]),
                )
                for each in best
            ]
    return found


def _means(word: str, *verbs: str) -> bool:
    return len(word) >= _LEAST_OF_A_VERB and any(verb.startswith(word) for verb in verbs)


def _pk(stream: Entry) -> str:
    return stream.url.strip("/").rpartition("/")[2]


def _pages(user: User | AnonymousUser) -> list[Entry]:
    pages = [
        ("dashboard.view_stream", "overview", _("Overview")),
        ("dashboard.view_stream", "alerts", _("Alerts")),
        ("dashboard.view_silence", "silences", _("Silences")),
        ("streams_admin.view_action", "actions", _("Actions")),
    ]
    staff = [
        ("dashboard.add_server", "admin:dashboard_server_add", _("Add a server")),
        ("dashboard.change_server", "admin:dashboard_server_changelist", _("Servers")),
        ("dashboard.change_stream", "admin:dashboard_stream_changelist", _("Streams")),
        ("dashboard.add_threshold", "admin:dashboard_threshold_add", _("Add a threshold")),
        ("dashboard.view_threshold", "admin:dashboard_threshold_changelist", _("Thresholds")),
        ("auth.view_user", "admin:auth_user_changelist", _("Users")),
    ]
    shown = pages + (staff if user.is_staff else [])
    return [
        entry("page", name, detail=_("in the admin") if page.startswith("admin:") else "", url=reverse(page))
        for permission, page, name in shown
        if user.has_perm(permission)
    ]
