"""`manage.py export_stream SERVER KEY FILE`: a backup of a stream, where you want it."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.core.names import from_display
from dashboard.core.wording import number, size
from streams_admin.backup import shelf
from streams_admin.backup.format import Counts
from streams_admin.backup.taking import Taken, take
from streams_admin.management.naming import server_named
from streams_admin.redis_io.scripts import Aborted, Failed, Unanswered, action_client
from streams_admin.wording import ABORTED

_TOLD_EVERY_S = 2.0


class Command(BaseCommand):
    help = "Writes a stream with its groups and pending lists into a compressed file with a checksum. Changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("server", help="its name in the registry")
        parser.add_argument("key", help="as pages show it: \\xNN stands for a byte that is no text")
        parser.add_argument("file", type=Path, help="where it goes; it must not be there yet")

    def handle(self, *, server: str, key: str, file: Path, **_: Any) -> None:
        found, name = server_named(server), from_display(key)
        if file.exists():
            raise CommandError(f"{file} is there already. Name another file, or remove it.")
        try:
            with action_client(found.acting_target, name) as client, shelf.being_written(file) as target:
                taken = take(client, name, target, server=found.name, step=self._step())
        except Aborted as aborted:
            raise CommandError(f"{key}: {ABORTED[aborted.why]}") from None
        except (Failed, Unanswered) as error:
            raise CommandError(f"{found.name}: {error}") from None
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror or error}.") from None
        self._tell(file, taken)

    def _step(self) -> Any:
        last = time.monotonic()

        def step(counts: Counts) -> None:
            nonlocal last
            if time.monotonic() - last > _TOLD_EVERY_S:
                last = time.monotonic()
                self.stderr.write(f"{number(counts.entries)} entries, {number(counts.pending)} pending entries so far")

        return step

    def _tell(self, file: Path, taken: Taken) -> None:
        counts = taken.counts
        self.stdout.write(
            f"{file}: {number(counts.entries)} entries, {counts.groups} groups, {number(counts.pending)} pending entries,"
            f" {size(file.stat().st_size)}, SHA-256 {taken.sha256}"
        )
        if taken.removed:
            self.stdout.write(f"{number(taken.removed)} entries went from the stream while it was read.")
