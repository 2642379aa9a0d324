"""Brute force for a group's state: the table of docs/numbers.md, asked of all samples that there ever were."""

from itertools import pairwise

from dashboard.core.group_state import ABANDONED_AFTER_S, STUCK_AFTER_S, UNKNOWN_AFTER_S, WINDOW_S, GroupState
from dashboard.core.metrics import GroupMetrics
from tests.proofs.consumers import alive
from tests.proofs.past import Past


def check_state(past: Past) -> None:
    """The state that was said is the first of the table that holds, and has held for as long as is said."""
    said = past.rows[-1].said
    expected = _state(past)
    assert said.state is expected, f"{said.state} ({said.state_reason}), truly {expected}"
    since = _since(past, expected)
    assert said.state_since == since, f"{expected} since {said.state_since}, truly {since}"
    if expected in (GroupState.STOPPED, GroupState.STALLED, GroupState.SLOW):
        assert past.rows[-1].waiting > 0, f"{expected}, though nothing waits"


def _state(past: Past) -> GroupState:
    said = past.rows[-1].said
    if any(_recent(past, at) for at in _set_back(past)):
        return GroupState.REWOUND
    if _loses(past):
        return GroupState.LOSS
    if (said.pending or said.lag.value != 0) and past.now - _quiet_since(past) >= ABANDONED_AFTER_S:
        return GroupState.ABANDONED
    return _of_delivery(past) or _of_pending(past) or _calm(past)


def _since(past: Past, state: GroupState) -> float | None:
    """The last sample that would have refuted the state, or showed what it is about."""
    begun, caught_up = past.rows[0].at, [row.at for row in past.rows if row.said.lag.value == 0]
    match state:
        case GroupState.STOPPED | GroupState.STALLED:
            return max([begun, *caught_up, *(at for at, _, _ in past.changes(_position))])
        case GroupState.SLOW:
            return max([begun, *caught_up, *(at for at, step in _lag_steps(past) if step < 0)])
        case GroupState.STUCK:
            return past.oldest_since if past.oldest is not None else _quiet_since_work(past)
        case GroupState.UNKNOWN:
            return max([begun, *(row.at for row in past.rows if row.said.lag.value is not None)])
        case GroupState.REWOUND:
            return max(_set_back(past))
        case GroupState.LOSS:
            return max(_losses(past))
        case GroupState.ABANDONED:
            return _quiet_since(past)
        case GroupState.WAITING:
            return begun
        case _:
            return None


def _set_back(past: Past) -> list[float]:
    return [at for at, was, is_ in past.changes(_position) if is_ < was]  # type: ignore[operator]


def _losses(past: Past) -> list[float]:
    rose = [at for at, was, is_ in past.changes(_lost) if is_ > was]  # type: ignore[operator]
    return [past.rows[0].at, *rose] if _lost(past.rows[0].said) else rose


def _loses(past: Past) -> bool:
    """The loss was seen within the window, or since the group moved last, so that it lies right ahead of it."""
    moved_at = max((at for at, _, _ in past.changes(_position)), default=past.rows[0].at)
    return any(_recent(past, at) or at >= moved_at for at in _losses(past))


def _quiet_since(past: Past) -> float:
    """Since when no consumer does anything, as far as is known."""
    if not past.rows[-1].said.consumers:
        return _quiet_since_work(past)
    if not past.looks or alive(past.looks):
        return past.now
    at, seen = past.looks[-1]
    return max((at - one.idle_s for one in seen), default=past.now)


def _quiet_since_work(past: Past) -> float:
    """Since when nothing was delivered or acknowledged."""
    work = [at for at, _, _ in past.changes(lambda said: (said.last_delivered_id, said.pending))]
    return max(work, default=past.rows[0].at)


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
        stuck = now - _quiet_since_work(past) >= STUCK_AFTER_S
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
    steps = [step for at, step in _lag_steps(past) if _recent(past, at)]
    return any(step > 0 for step in steps), any(step < 0 for step in steps)


def _lag_steps(past: Past) -> list[tuple[float, int]]:
    """(when, by how much) the lag changed, from one sample in which it was known to the next."""
    known = [(row.at, row.said.lag.value) for row in past.rows if row.said.lag.value is not None]
    return [(at, after - before) for (_, before), (at, after) in pairwise(known)]


def _recent(past: Past, at: float) -> bool:
    return past.now - at <= WINDOW_S


def _position(said: GroupMetrics) -> object:
    return said.last_delivered_id


def _lost(said: GroupMetrics) -> int:
    return said.lost or 0
