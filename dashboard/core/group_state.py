"""A group in one word, judged over a fixed window of samples and not over its commits, so that quiet streams are no alarm.

Each history keeps when something last happened, never the samples themselves: "the lag never fell in the window" is
"the lag fell before the window began". That costs a few numbers a group however long the window is.
"""

from enum import StrEnum

from dashboard.core.entry_id import EntryId
from dashboard.core.sample import GroupSample

WINDOW_S = 60.0
STUCK_AFTER_S = 300.0  # as long as the slowest entry may honestly take
FLOOR = 0  # a lag that is no lag


class GroupState(StrEnum):
    """A group in one word, in order of gravity."""

    STOPPED = "stopped"
    STALLED = "stalled"
    STUCK = "stuck"
    SLOW = "slow"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    OK = "ok"


Judgement = tuple[GroupState, str]

_CAUGHT_UP = (GroupState.OK, "It has caught up within the last minute.")
_FELL = (GroupState.OK, "Its lag fell within the last minute.")
_KEEPS_PACE = (GroupState.OK, "It keeps pace with what is added.")
_TOO_EARLY = (GroupState.WAITING, f"It has not been watched for {WINDOW_S:.0f} s yet.")
_UNKNOWN_UNMOVED = (GroupState.UNKNOWN, "Nothing is delivered to it, and its lag is not known.")
_UNKNOWN_MOVING = (GroupState.UNKNOWN, "Entries are delivered to it, but its lag is not known.")
_SLOW = (GroupState.SLOW, f"Entries arrive faster than it is given them: its lag only rose for {WINDOW_S:.0f} s.")
_STOPPED = (
    GroupState.STOPPED,
    f"Entries wait, none was delivered for {WINDOW_S:.0f} s, and it has no consumer.",
)


class GroupHistory:
    """When a group last moved, fell back and caught up, by the server's clock."""

    __slots__ = ("caught_up_at", "delivered", "fell_at", "lag", "moved_at", "pending", "pending_at", "rose_at", "since")

    def __init__(self, at: float, group: GroupSample, lag: int | None) -> None:
        self.since = self.moved_at = self.pending_at = at
        self.fell_at = self.rose_at = None  # type: float | None
        self.caught_up_at = at if lag is not None and lag <= FLOOR else None
        self.delivered: EntryId = group.last_delivered_id
        self.pending = group.pending
        self.lag = lag

    def observe(self, at: float, last_at: float, group: GroupSample, lag: int | None) -> None:
        """Takes the next sample in. `last_at` is the time of the sample before, whether or not it was taken in here:
        a caller may leave out samples in which nothing changed."""
        if self.lag is not None and self.lag <= FLOOR:
            self.caught_up_at = last_at
        if group.last_delivered_id != self.delivered:
            self.delivered, self.moved_at, self.pending_at = group.last_delivered_id, at, at
        if group.pending != self.pending:
            self.pending, self.pending_at = group.pending, at
        if lag is None:
            return
        if lag <= FLOOR:
            self.caught_up_at = at
        if self.lag is not None and lag != self.lag:
            if lag < self.lag:
                self.fell_at = at
            else:
                self.rose_at = at
        self.lag = lag

    def within(self, happened_at: float | None, now: float) -> bool:
        """True if it happened within the window that ends now."""
        return happened_at is not None and now - happened_at <= WINDOW_S

    def judged_until(self, now: float) -> float:
        """Until when a group to which nothing happens keeps the judgement of `now`."""
        happened = (self.since, self.caught_up_at, self.moved_at, self.fell_at, self.rose_at)
        ends = [at + WINDOW_S for at in happened if at is not None and now - at <= WINDOW_S]
        if self.pending and now - self.pending_at < STUCK_AFTER_S:
            ends.append(self.pending_at + STUCK_AFTER_S)
        return min(ends, default=float("inf"))


def judge_group(history: GroupHistory, group: GroupSample, lag: int | None, now: float) -> Judgement:
    """The group's state and a sentence that says why. The sentence holds no number that changes with every sample."""
    if group.pending and now - history.pending_at >= STUCK_AFTER_S:
        return GroupState.STUCK, (
            f"Nothing was delivered or acknowledged for {STUCK_AFTER_S:.0f} s, while {group.pending} entries are pending."
        )
    if (lag is not None and lag <= FLOOR) or history.within(history.caught_up_at, now):
        return _CAUGHT_UP
    if now - history.since < WINDOW_S:
        return _early(history, now)
    if not history.within(history.moved_at, now):
        return _unmoved(group, lag)
    return _moving(history, lag, now)


def _early(history: GroupHistory, now: float) -> Judgement:
    if history.within(history.fell_at, now):
        return _FELL
    return _TOO_EARLY


def _unmoved(group: GroupSample, lag: int | None) -> Judgement:
    if lag is None:
        return _UNKNOWN_UNMOVED
    if not group.consumers:
        return _STOPPED
    return GroupState.STALLED, (
        f"Entries wait and none was delivered for {WINDOW_S:.0f} s; consumers registered: {group.consumers}."
    )


def _moving(history: GroupHistory, lag: int | None, now: float) -> Judgement:
    if lag is None:
        return _UNKNOWN_MOVING
    if history.within(history.fell_at, now):
        return _FELL
    if history.within(history.rose_at, now):
        return _SLOW
    return _KEEPS_PACE
