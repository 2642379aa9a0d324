"""A group in one word, judged over a fixed window of samples and not over its commits, so that quiet streams are no alarm.

Each history keeps when something last happened, never the samples themselves: "the lag never fell in the window" is
"the lag fell before the window began". That costs a few numbers a group however long the window is.

What the lag says (stopped, stalled, slow) is overruled by a lag of 0 within the window. What is damage (rewound, loss,
stuck, poison, ghosts) is not: entries that wait for an acknowledgement do so in a group that has caught up, too.
"""

from enum import StrEnum

from dashboard.core.entry_id import EntryId
from dashboard.core.sample import GroupSample

WINDOW_S = 60.0
STUCK_AFTER_S = 300.0  # as long as the slowest entry may honestly take
UNKNOWN_AFTER_S = 30.0  # a lag that is not known for a moment is not worth a word
ABANDONED_AFTER_S = 2 * 86_400.0
FLOOR = 0  # a lag that is no lag


class GroupState(StrEnum):
    """A group in one word, in order of gravity."""

    LOSS = "loss"
    STOPPED = "stopped"
    POISON = "poison"
    STALLED = "stalled"
    STUCK = "stuck"
    REWOUND = "rewound"
    SLOW = "slow"
    GHOSTS = "ghosts"
    ABANDONED = "abandoned"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    OK = "ok"


Judgement = tuple[GroupState, str]

_CAUGHT_UP = (GroupState.OK, "It has caught up within the last minute.")
_FELL = (GroupState.OK, "Its lag fell within the last minute.")
_KEEPS_PACE = (GroupState.OK, "It keeps pace with what is added.")
_TOO_EARLY = (GroupState.WAITING, f"It has not been watched for {WINDOW_S:.0f} s yet.")
_UNKNOWN = (GroupState.UNKNOWN, "Entries are delivered to it, but its lag is not known.")
_REWOUND = (
    GroupState.REWOUND,
    f"Its last delivered id fell within the last {WINDOW_S:.0f} s: it is given again what it already had.",
)
_LOSS = (GroupState.LOSS, "Entries were trimmed or deleted before it was given them.")
_SLOW = (GroupState.SLOW, f"Entries arrive faster than it is given them: its lag only rose for {WINDOW_S:.0f} s.")
_UNMOVED = f"Entries wait and none was delivered for {WINDOW_S:.0f} s"
_STOPPED = (GroupState.STOPPED, f"{_UNMOVED}: it has no consumer.")
_ALL_DEAD = (GroupState.STOPPED, f"{_UNMOVED}: none of its consumers is alive.")
_STALLED = (GroupState.STALLED, f"{_UNMOVED}, though it has consumers.")
_STALLED_ALIVE = (GroupState.STALLED, f"{_UNMOVED}, though a consumer is alive.")
_STUCK = (
    GroupState.STUCK,
    f"Nothing was delivered or acknowledged for {STUCK_AFTER_S:.0f} s, while entries are pending.",
)
_OLDEST_STUCK = (
    GroupState.STUCK,
    f"Its oldest pending entry has waited for more than {STUCK_AFTER_S:.0f} s, and is not acknowledged.",
)
_POISON = (GroupState.POISON, "A pending entry was delivered five times or more and is still not acknowledged.")
_GHOSTS = (GroupState.GHOSTS, "Entries that no longer exist are pending.")
_ABANDONED = (
    GroupState.ABANDONED,
    f"None of its consumers did anything for {ABANDONED_AFTER_S / 86_400:.0f} days, while entries wait or are pending.",
)


