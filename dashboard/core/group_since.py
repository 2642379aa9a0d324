"""Since when a group is in its state, as far as its history tells."""

from dashboard.core.group_state import GroupHistory, GroupState
from dashboard.core.sample import GroupSample


def since_when(history: GroupHistory, group: GroupSample, state: GroupState) -> float | None:
    """By the server's clock; None where the history does not tell, and for OK, which is no news."""
    match state:
        case GroupState.STOPPED | GroupState.STALLED:
            return history.moved_at
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
        case GroupState.WAITING:
            return history.since
        case _:
            return None
