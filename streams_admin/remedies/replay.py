"""Replay: entries of a stream, or its dead letters, are added to a stream again, no faster than it can take them."""

import time
from typing import TYPE_CHECKING

import redis

from dashboard.core.names import display
from streams_admin import wording
from streams_admin.backup.format import RawEntry
from streams_admin.facts import Outcome
from streams_admin.redis_io.appending import Appender, Fields
from streams_admin.redis_io.entries import delete_batch
from streams_admin.redis_io.scripts import action_client
from streams_admin.remedies.added_once import begun
from streams_admin.remedies.base import AT_ONCE, Figure, GroupEffect, Remedy
from streams_admin.remedies.replay_plan import OURS, ReplayFacts, matching

if TYPE_CHECKING:
    from streams_admin.run import Run

_BATCH = 100  # entries, in one script
_BATCH_BYTES = 2**20
_SLICE_S = 0.2  # so often somebody who waits looks up


class Replay(Remedy[ReplayFacts]):
    """Entries are added to a stream as new ones."""

    facts = ReplayFacts
    done = "added again"
    back = "dashboard_stream_recover"

    def title(self, facts: ReplayFacts) -> str:
        return f"Replay {wording.entries(facts.count)} to {wording.short(facts.target)}"

    def commands(self, facts: ReplayFacts) -> list[str]:
        lines = [wording.command("XADD", facts.target, "*", "FIELD", "VALUE")]
        if facts.removes:
            lines.append(wording.command("XDEL", facts.key, "ID"))
        return [f"{line} …, one an entry" for line in lines]

    def requested(self, facts: ReplayFacts) -> int:
        return facts.count.value

    def is_counted(self, facts: ReplayFacts) -> bool:
        return facts.count.exact

    def is_long(self, facts: ReplayFacts) -> bool:
        return not facts.count.exact or facts.count.value > min(AT_ONCE, facts.per_second)

    def creates(self, facts: ReplayFacts) -> str:
        return f"the stream {display(facts.target)}" if facts.makes_target else ""

    def figures(self, facts: ReplayFacts) -> list[Figure]:
        seconds, groups = facts.count.value // facts.per_second, len(facts.groups)
        return [
            (wording.counted(facts.count), "entries"),
            (wording.number(facts.per_second), "a second at most"),
            (wording.duration(max(1, seconds)), "it will take"),
            (wording.number(groups), "group will be given them" if groups == 1 else "groups will be given them"),
        ]

    def effects(self, facts: ReplayFacts) -> list[GroupEffect]:
        effect = f"Is given {wording.entries(facts.count)} as new ones."
        return [GroupEffect(name=display(name), effect=effect) for name in facts.groups]

    def notes(self, facts: ReplayFacts) -> list[str]:
        notes = [
            f"The first is {facts.first_id}, the last {facts.last_id}. They get new ids.",
            "Each is added once, however often this is stopped, gone on with or checked again.",
        ]
        if facts.strips:
            notes.append("Fields that say where a dead letter comes from (streamgauge:…) are left out.")
        if facts.removes:
            notes.append(f"They are deleted from {wording.short(facts.key)} once they are added.")
        return notes

    def risks(self, facts: ReplayFacts) -> list[str]:
        risks = ["Consumers process them again, or what they did the first time fails again; neither is taken back."]
        if facts.removes:
            risks.append("Groups of the stream that they are deleted from will not be given them any more.")
        return risks

    def remarks(self, outcome: Outcome) -> list[str]:
        return [f"Added up to {outcome.made['up to']}."] if outcome.made.get("up to") else []

    def carry_out(self, client: "redis.Redis", facts: ReplayFacts, run: "Run") -> None:
        stream = run.action.stream
        assert stream is not None  # noqa: S101 - it was started for one
        with action_client(stream.server.acting_target, facts.target) as target:
            appender = Appender(target, facts.target, facts.marker, run_id=facts.target_run_id)
            reached, added = begun(appender, run)
            if reached and facts.removes:
                self._remove_again(client, facts, reached)
            run.outcome.done = added
            pace = _Pace(facts.per_second, run)
            for found, looked_to in matching(client, facts.key, facts.wanted, after=reached):
                for batch in _batches(found, pace.size):
                    up_to = batch[-1][0].decode()
                    appender.append([_fields(entry, facts) for entry in batch], up_to=up_to, added=added + len(batch))
                    added += len(batch)
                    run.outcome.done, run.outcome.made["up to"] = added, up_to
                    if facts.removes:
                        _delete(client, facts, [entry[0] for entry in batch])
                    pace.wait(len(batch))
                run.outcome.cursor = looked_to
                run.checkpoint()
        if facts.count.exact:
            run.outcome.gone = max(0, facts.count.value - added)
        run.outcome.requested = added + run.outcome.gone

    @staticmethod
    def _remove_again(client: "redis.Redis", facts: ReplayFacts, reached: str) -> None:
        """What was added and perhaps not deleted any more when an earlier run ended; the last batch alone can be."""
        kept = []
        for found, looked_to in matching(client, facts.key, facts.wanted):
            kept += [entry[0] for entry in found]
            if looked_to == reached or len(kept) >= _BATCH:
                break
        _delete(client, facts, [name for name in kept if _is_at_most(name, reached)])


def _delete(client: "redis.Redis", facts: ReplayFacts, ids: list[bytes]) -> None:
    if ids:
        delete_batch(client, facts.run_id, facts.key, [name.decode() for name in ids], needed_too=True)


def _is_at_most(name: bytes, reached: str) -> bool:
    return tuple(map(int, name.split(b"-"))) <= tuple(map(int, reached.split("-")))


def _fields(entry: RawEntry, facts: ReplayFacts) -> Fields:
    cells: Fields = entry[1]
    if not facts.strips:
        return cells
    pairs = zip(cells[::2], cells[1::2], strict=True)
    kept = [cell for pair in pairs if not pair[0].startswith(OURS) for cell in pair]
    return kept or cells


def _batches(found: list[RawEntry], size: int) -> list[list[RawEntry]]:
    batches: list[list[RawEntry]] = []
    room = 0
    for entry in found:
        length = sum(map(len, entry[1]))
        if not batches or len(batches[-1]) >= size or room < length:
            batches.append([])
            room = _BATCH_BYTES
        batches[-1].append(entry)
        room -= length
    return batches


class _Pace:
    """Not more than so many a second; while it waits the action is heard of, and can be stopped."""

    def __init__(self, per_second: int, run: "Run") -> None:
        self.size = max(1, min(_BATCH, per_second // 5))
        self._each_s, self._run = 1 / per_second, run
        self._next = time.monotonic()

    def wait(self, entries: int) -> None:
        """After so many entries."""
        self._next = max(self._next, time.monotonic() - 1) + entries * self._each_s
        while (left := self._next - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE_S))
            self._run.checkpoint()
