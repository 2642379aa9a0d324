"""Back a stream up: entries, groups and pending lists into a file. Changes nothing on the server."""

import secrets
from typing import TYPE_CHECKING, Any

import redis
from django.utils import timezone
from redis import exceptions

from dashboard.core.names import to_slug
from dashboard.core.wording import size
from streams_admin import wording
from streams_admin.backup import shelf
from streams_admin.backup.format import Counts
from streams_admin.backup.model import Backup
from streams_admin.backup.taking import Taken, take
from streams_admin.facts import Facts, Outcome
from streams_admin.models import Kind
from streams_admin.plans import look
from streams_admin.redis_io.scripts import Failed
from streams_admin.remedies.base import Figure, Remedy

if TYPE_CHECKING:
    from streams_admin.run import Run


class ExportFacts(Facts, frozen=True, kw_only=True):
    """A stream as the preview saw it, and the file that is to hold it."""

    kind = Kind.EXPORT

    server: str
    file: str
    length: int
    groups: int
    pending: int
    memory: int | None  # bytes that the server holds it in; None where it does not tell
    room: int  # bytes free where the file goes


def plan_export(client: "redis.Redis", key: bytes, *, server: str) -> ExportFacts:
    """A backup of all that is in the stream when it begins. Raises PlanError, Failed."""
    state = look(client, key)
    try:
        memory: int | None = client.memory_usage(key)
    except exceptions.ResponseError:  # no permission for MEMORY USAGE
        memory = None
    return ExportFacts(
        run_id=state.run_id,
        key=key,
        server=server,
        file=shelf.name_for(server, key, timezone.now(), secrets.token_hex(3)),
        length=state.length,
        groups=len(state.groups),
        pending=sum(group.pending for group in state.groups),
        memory=memory,
        room=shelf.free_bytes(),
    )


class Export(Remedy[ExportFacts]):
    """A file that the stream can be restored from."""

    facts = ExportFacts
    done = "in the backup"
    back = "dashboard_stream_backups"
    writes = False

    def title(self, facts: ExportFacts) -> str:
        return f"Back up {wording.entries(facts.length)}"

    def commands(self, facts: ExportFacts) -> list[str]:
        return [wording.command("XRANGE", facts.key, "-", "+", "COUNT", "1000")]

    def requested(self, facts: ExportFacts) -> int:
        return facts.length

    def figures(self, facts: ExportFacts) -> list[Figure]:
        return [
            (wording.number(facts.length), "entries"),
            (wording.number(facts.groups), "group" if facts.groups == 1 else "groups"),
            (wording.number(facts.pending), "pending entries, in all"),
        ]

    def notes(self, facts: ExportFacts) -> list[str]:
        held = f" The server holds the stream in {size(facts.memory)}." if facts.memory is not None else ""
        return [
            f"The file is {facts.file}, compressed, with a checksum.{held} There is room for {size(facts.room)}.",
            "Nothing changes on the server. What is added meanwhile stays out; what is removed meanwhile is counted.",
        ]

    def risks(self, facts: ExportFacts) -> list[str]:
        risks = ["The file holds every payload, masked fields too, and is not encrypted."]
        if facts.memory is not None and facts.memory > facts.room:
            risks.append("It may not fit where backups are kept: there is less room than the stream takes in memory.")
        return risks

    def remarks(self, outcome: Outcome) -> list[str]:
        made = outcome.made
        if "file" not in made:
            return []
        return [
            f"The file {made['file']} has {made['size']}; {made['groups']} groups, {made['pending']} pending entries."
        ]

    def carry_out(self, client: "redis.Redis", facts: ExportFacts, run: "Run") -> None:
        earlier = Backup.objects.filter(name=facts.file).first()
        if earlier is None:
            earlier = self._taken(client, facts, run)
        run.outcome.requested = earlier.entries + earlier.removed
        run.outcome.done, run.outcome.gone = earlier.entries, earlier.removed
        run.outcome.made = {
            "file": earlier.name,
            "size": size(earlier.size),
            "groups": wording.number(earlier.groups),
            "pending": wording.number(earlier.pending),
        }

    def _taken(self, client: "redis.Redis", facts: ExportFacts, run: "Run") -> Backup:
        path, began = shelf.path_of(facts.file), timezone.now()

        def step(counts: Counts) -> None:
            run.outcome.done = counts.entries
            run.checkpoint()

        try:
            with shelf.being_written(path) as file:
                taken = take(client, facts.key, file, server=facts.server, step=step)
        except OSError as error:
            raise Failed(f"The file cannot be written: {error.strerror or error}.") from error
        finally:
            run.outcome.done = 0  # half a file is none
        return Backup.objects.create(
            name=facts.file,
            server_name=facts.server,
            key=facts.key,
            action=run.action,
            made_by=run.action.operator_name,
            taken_at=began,
            size=path.stat().st_size,
            **_held(taken),
        )


def _held(taken: Taken) -> dict[str, Any]:
    counts = taken.counts
    return {
        "sha256": taken.sha256,
        "entries": counts.entries,
        "first_id": taken.first_id,
        "last_id": taken.last_id,
        "groups": counts.groups,
        "group_names": [to_slug(name) for name in taken.groups],
        "pending": counts.pending,
        "removed": taken.removed,
    }
