"""`manage.py run_policies`: runs policies when their turn comes, until it is told to stop."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection, reset_queries

from streams_admin.policies.rounds import run_due
from streams_admin.run import stopping

logger = logging.getLogger(__name__)

POLL_S = 1.0
RETRY_S = 5.0


class Command(BaseCommand):
    help = "Runs the policies that are switched on. Several may run. Ends on SIGTERM or Ctrl-C, between two steps of an action."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()

        def end(*_: object) -> None:
            stop.set()
            stopping.set()  # an action under way stops after its step, and its row says so

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        while not stop.is_set():
            stop.wait(_look(stop))


def _look(stop: threading.Event) -> float:
    """Runs what is due; seconds until the next look."""
    try:
        run_due(is_stopping=stop.is_set)
    except DatabaseError as error:
        logger.warning("Policies wait for the database: %s", type(error).__name__)
        connection.close()
        return RETRY_S
    finally:
        reset_queries()  # with DEBUG on, Django keeps every statement until a request ends
    return POLL_S
