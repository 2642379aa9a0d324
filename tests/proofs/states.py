"""Brute force for a group's state: the table of docs/numbers.md, asked of all samples that there ever were."""

from itertools import pairwise

from dashboard.core.group_state import ABANDONED_AFTER_S, STUCK_AFTER_S, UNKNOWN_AFTER_S, WINDOW_S, GroupState
from dashboard.core.metrics import GroupMetrics
from tests.proofs.consumers import alive
from tests.proofs.past import Past


def check_state(past: Past) -> None:
    """The state that was said is the first of the table that holds."""
    said = past.rows[-1].said
    expected = _state(past)
    assert said.state is expected, f"{said.state} ({said.state_reason}), truly {expected}"
    if expected in (GroupState.STOPPED, GroupState.STALLED, GroupState.SLOW):
        assert past.rows[-1].waiting > 0, f"{expected}, though nothing waits"


def _state(past: Past) -> GroupState:
    said = past.rows[-1].said
    if any(_position_fell(past)):
        return GroupState.REWOUND
    if _loses(past):
        return GroupState.LOSS
    if (said.pending or said.lag.value != 0) and past.now - _quiet_since(past) >= ABANDONED_AFTER_S:
        return GroupState.ABANDONED
    return _of_delivery(past) or _of_pending(past) or _calm(past)


def _position_fell(past: Past) -> list[bool]:
    return [is_ < was for at, was, is_ in past.changes(_position) if _recent(past, at)]  # type: ignore[operator]


def _loses(past: Past) -> bool:
    """The loss was seen within the window, or since the group moved last, so that it lies right ahead of it."""
    rose = [at for at, was, is_ in past.changes(_lost) if is_ > was]  # type: ignore[operator]
    if _lost(past.rows[0].said):
        rose.append(past.rows[0].at)
    moved_at = max((at for at, _, _ in past.changes(_position)), default=past.rows[0].at)
    return any(_recent(past, at) or at >= moved_at for at in rose)


def _quiet_since(past: Past) -> float:
    """Since when no consumer does anything, as far as is known."""
    if not past.rows[-1].said.consumers:
        moves = [at for at, _, _ in past.changes(lambda said: (said.last_delivered_id, said.pending))]
        return max(moves, default=past.rows[0].at)
    if not past.looks or alive(past.looks):
        return past.now
    at, seen = past.looks[-1]
    return max((at - one.idle_s for one in seen), default=past.now)


def _of_delivery(past: Past) -> GroupState | None:
    """What waits is not delivered, or too slowly; only of a group that was watched and never caught up."""
    said = past.rows[-1].said
    if _caught_up(past) or past.now - past.rows[0].at < WINDOW_S:
        return None
    if not any(_recent(past, at) for at, _, _ in past.changes(_position)):
        dead = not said.consumers or (past.looks and not alive(past.looks))
        return GroupState.STOPPED if dead else GroupState.STALLED
    rose, fell = _lag_went(past)
    return GroupState.SLOW if rose and not fell and said.lag.value is not None else None


def _of_pending(past: Past) -> GroupState | None:
    said, now = past.rows[-1].said, past.now
    if not said.pending:
        return None
    if past.oldest is None:
        changed = [at for at, _, _ in past.changes(lambda said: (said.last_delivered_id, said.pending))]
        stuck = now - max(changed, default=past.rows[0].at) >= STUCK_AFTER_S
    else:
        stuck = now - past.oldest_at > WINDOW_S and now - past.oldest_since >= STUCK_AFTER_S
    if stuck:
        return GroupState.STUCK
    return GroupState.POISON if said.poison else GroupState.GHOSTS if said.ghosts else None


def _calm(past: Past) -> GroupState:
    if _caught_up(past):
        return GroupState.OK
    if past.now - past.rows[0].at < WINDOW_S:
        return GroupState.OK if _lag_went(past)[1] else GroupState.WAITING
    known = [row.at for row in past.rows if row.said.lag.value is not None]
    unknown_s = past.now - max(known, default=past.rows[0].at)
    return GroupState.UNKNOWN if unknown_s > UNKNOWN_AFTER_S else GroupState.OK


def _caught_up(past: Past) -> bool:
    return any(row.said.lag.value == 0 and _recent(past, row.at) for row in past.rows)


def _lag_went(past: Past) -> tuple[bool, bool]:
    """Whether the lag, where it was known, rose and fell within the window."""
    known = [(row.at, row.said.lag.value) for row in past.rows if row.said.lag.value is not None]
    steps = [after - before for (_, before), (at, after) in pairwise(known) if _recent(past, at)]
    return any(step > 0 for step in steps), any(step < 0 for step in steps)


def _recent(past: Past, at: float) -> bool:
    return past.now - at <= WINDOW_S


def _position(said: GroupMetrics) -> object:
    return said.last_delivered_id


def _lost(said: GroupMetrics) -> int:
    return said.lost or 0
