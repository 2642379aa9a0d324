"""What can be found by name: streams and servers of the registry, groups of the latest samples. One a process.

Ten thousand streams take a tenth of a second to list, too long for every key that somebody presses: the list is kept
for some seconds, so that what was just registered or renamed is found that much later.
"""

import threading
import time
from collections.abc import Mapping

import msgspec
from django.urls import reverse

from dashboard.core import names
from dashboard.core.finding import Entry, entry
from dashboard.live.events import SampleTaken
from dashboard.live.latest import read_samples
from dashboard.models import Server, Stream

KEPT_S = 5.0


class Index(msgspec.Struct, frozen=True):
    """Everything that can be found, by kind."""

    streams: list[Entry] = []
    groups: list[Entry] = []
    servers: list[Entry] = []


class _Row(msgspec.Struct, frozen=True):
    name: str
    title: str
    owner: str
    tags: str
    server: str
    url: str


_lock = threading.Lock()
_kept: tuple[float, Index] | None = None


def index() -> Index:
    """The list, at most five seconds old; one thread makes it anew while the others wait."""
    global _kept
    with _lock:
        if _kept is None or time.monotonic() - _kept[0] > KEPT_S:
            _kept = (time.monotonic(), _made())
        return _kept[1]


def forget() -> None:
    """Makes the list anew at the next look."""
    global _kept
    _kept = None


def _made() -> Index:
    rows = _rows()
    servers = {
        pk: (name, environment) for pk, name, environment in Server.objects.values_list("pk", "name", "environment")
    }
    return Index(
        streams=[
            entry("stream", row.name, detail=_parts(row.title, row.server), url=row.url, also=(row.owner, row.tags))
            for row in rows.values()
        ],
        groups=_groups(rows, read_samples(list(servers))),
        servers=[
            entry("server", name, detail=environment, url=reverse("server", args=[pk]))
            for pk, (name, environment) in servers.items()
        ],
    )


def _rows() -> dict[int, _Row]:
    # reverse() for each of ten thousand would take longer than all the rest.
    before, after = reverse("stream", args=[0]).split("0")
    fields = ("pk", "key", "title", "owner", "tags", "server__name")
    return {
        pk: _Row(names.display(bytes(key)), title, owner, tags, server, f"{before}{pk}{after}")
        for pk, key, title, owner, tags, server in Stream.objects.order_by().values_list(*fields)
    }


def _groups(rows: Mapping[int, _Row], samples: Mapping[int, SampleTaken]) -> list[Entry]:
    found = []
    for sample in samples.values():
        groups = sample.groups
        for stream, name, slug in zip(groups.stream, groups.name, groups.slug, strict=True):
            if row := rows.get(stream):
                found.append(entry("group", name, detail=_parts(row.name, row.server), url=f"{row.url}#group-{slug}"))
    return found


def _parts(*words: str) -> str:
    return " · ".join(word for word in words if word)
