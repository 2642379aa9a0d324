"""The catalogue: what the registry knows of all streams, read once a process for all pages and sockets that list them.

Reading it takes as long as drawing a page did; whether it is still right, a few aggregates tell.
"""

import re
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any, ClassVar

import msgspec
from django.db import transaction
from django.db.models import Count, Max, Q, Sum, signals
from django.db.models.functions import Length
from django.utils import timezone

from dashboard.core.families import families
from dashboard.core.fleet import Alarm
from dashboard.core.gravity import severity_rank
from dashboard.core.listing import Entry
from dashboard.core.names import display
from dashboard.core.wording import shortened
from dashboard.models import Alert, Server, Stream

#: A stream is new for so long, unless it was there when its server was looked at first.
NEW_FOR = timedelta(days=1)
_AT_FIRST = timedelta(minutes=2)
#: Some changes have no sign: another process gave a stream a title as long as the one before. So long they may wait.
_LONGEST_S = 60.0
_LONGEST_NAME = 300  # characters; what is longer fits no row
_MOST_TITLES = 10

_NUMBERS = re.compile(r"([0-9]{1,18})")


class Catalogue(msgspec.Struct, frozen=True):
    """All streams of enabled servers by name, and the alerts that are open on them. A later one has a higher `version`."""

    version: int
    entries: tuple[Entry, ...]
    servers: Mapping[int, str]
    tags: frozenset[str]
    owners: frozenset[str]
    families: frozenset[str]
    known: Mapping[str, int]
    alarms: Mapping[int, Alarm]


class _Shelf:
    """The latest catalogue of this process."""

    lock: ClassVar[threading.Lock] = threading.Lock()
    catalogue: ClassVar[Catalogue | None] = None
    fingerprint: ClassVar[object] = None
    read_at: ClassVar[float] = 0.0


def current() -> Catalogue:
    """The catalogue as it is now, read anew only where something has changed; for threads that may use the database."""
    with _Shelf.lock:
        found, now = _fingerprint(), time.monotonic()
        if _Shelf.catalogue is None or found != _Shelf.fingerprint or now - _Shelf.read_at > _LONGEST_S:
            version = _Shelf.catalogue.version + 1 if _Shelf.catalogue else 1
            _Shelf.catalogue = _read(version, timezone.now())
            _Shelf.fingerprint, _Shelf.read_at = found, now
        return _Shelf.catalogue


def forget(**_: Any) -> None:
    """Has the catalogue read anew when it is wanted next."""
    _Shelf.fingerprint = None


def _changed(**_: Any) -> None:
    # Now for who reads within this transaction, and once more when others see the change.
    forget()
    transaction.on_commit(forget)


for _sender in (Server, Stream, Alert):
    for _signal in (signals.post_save, signals.post_delete):
        _signal.connect(_changed, sender=_sender, dispatch_uid=f"streamgauge-catalogue-{_sender.__name__}")


def _fingerprint() -> object:
    """Changes whenever a stream, server or open alert comes or goes, and nearly always when one is changed."""
    streams = Stream.objects.filter(server__enabled=True).aggregate(
        Count("id"),
        Max("id"),
        Sum("id"),
        watched=Sum("id", filter=Q(watched=True)),
        vanished=Sum("id", filter=Q(vanished_at__isnull=False)),
        words=Sum(Length("title") * 31 + Length("owner") * 17 + Length("tags")),
    )
    alerts = (
        Alert.objects.open()
        .exclude(stream=None)
        .aggregate(
            Count("id"),
            Max("id"),
            Sum("id"),
            # An alert that becomes graver keeps its number.
            critical=Count("id", filter=Q(severity="critical")),
            warning=Count("id", filter=Q(severity="warning")),
        )
    )
    servers = list(Server.objects.enabled().values_list("pk", "name"))
    return tuple(streams.values()), tuple(alerts.values()), servers


