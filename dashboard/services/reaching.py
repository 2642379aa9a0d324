"""Reach: which streams and servers of the registry a threshold is for, saved or not."""

from collections.abc import Collection

import msgspec

from dashboard.core.threshold_metrics import SERVER_METRICS
from dashboard.models import Server, Stream, Threshold
from dashboard.models.stream import StreamQuerySet
from dashboard.services.definitions import scope_of


class Reached(msgspec.Struct, frozen=True):
    """A stream in scope, by its ids; a server has no key."""

    server_id: int
    stream_id: int | None = None
    key: bytes = b""


def reached(threshold: Threshold, among: Collection[int] | None = None) -> list[Reached]:
    """The streams, present and watched, or the servers that the threshold would judge now, in order of name.

    `among` are the numbers of those that are asked about, None: all.
    """
    if threshold.metric in SERVER_METRICS:
        servers = Server.objects.enabled()
        if threshold.server_id:
            servers = servers.filter(pk=threshold.server_id)
        if among is not None:
            servers = servers.filter(pk__in=among)
        return [Reached(pk) for pk in servers.values_list("pk", flat=True)]
    scope = scope_of(threshold)
    rows = _candidates(threshold, among).values_list("server_id", "pk", "key", "tags")
    return [
        Reached(server, pk, bytes(key)) for server, pk, key, tags in rows if scope.holds(bytes(key), pk, _tags(tags))
    ]


def _candidates(threshold: Threshold, among: Collection[int] | None) -> StreamQuerySet:
    streams = Stream.objects.watched().present()
    if among is not None:
        streams = streams.filter(pk__in=among)
    if threshold.stream_id:
        return streams.filter(pk=threshold.stream_id)
    return streams.filter(server_id=threshold.server_id) if threshold.server_id else streams


def _tags(text: str) -> frozenset[str]:
    return frozenset(tag.strip() for tag in text.split(",") if tag.strip()) if text else frozenset()