class GroupHistory:
    """When a group last moved, fell back and caught up, by the server's clock; and what is known of its damage."""

    __slots__ = (
        "acted_at",
        "caught_up_at",
        "delivered",
        "fell_at",
        "ghosts",
        "known",
        "known_at",
        "lag",
        "live",
        "losing",
        "lost_at",
        "moved_at",
        "oldest",
        "oldest_at",
        "oldest_since",
        "pending",
        "pending_at",
        "poison",
        "rewound_at",
        "rose_at",
        "since",
    )

    def __init__(self, at: float, group: GroupSample, lag: int | None) -> None:
        self.since = self.moved_at = self.pending_at = self.known_at = at
        self.fell_at = self.rose_at = self.rewound_at = None  # type: float | None
        self.caught_up_at = at if lag is not None and lag <= FLOOR else None
        self.delivered: EntryId = group.last_delivered_id
        self.pending = group.pending
        self.lag = lag  # the last known one
        self.known = lag is not None  # in the last sample
        # What slower reads say; until they do, nothing.
        self.lost_at: float | None = None
        self.losing = False  # what was lost lies right ahead of the group
        self.oldest: EntryId | None = None  # the smallest pending id
        self.oldest_at = self.oldest_since = at  # seen first; pending since
        self.ghosts = self.poison = False
        self.live: int | None = None
        self.acted_at: float | None = None  # when a consumer last did something

    def observe(self, at: float, last_at: float, group: GroupSample, lag: int | None) -> None:
        """Takes the next sample in. `last_at` is the time of the sample before, whether or not it was taken in here:
        a caller may leave out samples in which nothing changed."""
        if self.known and self.lag is not None:
            self.known_at = last_at
            if self.lag <= FLOOR:
                self.caught_up_at = last_at
        if group.last_delivered_id != self.delivered:
            if group.last_delivered_id < self.delivered:
                self.rewound_at = at
            self.delivered, self.moved_at, self.pending_at = group.last_delivered_id, at, at
        if group.pending != self.pending:
            self.pending, self.pending_at = group.pending, at
        self.known = lag is not None
        if lag is None:
            return
        self.known_at = at
        if lag <= FLOOR:
            self.caught_up_at = at
        if self.lag is not None and lag != self.lag:
            if lag < self.lag:
                self.fell_at = at
            else:
                self.rose_at = at
        self.lag = lag

    def see_oldest(self, oldest: EntryId | None, since: float | None, now: float) -> None:
        """Takes in the smallest pending id; `since` when it was added, where its id is a clock."""
        if oldest != self.oldest:
            self.oldest, self.oldest_at = oldest, now
            self.oldest_since = now if since is None else min(since, now)

    def within(self, happened_at: float | None, now: float) -> bool:
        """True if it happened within the window that ends now."""
        return happened_at is not None and now - happened_at <= WINDOW_S

    def caught_up_within(self, now: float) -> bool:
        """True if its lag was 0 within the window that ends now."""
        return self.within(self.caught_up_at, now)

    def quiet_since(self, group: GroupSample) -> float | None:
        """Since when no consumer does anything; None where one is alive, or nobody knows."""
        if not group.consumers:
            return max(self.since, self.moved_at, self.pending_at)
        return self.acted_at if self.live == 0 else None

    def judged_until(self, now: float) -> float:
        """Until when a group to which nothing happens keeps the judgement of `now`."""
        happened = (
            self.since,
            self.caught_up_at,
            self.moved_at,
            self.fell_at,
            self.rose_at,
            self.rewound_at,
            self.lost_at,
            self.oldest_at if self.oldest is not None else None,
        )
        ends = [at + WINDOW_S for at in happened if at is not None and now - at <= WINDOW_S]
        if now - self.known_at <= UNKNOWN_AFTER_S:
            ends.append(self.known_at + UNKNOWN_AFTER_S)
        if self.pending:
            stuck = self.oldest_since if self.oldest is not None else self.pending_at
            if now - stuck < STUCK_AFTER_S:
                ends.append(stuck + STUCK_AFTER_S)
        quiet = (self.acted_at, max(self.since, self.moved_at, self.pending_at))
        ends += [at + ABANDONED_AFTER_S for at in quiet if at is not None and now - at < ABANDONED_AFTER_S]
        return min(ends, default=float("inf"))


def judge_group(history: GroupHistory, group: GroupSample, lag: int | None, now: float) -> Judgement:
    """The group's state and a sentence that says why. The sentence holds no number that changes with every sample."""
    if history.rewound_at is not None and now - history.rewound_at <= WINDOW_S:
        return _REWOUND
    if history.losing or (history.lost_at is not None and now - history.lost_at <= WINDOW_S):
        return _LOSS
    if lag == FLOOR and not group.pending:
        return _CAUGHT_UP  # as nearly all are, nearly always; the long way ends there too
    caught_up = (lag is not None and lag <= FLOOR) or history.within(history.caught_up_at, now)
    # Before "stopped" and "stuck", which every abandoned group is too: after days they tell nobody anything new.
    if (history.live == 0 or now - history.moved_at >= ABANDONED_AFTER_S) and _is_abandoned(history, group, lag, now):
        return _ABANDONED
    if not caught_up and now - history.since >= WINDOW_S and (of_delivery := _delivery(history, group, lag, now)):
        return of_delivery
    if group.pending and (of_pending := _pending(history, now)):
        return of_pending
    return _CAUGHT_UP if caught_up else _calm(history, lag, now)


def _is_abandoned(history: GroupHistory, group: GroupSample, lag: int | None, now: float) -> bool:
    since = history.quiet_since(group) if group.pending or lag is None or lag > FLOOR else None
    return since is not None and now - since >= ABANDONED_AFTER_S


def _delivery(history: GroupHistory, group: GroupSample, lag: int | None, now: float) -> Judgement | None:
    """Entries wait (an unknown lag is at least 1): are they delivered?"""
    if not history.within(history.moved_at, now):
        if not group.consumers:
            return _STOPPED
        if history.live is None:
            return _STALLED
        return _STALLED_ALIVE if history.live else _ALL_DEAD
    rising = not history.within(history.fell_at, now) and history.within(history.rose_at, now)
    return _SLOW if rising and lag is not None else None


def _pending(history: GroupHistory, now: float) -> Judgement | None:
    if history.oldest is None:
        if now - history.pending_at >= STUCK_AFTER_S:
            return _STUCK
    elif now - history.oldest_at > WINDOW_S and now - history.oldest_since >= STUCK_AFTER_S:
        return _OLDEST_STUCK
    if history.poison:
        return _POISON
    return _GHOSTS if history.ghosts else None


def _calm(history: GroupHistory, lag: int | None, now: float) -> Judgement:
    if now - history.since < WINDOW_S:
        return _FELL if history.within(history.fell_at, now) else _TOO_EARLY
    if lag is None and now - history.known_at > UNKNOWN_AFTER_S:
        return _UNKNOWN
    return _FELL if history.within(history.fell_at, now) else _KEEPS_PACE