def _read(version: int, now: datetime) -> Catalogue:
    servers = dict(Server.objects.enabled().order_by("name").values_list("pk", "name"))
    fields = ("id", "server_id", "key", "title", "owner", "tags", "watched", "vanished_at", "first_seen")
    rows = list(Stream.objects.filter(server__in=servers).values(*fields))
    entries = _entries(rows, servers, now)
    return Catalogue(
        version=version,
        entries=entries,
        servers=servers,
        tags=frozenset(tag for entry in entries for tag in entry.tags),
        owners=frozenset(entry.owner for entry in entries),
        families=frozenset(entry.family for entry in entries),
        known=_counts(entries),
        alarms=_alarms(),
    )


def _entries(rows: list[dict[str, Any]], servers: Mapping[int, str], now: datetime) -> tuple[Entry, ...]:
    begun = _begun(rows)
    named = [(row, key, *_named(key[: 4 * _LONGEST_NAME + 4])) for row in rows for key in (bytes(row["key"]),)]
    named.sort(key=lambda each: (each[3], servers[each[0]["server_id"]], each[0]["id"]))
    family_of = families((row["server_id"], key) for row, key, *_ in named)
    return tuple(
        _entry(
            row,
            name,
            place=place,
            server_name=servers[row["server_id"]],
            family=family_of.get((row["server_id"], key), ""),
            new=_is_new(row["first_seen"], begun[row["server_id"]], now),
        )
        for place, (row, key, name, _) in enumerate(named)
    )


def _entry(row: dict[str, Any], name: str, *, place: int, server_name: str, family: str, new: bool) -> Entry:
    tags = tuple(tag.strip() for tag in row["tags"].split(",") if tag.strip())
    vanished = row["vanished_at"] is not None
    return Entry(
        id=row["id"],
        server=row["server_id"],
        name=name,
        title=row["title"],
        owner=row["owner"],
        tags=tags,
        known="unwatched" if not row["watched"] else "vanished" if vanished else "new" if new else "watched",
        watched=row["watched"],
        vanished=vanished,
        new=new,
        family=family,
        place=place,
        text="\n".join((name, row["title"], row["owner"], server_name, *tags)).lower(),
    )


@lru_cache(maxsize=2**15)
def _named(beginning: bytes) -> tuple[str, tuple[Any, ...]]:
    """A key by its beginning: for the eye, and what it is sorted by: small and large letters alike, numbers by their size."""
    name = shortened(display(beginning), _LONGEST_NAME)
    parts = _NUMBERS.split(name.lower())
    return name, tuple(("", int(part), part) if at % 2 else (part,) for at, part in enumerate(parts))


def _begun(rows: list[dict[str, Any]]) -> dict[int, datetime | None]:
    """When the first stream of each server was seen."""
    found: dict[int, datetime | None] = {}
    for server, of_server in groupby(sorted(rows, key=lambda row: row["server_id"]), key=lambda row: row["server_id"]):
        found[server] = min((row["first_seen"] for row in of_server if row["first_seen"]), default=None)
    return found


def _is_new(first_seen: datetime | None, begun: datetime | None, now: datetime) -> bool:
    if first_seen is None or begun is None:
        return False
    return first_seen - begun > _AT_FIRST and now - first_seen < NEW_FOR


def _counts(entries: tuple[Entry, ...]) -> dict[str, int]:
    return {
        "watched": sum(entry.watched for entry in entries),
        "new": sum(entry.watched and entry.new for entry in entries),
        "vanished": sum(entry.watched and entry.vanished for entry in entries),
        "unwatched": sum(not entry.watched for entry in entries),
        "all": len(entries),
    }


def _alarms() -> dict[int, Alarm]:
    found: dict[int, list[tuple[str, str]]] = {}
    rows = Alert.objects.open().exclude(stream=None).order_by("id").values_list("stream_id", "severity", "title")
    for stream, severity, title in rows:
        found.setdefault(stream, []).append((severity, title))
    return {
        stream: Alarm(
            min((severity for severity, _ in alerts), key=severity_rank),
            tuple(title for _, title in alerts[:_MOST_TITLES]),
        )
        for stream, alerts in found.items()
    }
