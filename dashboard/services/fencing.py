"""Fencing: what a sampler writes about a server is written only while nobody has taken the server from it.

`Server.fence` holds the highest token that a sampler has begun with. A sampler that was paused, or cut off from our Redis,
may go on for a while after another has taken its server: each of its writes is refused here, in the write's own
transaction, whatever it believes of its lease. Everything is told `now`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import TypeAlias

from django.db import transaction
from django.db.models import F, Q

from dashboard.core.lease import Lease
from dashboard.models import Server

#: A server that no sampler has said it holds for so long is free, where our Redis cannot tell.
ORPHANED_AFTER = timedelta(seconds=15)

#: Opens a transaction in which alone something is written about one server.
Guard: TypeAlias = Callable[[], AbstractContextManager[None]]


class LeaseLost(Exception):
    """Another sampler holds the server: nothing was written."""


def held(server_id: int, token: int) -> bool:
    """Whether the server is still that token's holder's; true until the transaction ends, without which it means nothing."""
    return server_id in held_among({server_id: token})


def held_among(tokens: Mapping[int, int]) -> set[int]:
    """Those of the servers that are still their token's holder's; true until the transaction ends."""
    # The next holder may be about to raise the fence. The row's lock (SQLite: the transaction's write lock) lets it do so
    # before this look, which then sees it, or after our commit. NO KEY: rows that refer to the server are no rivals.
    rows = Server.objects.select_for_update(no_key=True).filter(pk__in=tokens).order_by("pk")
    return {pk for pk, fence in rows.values_list("pk", "fence") if fence == tokens[pk]}


@contextmanager
def fenced(lease: Lease) -> Iterator[None]:
    """A transaction for writing about the lease's server; raises LeaseLost, before anything is written, if it is another's."""
    with transaction.atomic():
        if not held(lease.server_id, lease.token):
            raise LeaseLost(f"Server {lease.server_id} is another sampler's now.")
        yield


def claim(lease: Lease, sampler: str, now: datetime) -> bool:
    """Ends every older lease of the server; False where a younger one, or none of that age, has ended ours already."""
    # Several samplers may think that it is their turn, each with a token of its own: the highest wins, whoever comes first.
    mine = Server.objects.filter(pk=lease.server_id, fence__lt=lease.token)
    return bool(mine.update(fence=lease.token, sampler=sampler, held_since=now, held_at=now))


def orphans(server_ids: Collection[int], now: datetime) -> list[int]:
    """Those of the servers that nobody has said to hold for ORPHANED_AFTER."""
    return list(Server.objects.filter(_unheld(now), pk__in=server_ids).values_list("pk", flat=True))


def _unheld(now: datetime) -> Q:
    return Q(held_at=None) | Q(held_at__lt=now - ORPHANED_AFTER)


def claim_orphan(server_id: int, sampler: str, now: datetime) -> Lease | None:
    """A lease on a server that nobody has held for ORPHANED_AFTER; for when our Redis cannot be asked. None: somebody has."""
    free = _unheld(now)
    fence = Server.objects.filter(free, pk=server_id).values_list("fence", flat=True).first()
    # Others may have read the same: the fence is raised once, and whose update counts has the server.
    mine = Server.objects.filter(free, pk=server_id, fence=fence) if fence is not None else Server.objects.none()
    if not mine.update(fence=F("fence") + 1, sampler=sampler, held_since=now, held_at=now):
        return None
    return Lease(server_id, (fence or 0) + 1)


def keep(leases: Collection[Lease], sampler: str, now: datetime) -> int:
    """Says of the servers that they are held still; returns how many are."""
    return Server.objects.filter(pk__in=[lease.server_id for lease in leases], sampler=sampler).update(held_at=now)


def release(lease: Lease) -> None:
    """Says that nobody holds the server, so that the next sampler need not wait."""
    # The next holder may have claimed it already: then it is not ours to say.
    Server.objects.filter(pk=lease.server_id, fence=lease.token).update(sampler="", held_since=None, held_at=None)
