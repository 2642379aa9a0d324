"""Settling the books of one server, and telling what came of it."""

import logging

from django.db import Error as DatabaseError
from django.utils import timezone

from dashboard.live.sampling.database import Database
from dashboard.live.sampling.outbox import Outbox
from dashboard.live.sampling.watcher import Watcher
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
