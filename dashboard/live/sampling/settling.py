"""Settling the books of one server, and telling what came of it."""

import logging
from functools import partial

from django.db import Error as DatabaseError
from django.utils import timezone

from dashboard.live.alerts import event_of
from dashboard.live.sampling.database import Database
from dashboard.live.sampling.outbox import Outbox
from dashboard.live.sampling.watcher import Watcher
from dashboard.models import Alert
from dashboard.services import settling
from dashboard.services.fencing import LeaseLost

logger = logging.getLogger(__name__)


async def settle(watcher: Watcher, database: Database, outbox: Outbox) -> None:
    """Writes what the watcher has noted and publishes what came of it; raises DatabaseError and LeaseLost."""
    books, now = watcher.books, timezone.now()
    if not (notes := books.take()):
        return
    try:
        events = await database(lambda: books.settle(notes, now))
    except DatabaseError:
        books.put_back(notes)
        raise
    except LeaseLost:
        raise
    except Exception:
        # An error of ours on one server's numbers; the next tick may go well, and the others' books are due.
        logger.exception("The books of server %s could not be settled.", watcher.name)
        return
    for event in events:
        outbox.news(event)


async def look_on(watcher: Watcher, database: Database) -> None:
    """Judges what the watcher has noted where the database does not answer."""
    if not (noted := watcher.books.noted):
        return
    try:
        await database(partial(watcher.books.look_on, noted))
    except Exception:
        logger.exception("Server %s could not be judged.", watcher.name)
    watcher.books.have_looked(noted[-1][1])


async def resolve_unwatched(database: Database, outbox: Outbox) -> None:
    """Resolves the alerts of servers that nobody watches any more; raises DatabaseError."""
    now = timezone.now()
    changes = await database(lambda: settling.resolve_unwatched(now))
    count = await database(Alert.objects.open_count) if changes else 0
    for change in changes:
        outbox.news(event_of(change, count))
