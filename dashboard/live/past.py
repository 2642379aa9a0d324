"""The past up to this moment: what history has stored, and the last seconds that it has not stored yet."""

from collections.abc import Collection

from dashboard.history import expiry, reading
from dashboard.history.metrics import Kind, Subject
from dashboard.history.series import Series
from dashboard.live.latest import read_recent
from dashboard.models import Server, Stream


def read_past(
    stream: Stream, *, since: float, until: float, metrics: Collection[str] | None = None, now: float | None = None
) -> Series:
    """What `history.reading.read` returns of a stream, without a hole between it and the samples that come live."""
    subject = Subject(Kind.STREAM, stream.pk)
    return reading.read(subject, since=since, until=until, metrics=metrics, tail=read_recent(stream.server_id), now=now)


def read_server_past(
    server: Server, *, since: float, until: float, metrics: Collection[str] | None = None, now: float | None = None
) -> Series:
    """The same of a server's own health."""
    subject = Subject(Kind.SERVER, server.pk)
    return reading.read(subject, since=since, until=until, metrics=metrics, tail=read_recent(server.pk), now=now)


def forget_deleted() -> int:
    """Deletes a few of the blocks of streams and servers that the registry does not have any more; returns how many."""
    known = {Kind.STREAM: Stream.objects, Kind.SERVER: Server.objects}
    gone = [
        Subject(kind, pk)
        for kind, registered in known.items()
        for pk in expiry.subjects(kind) - set(registered.values_list("pk", flat=True))
    ]
    return expiry.forget(gone)
