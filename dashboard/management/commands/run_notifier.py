"""`manage.py run_notifier`: routes alerts and sends their notifications until it is told to stop."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from dashboard.live.notifier import Notifier
from dashboard.models import Notification


class Command(BaseCommand):
    help = "Routes alerts, sends notifications and pings heartbeats. Several may run. Ends on SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        _check_database()
        notifier = Notifier()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: notifier.stop.set())
        notifier.run()


def _check_database() -> None:
    """Raises CommandError with one line where the notifier could never work."""
    try:
        tables = connection.introspection.table_names()
    except DatabaseError as error:
        raise CommandError(f"The database (DATABASE_URL) does not answer: {str(error).strip()}") from None
    finally:
        connection.close()
    if Notification._meta.db_table not in tables:
        raise CommandError("The database lacks tables of Streamgauge; run `manage.py migrate` first.")
