"""The plan of a trim: whichever way it was asked for, what acts is a cut-off id, and what each group loses stands beside it."""

from enum import StrEnum

import msgspec
import redis

from dashboard.core.entry_id import EntryId
from dashboard.core.names import display
from streams_admin import pending
from streams_admin.facts import Count, Facts, GroupFact
from streams_admin.models import Kind
from streams_admin.plans import PlanError, look
from streams_admin.redis_io.look import StreamState, walk
from streams_admin.rows import CLOCK_IDS_FROM_MS
from streams_admin.wording import counted

MOST_COUNTED = 100_000  # entries that a preview counts; beyond, it says "at least"
MOST_PENDING_COUNTED = 10_000


class TrimMode(StrEnum):
    """How a trim was asked for; whichever it was, what acts is a cut-off id."""

    SAFE = "safe"
    LENGTH = "length"
    AGE = "age"
    ID = "id"


class TrimFacts(Facts, frozen=True, kw_only=True):
    """Everything below the cut-off id goes."""

    kind = Kind.TRIM

    mode: TrimMode
    asked: int | str | None  # entries to keep, seconds, or the first id that stays; None for a safe trim
    length: int
    first_id: str
    last_generated_id: str
    entries_added: int | None  # None: the server (6.2) knows no such field
    watermark: str | None  # None: there are no groups
    pinned_by: bytes | None
    cutoff: str
    removed: Count
    groups: tuple[GroupFact, ...] = ()
    beyond: bool = False  # also what groups still need, as was asked for
    wanted: Count | None = None  # what was asked for, where the watermark holds some of it back
    approximate: bool = False  # whole nodes only
    clears: bool = False  # takes what is pending of these out of the pending lists, so that no ghost is left

    @property
    def ends(self) -> tuple[str, str] | None:
        return self.first_id, str(EntryId.parse(self.cutoff).previous())

    @property
    def loses(self) -> Count:
        """Entries, summed over the groups, that a group has not finished with."""
        return sum((g.loses_undelivered + g.loses_pending for g in self.groups), Count(0))


def plan_trim(
    client: "redis.Redis",
    key: bytes,
    mode: TrimMode,
    asked: int | str | None = None,
    *,
    beyond: bool = False,
    approximate: bool = False,
    clears: bool = False,
) -> TrimFacts:
    """A trim to a length, to an age in seconds, to the first id that stays, or of what every group has acknowledged.

    It ends at the watermark unless `beyond` was asked for. Raises PlanError.
    """
    state = look(client, key)
    if state.first_id is None or state.last_id is None:
        raise PlanError("The stream is empty: there is nothing to remove.")
    cutoff, known = _cutoff(client, key, state, mode, asked)
    wanted = None
    if not beyond and state.watermark is not None and EntryId.parse(state.watermark) < EntryId.parse(cutoff):
        wanted = known or _count_below(client, key, state, cutoff)
        cutoff, known = state.watermark, None
    if EntryId.parse(cutoff) <= EntryId.parse(state.first_id):
        raise PlanError(_nothing_to_trim(state, mode, wanted))
    removed, groups = _effects(client, key, state, cutoff, safe=not beyond and state.watermark is not None)
    return TrimFacts(
        run_id=state.run_id,
        key=key,
        mode=mode,
        asked=asked,
        length=state.length,
        first_id=state.first_id,
        last_generated_id=state.last_generated_id,
        entries_added=state.entries_added,
        watermark=state.watermark,
        pinned_by=state.pinned_by,
        cutoff=cutoff,
        removed=known or removed,
        groups=groups,
        beyond=beyond,
        wanted=wanted,
        approximate=approximate,
        clears=clears and beyond,
    )


def _cutoff(
    client: "redis.Redis", key: bytes, state: StreamState, mode: TrimMode, asked: int | str | None
) -> tuple[str, Count | None]:
    """The id below which entries go, and how many that is where it is known already."""
    if mode is TrimMode.LENGTH:
        return _cutoff_by_length(client, key, state, int(asked or 0))
    if mode is TrimMode.AGE:
        return _cutoff_by_age(state, int(asked or 0)), None
    if mode is TrimMode.ID:
        return _cutoff_by_id(state, str(asked)), None
    if state.watermark is None:
        raise PlanError(
            "The stream has no groups, so nothing tells what has been processed. Trim to a length or an age instead.",
            "mode",
        )
    return state.watermark, None


