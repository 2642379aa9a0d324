"""Since when a group is in its state, as far as its history tells."""

from dashboard.core.group_state import GroupHistory, GroupState
from dashboard.core.sample import GroupSample

# Looking a member up in its enum takes longer than all that is done with it here; and these are what lagging groups mostly are.
_WAITING, _STOPPED, _STALLED = GroupState.WAITING, GroupState.STOPPED, GroupState.STALLED


def since_when(history: GroupHistory, group: GroupSample, state: GroupState) -> float | None:
    """By the server's clock; None where the history does not tell, and for OK, which is no news."""
    if state is _WAITING:
        return history.since
    if state is _STOPPED or state is _STALLED:
        return max(history.moved_at, history.caught_up_at or 0.0)  # before, nothing waited
    match state:
        case GroupState.STUCK:
            return history.pending_at if history.oldest is None else history.oldest_since
        case GroupState.SLOW:
            return max(history.since, history.caught_up_at or 0.0, history.fell_at or 0.0)
        case GroupState.LOSS:
            return history.lost_at
        case GroupState.REWOUND:
            return history.rewound_at
        case GroupState.ABANDONED:
            return history.quiet_since(group)
        case GroupState.UNKNOWN:
            return history.known_at
        case _:
            return None
