"""Pages about backups: those of a stream, the file itself, and the way back. Taking one is a remedy like any other."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import redis
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render

from dashboard.models import Server, Stream
from streams_admin.backup import shelf
from streams_admin.backup.model import Backup
from streams_admin.backup_forms import RestoreForm
from streams_admin.guard import operator_page
from streams_admin.models import PERMISSIONS, Kind
from streams_admin.planning import looking, planned
from streams_admin.plans import PlanError
from streams_admin.remedies.restore_plan import described, plan_restore

_EXPORT, _RESTORE = PERMISSIONS[Kind.EXPORT], PERMISSIONS[Kind.RESTORE]
_SHOWN = 100
_CHUNK = 256 * 1024
#: The file has all payloads as they are.
_TO_SEE_PAYLOADS = ("dashboard.view_payload", "dashboard.view_masked")


@operator_page(GET=(_EXPORT, _RESTORE))
def backups(request: HttpRequest, pk: int) -> HttpResponse:
    """The backups of a stream's key, newest first. Also where the stream is gone."""
    stream = get_object_or_404(Stream.objects.select_related("server"), pk=pk)
    context = {
        "stream": stream,
        "backups": Backup.objects.of(stream)[:_SHOWN],
        "may_download": request.user.has_perms(_TO_SEE_PAYLOADS),
    }
    return render(request, "streams_admin/backups.html", context)


@operator_page(GET=_EXPORT)
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file, to whoever may see all payloads."""
    if not request.user.has_perms(_TO_SEE_PAYLOADS):
        raise PermissionDenied(f"This needs the permissions {' and '.join(_TO_SEE_PAYLOADS)}: it holds every payload.")
    backup = get_object_or_404(Backup, pk=pk)
    path = shelf.path_of(backup.name)
    try:
        size = path.stat().st_size
    except OSError:
        raise Http404(f"The file {backup.name} is not on this machine any more.") from None
    headers = {
        "Content-Disposition": f'attachment; filename="{backup.name}"',
        "Content-Length": str(size),
        "Cache-Control": "no-store",
    }
    return StreamingHttpResponse(_chunks(path), content_type="application/gzip", headers=headers)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    # Asynchronous, for a response of an ordinary iterator is read to its end before any of it is sent.
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
    finally:
        file.close()


@operator_page(GET=_RESTORE, POST=_RESTORE)
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks where to, and goes on to the plan."""
    backup = get_object_or_404(Backup, pk=pk)
    form = RestoreForm(request.POST if request.method == "POST" else None, backup=backup)
    if request.method == "POST" and form.is_valid():
        return looking(request, form.stream().pk, lambda *seen: _plan(*seen, backup=backup, form=form))
    return _ask(request, backup, form)


def _plan(
    request: HttpRequest, stream: Stream, client: "redis.Redis", *, backup: Backup, form: RestoreForm
) -> HttpResponse:
    is_cluster = stream.server.topology == Server.Topology.CLUSTER
    try:
        return planned(
            request, stream, plan_restore(client, bytes(stream.key), described(backup), is_cluster=is_cluster)
        )
    except PlanError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
    return _ask(request, backup, form)


def _ask(request: HttpRequest, backup: Backup, form: RestoreForm) -> HttpResponse:
    if not Server.objects.exists():
        messages.warning(request, "No server is registered that it could be restored to.")
    context = {"backup": backup, "form": form}
    return render(request, "streams_admin/restore.html", context, status=400 if form.errors else 200)
