"""Plans: what an action would do, read from the server and frozen before anyone confirms it."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import redis

from dashboard.core.entry_id import EntryId
from dashboard.models import Stream
from streams_admin import pending, redis_io
from streams_admin.facts import AcknowledgeFacts, ClaimFacts, Count, Facts, GroupFact, PendingFact, TrimFacts, TrimMode
from streams_admin.facts import encode as encode_facts
from streams_admin.models import Kind, Plan
from streams_admin.pending import PendingFilter
from streams_admin.redis_io import StreamState
from streams_admin.rows import CLOCK_IDS_FROM_MS
from streams_admin.wording import ABORTED

UNUSED_KEPT = timedelta(days=1)
MOST_PENDING = 10_000  # entries in one plan
MOST_COUNTED = 100_000  # entries that a preview counts; beyond, it says "at least"
MOST_PENDING_COUNTED = 10_000


class PlanError(Exception):
    """There is nothing to plan; the text says why and what would be right. `field` is the form's, if one is to blame."""

    def __init__(self, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.field = field


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Pending entries by their ids, or, without ids, all that match the filter."""

    matching: PendingFilter
    ids: Sequence[str] | None = None


class Target(msgspec.Struct, frozen=True):
    """The consumer that entries go to. A new one must have been asked for by name."""

    consumer: bytes
    is_new: bool = False


def save_plan(stream: Stream, operator: Any, facts: Facts, *, now: datetime) -> Plan:
    """Keeps the facts for five minutes under a token that cannot be guessed; forgets unused plans of days ago."""
    Plan.objects.filter(action=None, expires_at__lt=now - UNUSED_KEPT).delete()
    return Plan.objects.create(
        token=secrets.token_urlsafe(32),
        kind=Kind(str(facts.__struct_config__.tag)),
        stream=stream,
        operator=operator,
        facts=encode_facts(facts),
        created_at=now,
        expires_at=now + Plan.LIFETIME,
    )


def plan_claim(client: "redis.Redis", key: bytes, selection: Selection, target: Target) -> ClaimFacts:
    """A claim of the selected entries that the target does not own already. Raises PlanError."""
    state = _state(client, key)
    _group(state, selection.matching.group)
    chosen, more = _selected(client, key, selection)
    others = tuple(entry for entry in chosen if entry.owner != target.consumer)
    if not others:
        raise PlanError("All of these entries are pending for that consumer already.", "consumer")
    return ClaimFacts(
        run_id=state.run_id,
        key=key,
        group=selection.matching.group,
        consumer=target.consumer,
        creates_consumer=target.is_new,
        entries=others,
        already_theirs=len(chosen) - len(others),
        more=more,
    )


def plan_acknowledge(client: "redis.Redis", key: bytes, selection: Selection) -> AcknowledgeFacts:
    """An acknowledgement of the selected entries. Raises PlanError."""
    state = _state(client, key)
    _group(state, selection.matching.group)
    chosen, more = _selected(client, key, selection)
    first = EntryId.parse(state.first_id) if state.first_id else None
    return AcknowledgeFacts(
        run_id=state.run_id,
        key=key,
        group=selection.matching.group,
        entries=chosen,
        ghosts=sum(first is None or EntryId.parse(entry.id) < first for entry in chosen),
        more=more,
    )


def plan_trim(client: "redis.Redis", key: bytes, mode: TrimMode, asked: int | None = None) -> TrimFacts:
    """A trim to a length, to an age in seconds, or of what every group has acknowledged. Raises PlanError."""
    state = _state(client, key)
    if state.first_id is None or state.last_id is None:
        raise PlanError("The stream is empty: there is nothing to remove.")
    cutoff, known = _cutoff(client, key, state, mode, asked)
    if EntryId.parse(cutoff) <= EntryId.parse(state.first_id):
        raise PlanError(_nothing_to_trim(state, mode))
    removed, groups = _effects(client, key, state, cutoff, safe=mode is TrimMode.SAFE)
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
    )


def _state(client: "redis.Redis", key: bytes) -> StreamState:
    try:
        return redis_io.read_state(client, key)
    except redis_io.Aborted as aborted:
        raise PlanError(ABORTED[aborted.why]) from None


def _group(state: StreamState, name: bytes) -> GroupFact:
    for group in state.groups:
        if group.name == name:
            return group
    raise PlanError(ABORTED["no-group"], "group")


def _selected(client: "redis.Redis", key: bytes, selection: Selection) -> tuple[tuple[PendingFact, ...], bool]:
    group, ids = selection.matching.group, selection.ids
    if ids is None:
        page = pending.matching_pending(client, key, selection.matching, at_most=MOST_PENDING)
        chosen, more = list(page.entries), page.next_after is not None
    elif not ids:
        raise PlanError("Select at least one entry, or all that match.", "entries")
    else:
        chosen, more = pending.pending_of(client, key, group, ids), False
    if not chosen:
        raise PlanError("None of these entries is pending any more.", "entries")
    return tuple(chosen), more


def _cutoff(
    client: "redis.Redis", key: bytes, state: StreamState, mode: TrimMode, asked: int | None
) -> tuple[str, Count | None]:
    """The id below which entries go, and how many that is where it is known already."""
    if mode is TrimMode.LENGTH:
        return _cutoff_by_length(client, key, state, asked or 0)
    if mode is TrimMode.AGE:
        return _cutoff_by_age(state, asked or 0), None
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
        oldest_kept = redis_io.walk(client, key, (last, "-"), at_most=keep, newest_first=True).last_id
        return str(oldest_kept), Count(excess)
    gone = redis_io.walk(client, key, (first, last), at_most=min(excess, MOST_COUNTED))
    # Too many to count at once: this plan takes the oldest of them, and the next plan goes on.
    return str(EntryId.parse(str(gone.last_id)).next()), Count(gone.count)


def _cutoff_by_age(state: StreamState, seconds: int) -> str:
    for entry_id in (state.first_id, state.last_id):
        if not CLOCK_IDS_FROM_MS <= EntryId.parse(str(entry_id)).ms <= state.at_ms + 86_400_000:
            raise PlanError(
                f"The ids of this stream are no clock times ({entry_id}): trim to a length instead.", "mode"
            )
    return f"{max(0, state.at_ms - 1000 * seconds)}-0"


def _nothing_to_trim(state: StreamState, mode: TrimMode) -> str:
    if mode is not TrimMode.SAFE:
        return "No entry is that old: there is nothing to remove."
    return "Nothing can be removed safely: a group still needs the oldest entry."


def _effects(
    client: "redis.Redis", key: bytes, state: StreamState, cutoff: str, *, safe: bool
) -> tuple[Count, tuple[GroupFact, ...]]:
    """How many entries go, and the groups with what each would lose."""
    first, below = str(state.first_id), f"({cutoff}"
    # Counted once, in pieces between the groups' last-delivered ids, then summed for each group.
    edges = [] if safe else _edges(state, cutoff)
    budget, starts, pieces = MOST_COUNTED, [first, *(f"({edge}" for edge in edges)], []
    for start, end in zip(starts, [*edges, below], strict=True):
        piece = redis_io.walk(client, key, (start, end), at_most=budget) if budget else None
        pieces.append(Count(piece.count, piece.complete) if piece else Count(0, exact=False))
        budget -= pieces[-1].value
    if safe:
        return pieces[0], state.groups
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
