"""`manage.py run_policies`: runs policies when their turn comes, and writes the audit's event log, until it is told to stop."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection, reset_queries
from django.utils import timezone

from streams_admin.audit import event_log
from streams_admin.lateness import say_alive
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
        say_alive(timezone.now())
        _log()
        run_due(is_stopping=stop.is_set)
    except DatabaseError as error:
        logger.warning("Policies wait for the database: %s", type(error).__name__)
        connection.close()
        return RETRY_S
    finally:
        reset_queries()  # with DEBUG on, Django keeps every statement until a request ends
    return POLL_S


_failing: set[str] = set()


def _log() -> None:
    """Writes what the audit's event log has not. A Redis that takes nothing delays that and nothing else."""
    if not event_log.is_wanted():
        return
    try:
        while event_log.write_due() == event_log.MOST_AT_ONCE:
            pass
    except event_log.LogUnreachable as error:
        if not _failing:
            logger.warning("The audit’s event log waits: %s", error)
        _failing.add("log")
    else:
        _failing.clear()
