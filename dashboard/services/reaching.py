"""Reach: which streams and servers of the registry a threshold is for, saved or not."""

from collections.abc import Callable

import msgspec

from dashboard.core.glob import matches
from dashboard.core.threshold_metrics import SERVER_METRICS
from dashboard.models import Server, Stream, Threshold
from dashboard.models.stream import StreamQuerySet

Fits = Callable[[bytes], bool]


class Reached(msgspec.Struct, frozen=True):
    """A stream in scope, by its ids; a server has no key."""

    server_id: int
    stream_id: int | None = None
    key: bytes = b""


def reached(threshold: Threshold) -> list[Reached]:
    """The streams, present and watched, or the servers that the threshold would judge now, in order of name."""
    if threshold.metric in SERVER_METRICS:
        servers = Server.objects.enabled()
        if threshold.server_id:
            servers = servers.filter(pk=threshold.server_id)
        return [Reached(pk) for pk in servers.values_list("pk", flat=True)]
    fits = fitting(threshold.key_pattern, threshold.key_excludes)
    rows = _candidates(threshold).values_list("server_id", "pk", "key", "tags")
    found = (Reached(server, pk, bytes(key)) for server, pk, key, tags in rows if _tagged(threshold.tag, tags))
    return [one for one in found if threshold.stream_id or fits(one.key)]


def _candidates(threshold: Threshold) -> StreamQuerySet:
    streams = Stream.objects.watched().present()
    if threshold.stream_id:
        return streams.filter(pk=threshold.stream_id)
    return streams.filter(server_id=threshold.server_id) if threshold.server_id else streams


def _tagged(tag: str, tags: str) -> bool:
    return not tag or tag in [one.strip() for one in tags.split(",")]


def fitting(pattern: str, excludes: str) -> Fits:
    """Whether a name fits the glob and none of those, one a line, that leave names out."""
    wanted, left_out = (pattern or "*").encode(), [line.encode() for line in excludes.splitlines() if line]

    def fits(name: bytes) -> bool:
        return (wanted == b"*" or matches(wanted, name)) and not any(matches(one, name) for one in left_out)

    return fits
