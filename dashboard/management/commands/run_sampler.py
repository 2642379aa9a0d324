"""`manage.py run_sampler`: samples every enabled server of the registry until it is told to stop."""

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from dashboard.history.models import HistoryBlock
from dashboard.live.sampler import Sampler
from dashboard.live.sampling.collector import calm_collector
from dashboard.management.supervisor import Child, Supervisor
from dashboard.models import Server

#: What is sampled comes first; nothing is rolled up in the first two minutes.
KEEP_AFTER_S = 10.0


class Command(BaseCommand):
    help = "Samples the watched servers, judges thresholds, keeps history and publishes. Ends on SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        _check_database()
        calm_collector()
        asyncio.run(_sample(self._say))

    def _say(self, line: str) -> None:
        self.stdout.write(line)


def _check_database() -> None:
    """Raises CommandError with one line where the sampler could never work."""
    try:
        tables = connection.introspection.table_names()
    except DatabaseError as error:
        raise CommandError(f"The database (DATABASE_URL) does not answer: {str(error).strip()}") from None
    finally:
        connection.close()
    if not {Server._meta.db_table, HistoryBlock._meta.db_table} <= set(tables):
        raise CommandError("The database lacks tables of Streamgauge; run `manage.py migrate` first.")


async def _sample(say: Callable[[str], None]) -> None:
    sampler = Sampler()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, sampler.stop)
    keepers = Supervisor(say)
    keeping = asyncio.create_task(_keep(keepers, sampler.name))
    try:
        await sampler.run()
    finally:
        keeping.cancel()
        await keepers.stop()


async def _keep(keepers: Supervisor, sampler: str) -> None:
    """Has the history kept by a process that ends with this one, whatever ends it."""
    await asyncio.sleep(KEEP_AFTER_S)
    manage = str(Path(settings.BASE_DIR) / "manage.py")
    keepers.start(Child("history", [sys.executable, manage, "keep_history", sampler]))
