"""Watching: what a `watch` request asks for, found in the registry."""

from collections import defaultdict
from collections.abc import Iterable

from dashboard.live.events import Watch
from dashboard.live.serving.slices import View
from dashboard.models import Server, Stream

_LARGEST_ID = 2**63 - 1
_NAMED = 10


class UnknownError(ValueError):
    """The request names what is not in the registry."""


def view_of(watch: Watch) -> View:
    """The view that the request asks for; raises UnknownError naming what does not exist."""
    named = {*watch.servers, *watch.health}
    found = set(Server.objects.filter(pk__in=_possible(named)).values_list("pk", flat=True))
    _refuse_unknown("server", named - found)
    return View(
        servers=frozenset(watch.servers),
        health=frozenset(watch.health),
        streams=_streams_by_server(set(watch.streams)),
    )


def _streams_by_server(wanted: set[int]) -> dict[int, frozenset[int]]:
    by_server: dict[int, set[int]] = defaultdict(set)
    for stream, server in Stream.objects.filter(pk__in=_possible(wanted)).values_list("pk", "server"):
        by_server[server].add(stream)
    _refuse_unknown("stream", wanted.difference(*by_server.values()))
    return {server: frozenset(streams) for server, streams in by_server.items()}


def _possible(ids: Iterable[int]) -> list[int]:
    return [pk for pk in ids if 0 < pk <= _LARGEST_ID]


def _refuse_unknown(what: str, unknown: set[int]) -> None:
    if not unknown:
        return
    named = ", ".join(str(pk) for pk in sorted(unknown)[:_NAMED])
    more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
    raise UnknownError(
        f"Unknown {what}{'s' if len(unknown) > 1 else ''}: {named}{more}. Still watching what was watched before."
    )
