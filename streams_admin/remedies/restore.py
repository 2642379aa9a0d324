"""Restore a stream from a backup: anew where nothing is, or its missing entries among those that are there.

Either is built under a key of its own, compared with the file, and only then put in its place at one stroke.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import redis

from dashboard.core.names import display
from dashboard.models import Stream
from streams_admin import wording
from streams_admin.backup import shelf
from streams_admin.backup.comparing import Comparison, compare, compare_entries
from streams_admin.backup.format import Damaged, Reader
from streams_admin.backup.rebuilding import Merged, catch_up, merge, rebuild
from streams_admin.facts import Outcome
from streams_admin.redis_io.scripts import Aborted, Failed
from streams_admin.redis_io.whole import (
    Builder,
    exchange_streams,
    last_id_of,
    put_back,
    read_server,
)
from streams_admin.remedies.base import Figure, GroupEffect, Remedy
from streams_admin.remedies.restore_plan import RestoreFacts

if TYPE_CHECKING:
    from streams_admin.run import Run

_TRIES = 5


class Restore(Remedy[RestoreFacts]):
    """What the backup holds is there again."""

    facts = RestoreFacts
    done = "restored, or there already"
    back = "dashboard_stream_backups"

    def title(self, facts: RestoreFacts) -> str:
        if facts.length is None:
            return f"Restore a stream of {wording.entries(facts.entries)}"
        return f"Put back what is missing of {wording.entries(facts.entries)}"

    def commands(self, facts: RestoreFacts) -> list[str]:
        lines = [wording.command("XADD", facts.rebuilt, "ID", "FIELD", "VALUE")]
        groups = facts.backed_up_groups if facts.length is None else facts.groups
        for name in groups[:10]:
            lines.append(wording.command("XGROUP", "CREATE", facts.rebuilt, name, "ID"))
            lines.append(wording.command("XCLAIM", facts.rebuilt, name, "CONSUMER", "0", "ID", "FORCE", "JUSTID"))
        if facts.length is not None:
            lines.append(wording.command("UNLINK", facts.key))
        return [*lines, wording.command("RENAME", facts.rebuilt, facts.key)]

    def requested(self, facts: RestoreFacts) -> int:
        return facts.entries

    def figures(self, facts: RestoreFacts) -> list[Figure]:
        groups = len(facts.backed_up_groups)
        figures = [
            (wording.number(facts.entries), "entries in the backup"),
            (wording.number(groups), "group in the backup" if groups == 1 else "groups in the backup"),
            (wording.number(facts.pending), "pending entries in the backup"),
        ]
        if facts.length is not None:
            figures.append((wording.number(facts.length), "entries there now"))
        return figures

    def effects(self, facts: RestoreFacts) -> list[GroupEffect]:
        if facts.length is None:
            made = "Is made with its place, its consumers and its pending entries."
            return [GroupEffect(name=display(name), effect=made) for name in facts.backed_up_groups]
        stays = "Goes on as it is. What lies before its place it has read: set its id to have it delivered again."
        return [GroupEffect(name=display(name), effect=stays) for name in facts.groups]

    def notes(self, facts: RestoreFacts) -> list[str]:
        source = f"{display(facts.from_key)} on {facts.from_server}"
        built = f"It is built under the key {display(facts.rebuilt)}, compared with the file, and put in its place at one stroke."
        notes = [f"The backup is of {source}.", built]
        if facts.length is None:
            notes.append("Pending entries keep their consumer, the time of their delivery and their count.")
        else:
            notes.append("Entries that are there stay, also those with the same id and something else in them.")
        return notes

    def risks(self, facts: RestoreFacts) -> list[str]:
        if facts.length is None:
            return ["Consumers of its groups may begin to read as soon as it is in its place."]
        return [
            "Consumers that wait for entries at this moment get an error once (NOGROUP or UNBLOCKED) and must ask again.",
            "Until it ends, the server holds the stream twice.",
        ]

    def remarks(self, outcome: Outcome) -> list[str]:
        made = outcome.made
        if "entries" not in made:
            return []
        lines = [f"Compared with the file before it was put in its place: {made['entries']} entries, all as they were."]
        if "pending" in made:
            lines.append(f"{made['groups']} groups and {made['pending']} pending entries, all as they were.")
        if made.get("ghosts", "0") != "0":
            lines.append(
                f"{made['ghosts']} of these were pending without an entry; no server takes that, so they stay out."
            )
        if "added" in made:
            lines.append(f"{made['added']} were put back, {made['there']} were there.")
        if made.get("differing", "0") != "0":
            lines.append(
                f"{made['differing']} of those that were there hold something else than in the backup; they stay."
            )
        return lines

    def carry_out(self, client: "redis.Redis", facts: RestoreFacts, run: "Run") -> None:
        run.outcome.done = 0
        try:
            if read_server(client).run_id != facts.run_id:
                raise Aborted("server-replaced")
            settled = _anew(client, facts, run) if facts.length is None else _among(client, facts, run)
        except Damaged as damage:
            raise Failed(f"The file cannot be used. {damage} Nothing was put in its place.") from None
        finally:
            run.outcome.done = 0  # nothing is in its place before the very end
        run.outcome.done = settled
        if run.action.stream is not None:
            Stream.objects.filter(pk=run.action.stream.pk).update(watched=True)


def _anew(client: "redis.Redis", facts: RestoreFacts, run: "Run") -> int:
    def put(again: bool) -> None:
        put_back(
            client,
            facts.rebuilt,
            facts.key,
            run_id=facts.run_id,
            length=facts.entries,
            last_generated_id=last,
            again=again,
        )

    with shelf.being_read(facts.file) as reader:
        last = reader.stream.last_generated_id
        if run.again and last_id_of(client, facts.rebuilt) is None and last_id_of(client, facts.key) is not None:
            put(again=True)
            return facts.entries
        rebuild(client, reader, facts.rebuilt, read_server(client), _steps(run))
        _same_file(reader, facts)
    with shelf.being_read(facts.file) as reader:
        _sure(client, facts, found := compare(client, reader, facts.rebuilt, _steps(run)))
    put(again=run.again)
    run.outcome.made |= _in_words(found, groups=found.groups, pending=found.pending, ghosts=found.ghosts)
    return found.entries


def _among(client: "redis.Redis", facts: RestoreFacts, run: "Run") -> int:
    if run.again and last_id_of(client, facts.rebuilt) is None:
        with shelf.being_read(facts.file) as reader:
            found = compare_entries(client, reader, facts.key, _steps(run))
        if not found.missing:  # an earlier attempt came to its end
            return found.entries
    with shelf.being_read(facts.file) as reader:
        merged = merge(client, reader, facts.rebuilt, facts.key, _steps(run))
        _same_file(reader, facts)
    with shelf.being_read(facts.file) as reader:
        found = compare_entries(client, reader, facts.rebuilt, _steps(run))
        found.unequal -= merged.differing
        _sure(client, facts, found)
    _put_among(client, facts, merged)
    run.outcome.made |= _in_words(found, added=merged.added, there=merged.there, differing=merged.differing)
    return merged.added + merged.there + merged.differing


def _put_among(client: "redis.Redis", facts: RestoreFacts, merged: Merged) -> None:
    bare = not read_server(client).counts
    for last_try in (False,) * (_TRIES - 1) + (True,):
        catch_up(client, facts.rebuilt, facts.key, merged)
        try:
            exchange_streams(
                client,
                facts.rebuilt,
                facts.key,
                run_id=facts.run_id,
                taken=merged.taken,
                last_taken=merged.last_taken.decode(),
                bare=bare,
                groups=facts.groups,
            )
        except Aborted as aborted:
            if aborted.why != "too-busy" or last_try:
                raise
        else:
            return


def _steps(run: "Run") -> Callable[[int], None]:
    def step(settled: int) -> None:
        run.outcome.done = settled
        run.checkpoint()

    return step


def _same_file(reader: Reader, facts: RestoreFacts) -> None:
    if reader.end is None or reader.end.sha256 != facts.sha256:
        raise Damaged("It is another one than that of the plan.")


def _sure(client: "redis.Redis", facts: RestoreFacts, found: Comparison) -> None:
    if found.equal:
        return
    Builder(client, facts.rebuilt).drop()
    differences = found.missing + found.unequal
    examples = " ".join(found.examples)
    raise Failed(
        f"What was rebuilt is not as in the backup ({differences} differences). {examples} It was removed again."
    )


def _in_words(found: Comparison, **numbers: int) -> dict[str, str]:
    return {"entries": wording.number(found.entries)} | {name: wording.number(its) for name, its in numbers.items()}
