"""`manage.py restore_stream FILE SERVER [KEY]`: a backup is put back, as an action of the audit."""

import getpass
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from dashboard.core import names
from dashboard.models import Server, Stream
from streams_admin.actions import perform_unattended
from streams_admin.facts import Outcome
from streams_admin.management.naming import server_named
from streams_admin.models import Action
from streams_admin.plans import PlanError, save_plan
from streams_admin.redis_io.scripts import Failed, Unanswered, action_client
from streams_admin.remedies.restore import Restore
from streams_admin.remedies.restore_plan import Described, RestoreFacts, described_by_itself, plan_restore


class Command(BaseCommand):
    help = "Restores a backup: anew where nothing is at the key, or what is missing of it among the entries that are there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("server", help="its name in the registry")
        parser.add_argument("key", nargs="?", help="as pages show it; that of the backup where none is given")
        parser.add_argument("--dry-run", action="store_true", help="says what would happen, and does nothing")

    def handle(self, *, file: Path, server: str, key: str | None, dry_run: bool, **_: Any) -> None:
        found, path = server_named(server), str(file.absolute())
        try:
            backup = described_by_itself(path)
        except PlanError as error:
            raise CommandError(str(error)) from None
        name = names.from_display(key) if key is not None else backup.stream.key
        facts = _planned(found, name, backup)
        remedy = Restore()
        self.stdout.write(remedy.title(facts))
        for count, what in remedy.figures(facts):
            self.stdout.write(f"  {count} {what}")
        if dry_run:
            self.stdout.write("\n".join(remedy.notes(facts) + remedy.risks(facts)))
            return
        stream, _created = Stream.objects.get_or_create(
            server=found, key_digest=names.digest(name), defaults={"key": name, "watched": False}
        )
        plan = save_plan(stream, None, facts, now=timezone.now())
        action = perform_unattended(plan, f"{getpass.getuser()}, by manage.py")
        if action.state != Action.State.DONE:
            raise CommandError(f"{action.get_state_display()}: {action.reason}")
        self.stdout.write("\n".join(remedy.remarks(msgspec.convert(action.outcome, Outcome))))


def _planned(server: Server, key: bytes, backup: Described) -> RestoreFacts:
    is_cluster = server.topology == Server.Topology.CLUSTER
    try:
        with action_client(server.acting_target, key) as client:
            return plan_restore(client, key, backup, is_cluster=is_cluster)
    except PlanError as error:
        raise CommandError(str(error)) from None
    except (Failed, Unanswered) as error:
        raise CommandError(f"{server.name}: {error}") from None
