"""The registry: which servers and streams there are, and what samplers last saw of them. Everything is told `now`."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q, Sum

from dashboard.core import names
from dashboard.core.target import Target, Tls, parse_address
from dashboard.models import Server, Stream

# SQLite takes a limited number of parameters in one statement.
_BATCH = 500

_T = TypeVar("_T")


class Holdings(msgspec.Struct, frozen=True):
    """The registered streams of one server: ids of the watched ones by key, every key, and who is marked vanished."""

    ids: dict[bytes, int]
    known: frozenset[bytes]
    vanished: frozenset[int]


def register_address(address: str, *, name: str) -> Server:
    """The server at this address, registered if it was not, with credentials split off and encrypted.

    Raises ValueError, with a sentence that says what is wrong and what would be right, on an address that is none.
    """
    return register_target(parse_address(address), name=name)


def register_target(target: Target, *, name: str) -> Server:
    """The server of this target, registered if it was not. What the target does not say (a password) stays as it is."""
    given = _credentials(target)
    if existing := Server.objects.filter(address=target.address).first():
        return _with(existing, given)
    server = Server(address=target.address, topology=target.topology.value, **given)
    return _save_under_free_name(server, name.strip() or target.address)


def _credentials(target: Target) -> dict[str, str]:
    tls = target.tls or Tls()
    found = {
        "username": target.username,
        "password": target.password,
        "sentinel_username": target.sentinel_username,
        "sentinel_password": target.sentinel_password,
        "tls_ca": tls.ca,
        "tls_certificate": tls.certificate,
        "tls_key": tls.key,
    }
    return {name: value for name, value in found.items() if value}


def _with(server: Server, given: dict[str, str]) -> Server:
    changed = {name: value for name, value in given.items() if getattr(server, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(server, name, value)
        server.save(update_fields=list(changed))
    return server


def _save_under_free_name(server: Server, name: str) -> Server:
    for number in range(1, 1000):
        server.name = name[:90] if number == 1 else f"{name[:90]} {number}"
        try:
            # The name's constraint settles who is first; a savepoint keeps the caller's transaction usable.
            with transaction.atomic():
                server.save()
        except IntegrityError:
            continue
        return server
    raise ValueError(f"There are already a thousand servers called {name[:90]!r}; choose another name.")


def fingerprint(server_id: int) -> tuple[object, ...]:
    """Changes whenever a stream of the server is added, removed, watched or unwatched; far cheaper than reading them."""
    watched = Q(watched=True)
    return tuple(
        Stream.objects.filter(server_id=server_id)
        .aggregate(Count("id"), Max("id"), Sum("id"), ids=Sum("id", filter=watched), count=Count("id", filter=watched))
        .values()
    )


def holdings(server_id: int) -> Holdings:
    """What the registry holds for one server."""
    rows = Stream.objects.filter(server_id=server_id).order_by("id").values_list("id", "key", "watched", "vanished_at")
    ids, known, vanished = {}, set(), set()
    for stream_id, key, watched, vanished_at in rows.iterator(chunk_size=2000):
        known.add(bytes(key))
        if watched:
            ids[bytes(key)] = stream_id
        if vanished_at:
            vanished.add(stream_id)
    return Holdings(ids, frozenset(known), frozenset(vanished))


def record_seen(server: Server, keys: Collection[bytes], now: datetime) -> dict[bytes, int]:
    """Registers the streams that are not yet, and returns the ids of all of `keys`. Says of each that it is there."""
    ids: dict[bytes, int] = {}
    for batch in _batches(keys):
        found = [Stream(server=server, key=key, key_digest=names.digest(key), first_seen=now) for key in batch]
        # Two samplers may discover the same stream: the constraint keeps one row.
        Stream.objects.bulk_create(found, ignore_conflicts=True)
        rows = Stream.objects.filter(server=server, key_digest__in=[stream.key_digest for stream in found])
        rows.update(last_seen=now, vanished_at=None)
        ids |= {bytes(key): stream_id for key, stream_id in rows.values_list("key", "id")}
    return ids


def mark_vanished(stream_ids: Collection[int], now: datetime) -> int:
    """Marks streams whose key is gone; returns how many were not marked before. Nothing is deleted."""
    return sum(
        Stream.objects.filter(pk__in=batch, vanished_at=None).update(vanished_at=now) for batch in _batches(stream_ids)
    )


def mark_back(stream_ids: Collection[int], now: datetime) -> int:
    """Unmarks streams whose key is there again; returns how many were marked."""
    return sum(
        Stream.objects.filter(pk__in=batch, vanished_at__isnull=False).update(vanished_at=None, last_seen=now)
        for batch in _batches(stream_ids)
    )


def record_present(server_id: int, now: datetime) -> int:
    """Says of every watched stream that is not marked vanished that it is there; returns their number."""
    return Stream.objects.filter(server_id=server_id, watched=True, vanished_at=None).update(last_seen=now)


def record_state(server_id: int, *, state: str, detail: str, now: datetime) -> bool:
    """Writes what state a server is in, and since when; returns whether the state (not only its words) changed."""
    server = Server.objects.filter(pk=server_id)
    # Two samplers may race here; only the one whose update counts changes the state and its time.
    if server.exclude(state=state).update(state=state, state_detail=detail, state_since=now):
        return True
    server.exclude(state_detail=detail).update(state_detail=detail)
    return False


def record_sampled(server_id: int, sampled_at: datetime | None, *, judged_at: datetime | None) -> None:
    """Writes when a server was last sampled and judged; None leaves what stands there."""
    known = {"sampled_at": sampled_at, "judged_at": judged_at}
    if times := {name: at for name, at in known.items() if at is not None}:
        Server.objects.filter(pk=server_id).update(**times)


def _batches(items: Iterable[_T]) -> Iterator[Sequence[_T]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch
