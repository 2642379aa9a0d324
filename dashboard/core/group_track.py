"""What is remembered of one group from sample to sample, and what slower reads said of it."""

from dashboard.core.consumers import ConsumerFacts
from dashboard.core.damage import Losses, PendingFacts
from dashboard.core.entry_id import EntryId
from dashboard.core.flow import Flow
from dashboard.core.group_state import GroupHistory
from dashboard.core.measured import Measured
from dashboard.core.rates import Reading, acknowledged_between
from dashboard.core.time_lag import is_clock

NEVER = float("-inf")


class GroupTrack:
    """A group's last reading, its history, and what slower reads said of it."""

    __slots__ = (
        "again_until",
        "consumers",
        "counted",
        "flow",
        "history",
        "judged_until",
        "losses",
        "measured",
        "pending",
        "reading",
        "waiting_estimated",
        "waiting_since",
    )

    def __init__(self, reading: Reading, now: float) -> None:
        self.reading = reading
        self.history = GroupHistory(now, reading.group, reading.lag.value)
        self.flow = Flow(now)
        self.losses = Losses(reading, now)
        self.again_until: EntryId | None = None  # set back: it is given again what it was given, up to there
        self.judged_until = NEVER  # the same reading before then means the same state
        self.counted = True  # the lag is known, and not only a lower bound of it
        self.measured: Measured | None = None
        self.pending: PendingFacts | None = None
        self.consumers: ConsumerFacts | None = None
        self.waiting_since: float | None = None  # the oldest entry that was not delivered; None: not known yet
        self.waiting_estimated = False

    def acknowledged(self, before: Reading, delivered: int | None) -> int | None:
        """Entries acknowledged since a reading; None while a group that was set back may be given what is pending already."""
        after, again = self.reading, self.again_until
        until = _given_until(after)
        was_until = _given_until(before) if again is None else again
        anew = after.stream.last_generated_id < before.stream.last_generated_id
        self.again_until = was_until if until < was_until and not anew else None
        if before.group.pending and before.group.last_delivered_id < was_until:
            return None
        return acknowledged_between(before.group, after.group, delivered)

    def learn_pending(self, facts: PendingFacts, now: float) -> None:
        """Takes in what was read of the oldest pending entries."""
        self.pending = facts
        oldest = facts.oldest
        since = oldest.ms / 1000 if oldest is not None and is_clock(oldest, now) else None
        self.history.see_oldest(oldest, since, now)

    def learn_consumers(self, facts: ConsumerFacts) -> None:
        """Takes in what was read of the consumers."""
        self.consumers = facts
        self.history.live, self.history.acted_at = facts.live, facts.acted_at


def _given_until(reading: Reading) -> EntryId:
    delivered, generated = reading.group.last_delivered_id, reading.stream.last_generated_id
    return delivered if delivered <= generated else generated
