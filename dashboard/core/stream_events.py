"""What happened to one stream between two samples: made anew, trimmed, groups made, removed or set back, entries lost.

Trimming with each XADD, and a group that is trimmed past all the time, are states and no events: such a thing is told once
and then at most every ten minutes, with what has come together since.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from dashboard.core.entry_id import ZERO
from dashboard.core.marks import MarkKind
from dashboard.core.metrics import StreamMetrics
from dashboard.core.names import display
from dashboard.core.sample import GroupSample, StreamSample
from dashboard.core.wording import number, shortened

QUIET_S = 600.0
NODE = 100  # entries that a trim with ~ leaves until it takes them at once
NAMED = 3  # so many groups are named, the others counted


class Occurrence(NamedTuple):
    """One thing that happened; `text` is a sentence."""

    kind: MarkKind
    key: bytes
    text: str
    group: bytes = b""


class _Kept:
    __slots__ = ("count", "times", "told_at")

    def __init__(self) -> None:
        self.told_at = float("-inf")
        self.times = self.count = 0


class Quiet:
    """Lets a thing that goes on be told at most every QUIET_S, and adds up what is not told."""

    def __init__(self) -> None:
        self._kept: dict[tuple[bytes, bytes], _Kept] = {}

    def tell(self, key: bytes, group: bytes, count: int, at: float) -> tuple[int, int] | None:
        """(count, times) since it was last told, this time included; None where it is not time yet."""
        kept = self._kept.setdefault((key, group), _Kept())
        kept.times += 1
        kept.count += count
        if abs(at - kept.told_at) < QUIET_S:
            return None
        told = kept.count, kept.times
        kept.told_at, kept.count, kept.times = at, 0, 0
        return told

    def keep(self, keys: Collection[bytes]) -> None:
        """Forgets all other streams."""
        self._kept = {subject: kept for subject, kept in self._kept.items() if subject[0] in keys}


def happened(
    before: StreamSample, after: StreamSample, quiet: Quiet, at: float, *, returned: bool = False
) -> Iterator[Occurrence]:
    """The things that happened, in order; most often none. `returned`: there was no such key between the two."""
    if (text := _reset(before, after, returned)) is not None:
        yield Occurrence(MarkKind.RESET, after.key, text)
        return  # its trims and groups are the former stream's
    if after.first_id != before.first_id and before.first_id is not None:
        yield from _trimmed(before, after, quiet, at)
    if after.groups is not before.groups:
        yield from _of_groups(before, after)


def uneventful(before: StreamSample, after: StreamSample) -> bool:
    """True where `happened` has nothing to tell, seen at a glance: entries were added and read, as nearly always."""
    added, generated = after.entries_added, after.last_generated_id
    if after.first_id != before.first_id or generated < before.last_generated_id:
        return False
    if added != before.entries_added and (generated == before.last_generated_id or _fell(before.entries_added, added)):
        return False
    if len(before.groups) != len(after.groups):
        return False
    for was, group in zip(before.groups, after.groups, strict=True):
        if was is not group and (was.name != group.name or group.last_delivered_id < was.last_delivered_id):
            return False
    return True


# Streams


def _reset(before: StreamSample, after: StreamSample, returned: bool) -> str | None:
    set_back = _fell(before.entries_added, after.entries_added) or after.last_generated_id < before.last_generated_id
    same_start = before.first_id is not None and before.first_id == after.first_id
    if not (set_back or _made_anew(before, after) or (returned and not same_start)):
        return _counter_set(before, after)
    if same_start and before.length == after.length:
        return "Its last id or its counter of added entries was set back by hand (XSETID)."
    gone = f" Its {_count(len(before.groups), 'group')} went with it." if before.groups and not after.groups else ""
    return f"The stream was made anew: {number(before.length)} entries before, {number(after.length)} now.{gone}"


def _counter_set(before: StreamSample, after: StreamSample) -> str | None:
    if before.entries_added == after.entries_added or after.last_generated_id != before.last_generated_id:
        return None
    return "Its counter of added entries was set by hand (XSETID)."  # XADD always raises the last id, too


def _fell(before: int | None, after: int | None) -> bool:
    return before is not None and after is not None and after < before


def _made_anew(before: StreamSample, after: StreamSample) -> bool:
    """A stream that begins after all that the former one had, and never lost an entry or has lost every group."""
    if after.first_id is None or after.first_id <= before.last_generated_id:
        return False
    if before.entries_added is None:
        return bool(before.groups) and not after.groups
    return bool(before.entries_added) and after.entries_added == after.length and after.max_deleted_id == ZERO


def _trimmed(before: StreamSample, after: StreamSample, quiet: Quiet, at: float) -> Iterator[Occurrence]:
    fall = before.length - after.length
    # A queue whose entries are deleted one by one after their processing is not being trimmed.
    if fall <= 0 or after.max_deleted_id != before.max_deleted_id:
        return
    was_added = after.last_generated_id != before.last_generated_id
    if fall <= max(before.length / 10, NODE if was_added else 0):
        return  # what trimming with each XADD takes, too
    told = quiet.tell(after.key, b"", _removed(before, after), at)
    if told is None:
        return
    count, times = told
    word = "trimmed" if after.max_deleted_id is not None else "trimmed or deleted"
    floor = "At least " if was_added and after.entries_added is None else ""
    times_told = f" in {times} trims since the last mark" if times > 1 else ""
    text = f"{floor}{_count(count, 'entry')} {word}{times_told}; {number(after.length)} left."
    yield Occurrence(MarkKind.TRIM, after.key, text)


def _removed(before: StreamSample, after: StreamSample) -> int:
    added = (after.entries_added or 0) - (before.entries_added or 0)
    return before.length + max(0, added) - after.length


# Groups


def overtaken(before: StreamMetrics, after: StreamMetrics, quiet: Quiet, at: float) -> Iterator[Occurrence]:
    """Groups that lost entries before they were given them: the sums of `core/damage.py` rose."""
    former = {group.name: group.lost for group in before.groups}
    for group in after.groups:
        lost = (group.lost or 0) - (former.get(group.name, group.lost) or 0)
        if lost > 0 and (told := quiet.tell(after.key, group.name, lost, at)):
            text = f"{_count(told[0], 'entry')} went before {_shown(group.name)} was given them."
            yield Occurrence(MarkKind.LOSS, after.key, text, group.name)


def _of_groups(before: StreamSample, after: StreamSample) -> Iterator[Occurrence]:
    former, present = before.groups, after.groups
    if len(former) == len(present):
        changed = [pair for pair in zip(former, present, strict=True) if pair[0] is not pair[1]]
        if all(was.name == group.name for was, group in changed):
            yield from (_rewound(after, was, group) for was, group in changed if _went_back(was, group))
            return
    yield from _other_groups(after, {group.name: group for group in former}, {group.name: group for group in present})


def _other_groups(
    after: StreamSample, former: dict[bytes, GroupSample], present: dict[bytes, GroupSample]
) -> Iterator[Occurrence]:
    made = [name for name in present if name not in former]
    removed = [name for name in former if name not in present]
    for kind, names, verb in (
        (MarkKind.GROUP_CREATED, made, "created"),
        (MarkKind.GROUP_DESTROYED, removed, "destroyed"),
    ):
        if names:
            named = ", ".join(_shown(name) for name in names[:NAMED])
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            one = names[0] if len(names) == 1 else b""
            word = "Group" if len(names) == 1 else "Groups"
            yield Occurrence(kind, after.key, f"{word} {verb}: {named}{more}.", one)
    for name, group in present.items():
        if name in former and _went_back(former[name], group):
            yield _rewound(after, former[name], group)


def _went_back(was: GroupSample, group: GroupSample) -> bool:
    return group.last_delivered_id < was.last_delivered_id


def _rewound(after: StreamSample, was: GroupSample, group: GroupSample) -> Occurrence:
    text = (
        f"{_shown(group.name)} was set back from {was.last_delivered_id} to {group.last_delivered_id}:"
        " what lies between is delivered again."
    )
    return Occurrence(MarkKind.REWOUND, after.key, text, group.name)


def _shown(name: bytes) -> str:
    return shortened(display(name[:400]))


def _count(count: int, noun: str) -> str:
    many = noun if count == 1 else {"entry": "entries"}.get(noun, f"{noun}s")
    return f"{number(count)} {many}"
