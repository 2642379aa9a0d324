"""Everything that can be done to a stream, on one page: what it is for, and whether this person may."""

from collections.abc import Iterator

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from dashboard.models import Stream
from streams_admin.access.bound import may
from streams_admin.asks import ASKS
from streams_admin.guard import operator_page
from streams_admin.models import PERMISSIONS, Kind


class Way(msgspec.Struct, frozen=True):
    """A link to a remedy. `url` is a name of the admin."""

    title: str
    sentence: str
    permission: str
    url: str
    kind: str = ""


def _asks(*kinds: Kind) -> Iterator[Way]:
    for kind in kinds:
        its = ASKS[kind]
        yield Way(its.title, its.sentence, PERMISSIONS[kind], "dashboard_stream_ask", kind.value)


SECTIONS: tuple[tuple[str, tuple[Way, ...]], ...] = (
    (
        "Pending entries",
        (
            Way(
                "Claim or acknowledge",
                "Filter and select pending entries; give them to another consumer, or count them as processed.",
                "dashboard.view_stream",
                "dashboard_stream_pending",
            ),
            *_asks(Kind.REMOVE_CONSUMER, Kind.DEAD_LETTER, Kind.PURGE_GHOSTS),
        ),
    ),
    (
        "Groups and consumers",
        tuple(
            _asks(
                Kind.CREATE_GROUP,
                Kind.SET_GROUP_ID,
                Kind.REPAIR_GROUP,
                Kind.DESTROY_GROUP,
                Kind.CREATE_CONSUMER,
            )
        ),
    ),
    (
        "Entries",
        (
            Way(
                "Trim",
                "The oldest entries go: what every group has acknowledged, or to a length or an age.",
                PERMISSIONS[Kind.TRIM],
                "dashboard_stream_trim",
            ),
            *_asks(Kind.REPLAY, Kind.APPEND_ENTRY, Kind.DELETE_ENTRIES),
        ),
    ),
    (
        "The whole stream",
        (
            *_asks(Kind.EXPORT),
            Way(
                "Restore a backup",
                "Anew where nothing is, or what is missing among what is there; compared with the file before it counts.",
                PERMISSIONS[Kind.RESTORE],
                "dashboard_stream_backups",
            ),
            *_asks(Kind.DELETE_STREAM),
        ),
    ),
)


@operator_page(GET="dashboard.view_stream")
def recover(request: HttpRequest, pk: int) -> HttpResponse:
    """All remedies of a stream."""
    stream = get_object_or_404(Stream.objects.select_related("server"), pk=pk)
    sections = [(title, list(_offered(request, stream, ways))) for title, ways in SECTIONS]
    return render(request, "streams_admin/recover.html", {"stream": stream, "sections": sections})


def _offered(request: HttpRequest, stream: Stream, ways: tuple[Way, ...]) -> Iterator[tuple[Way, str, bool]]:
    """Each way with its address and whether the person may go it."""
    for way in ways:
        address = reverse(f"admin:{way.url}", args=[stream.pk, *([way.kind] if way.kind else [])])
        acts = way.permission.startswith("streams_admin.")
        yield way, address, may(request.user, way.permission, stream) if acts else request.user.has_perm(way.permission)