def _cutoff_by_length(client: "redis.Redis", key: bytes, state: StreamState, keep: int) -> tuple[str, Count]:
    """The id of the oldest entry that stays. Fixed here, so that entries added later cannot shift it."""
    excess = state.length - keep
    first, last = str(state.first_id), str(state.last_id)
    if excess <= 0:
        raise PlanError(f"The stream has {state.length} entries: there is nothing above {keep} to remove.", "asked")
    if keep == 0:
        return str(EntryId.parse(last).next()), Count(excess)
    if keep <= excess and keep <= MOST_COUNTED:
        oldest_kept = walk(client, key, (last, "-"), at_most=keep, newest_first=True).last_id
        return str(oldest_kept), Count(excess)
    gone = walk(client, key, (first, last), at_most=min(excess, MOST_COUNTED))
    # Too many to count at once: this plan takes the oldest of them, and the next plan goes on.
    return str(EntryId.parse(str(gone.last_id)).next()), Count(gone.count)


def _cutoff_by_age(state: StreamState, seconds: int) -> str:
    for entry_id in (state.first_id, state.last_id):
        if not CLOCK_IDS_FROM_MS <= EntryId.parse(str(entry_id)).ms <= state.at_ms + 86_400_000:
            raise PlanError(
                f"The ids of this stream are no clock times ({entry_id}): trim to a length instead.", "mode"
            )
    return f"{max(0, state.at_ms - 1000 * seconds)}-0"


def _cutoff_by_id(state: StreamState, first_kept: str) -> str:
    """The id, but never beyond what the stream has now: entries added later all stay."""
    end = EntryId.parse(str(state.last_id)).next()
    return str(min(EntryId.parse(first_kept), end))


def _count_below(client: "redis.Redis", key: bytes, state: StreamState, cutoff: str) -> Count:
    """Entries below the id, counted from the nearer end where one of them is near enough."""
    first, last = str(state.first_id), str(state.last_id)
    below = walk(client, key, (first, f"({cutoff}"), at_most=MOST_COUNTED)
    if not below.complete:
        above = walk(client, key, (last, cutoff), at_most=MOST_COUNTED, newest_first=True)
        if above.complete:
            return Count(state.length - above.count)
    return Count(below.count, below.complete)


def _nothing_to_trim(state: StreamState, mode: TrimMode, wanted: Count | None) -> str:
    if wanted is not None:
        return (
            f"The group {display(state.pinned_by or b'')} still needs all of these {counted(wanted)} entries. "
            "Tick “also what groups still need” to remove them in spite of it."
        )
    if mode is not TrimMode.SAFE:
        return "No entry is that old: there is nothing to remove."
    return "Nothing can be removed safely: a group still needs the oldest entry."


def _effects(
    client: "redis.Redis", key: bytes, state: StreamState, cutoff: str, *, safe: bool
) -> tuple[Count, tuple[GroupFact, ...]]:
    """How many entries go, and the groups with what each would lose."""
    if safe:
        return _count_below(client, key, state, cutoff), state.groups
    first, below = str(state.first_id), f"({cutoff}"
    # Counted once, in pieces between the groups' last-delivered ids, then summed for each group.
    edges = _edges(state, cutoff)
    budget, starts, pieces = MOST_COUNTED, [first, *(f"({edge}" for edge in edges)], []
    for start, end in zip(starts, [*edges, below], strict=True):
        piece = walk(client, key, (start, end), at_most=budget) if budget else None
        pieces.append(Count(piece.count, piece.complete) if piece else Count(0, exact=False))
        budget -= pieces[-1].value
    groups = tuple(
        msgspec.structs.replace(
            group,
            loses_undelivered=_undelivered(group, cutoff, edges, pieces),
            loses_pending=_pending_lost(client, key, group, (first, below)),
        )
        for group in state.groups
    )
    return sum(pieces, Count(0)), groups


def _edges(state: StreamState, cutoff: str) -> list[str]:
    """Last-delivered ids between the first entry and the cut-off, in order."""
    low, high = EntryId.parse(str(state.first_id)), EntryId.parse(cutoff)
    delivered = {EntryId.parse(group.last_delivered_id) for group in state.groups}
    return [str(edge) for edge in sorted(delivered) if low <= edge < high]


def _undelivered(group: GroupFact, cutoff: str, edges: list[str], pieces: list[Count]) -> Count:
    delivered = EntryId.parse(group.last_delivered_id)
    if delivered >= EntryId.parse(cutoff):
        return Count(0)
    after = edges.index(str(delivered)) + 1 if str(delivered) in edges else 0
    return sum(pieces[after:], Count(0))


def _pending_lost(client: "redis.Redis", key: bytes, group: GroupFact, ends: tuple[str, str]) -> Count:
    if not group.pending:
        return Count(0)
    return pending.count_pending(client, key, group.name, ends, at_most=MOST_PENDING_COUNTED)
