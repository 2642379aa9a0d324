"""The numbers of one group at one tick, from what is remembered of it: waiting, damage, state.

Tens of thousands of groups a second pass here, so what is nothing (no lag, nothing pending) is seen to be nothing at once.
"""

from dashboard.core.by_position import by_position
from dashboard.core.consumers import ConsumerFacts, dead_consumers
from dashboard.core.damage import ghosts_now, left
from dashboard.core.entry_id import EntryId
from dashboard.core.group_since import since_when
from dashboard.core.group_state import GroupState, Judgement, judge_group
from dashboard.core.group_track import GroupTrack
from dashboard.core.interpolation import Counters
from dashboard.core.metrics import GroupMetrics
from dashboard.core.moment import Moment
from dashboard.core.time_lag import is_clock, oldest_waiting

_of_group = by_position(
    GroupMetrics,
    *("name", "lag", "time_lag_s", "pending", "delivered_per_s", "acked_per_s", "consumers", "last_delivered_id"),
    *("state", "state_reason", "time_lag_estimated", "oldest_pending_s", "processing_s", "drain_s", "never_drains"),
    *("ghosts", "lost", "poison", "most_deliveries", "live_consumers", "dead_consumers", "state_since", "who"),
)
_OK = GroupState.OK
#: Ghosts, poison, most deliveries, and seconds that the oldest pending entry has waited.
_Pending = tuple[int | None, int | None, int | None, float | None]
_NOTHING_PENDING: _Pending = (0, 0, None, 0.0)
_NO_CONSUMER: tuple[int | None, int | None] = (0, 0)
#: Time lag, seconds until the lag is gone, and whether it never will be.
_CAUGHT_UP: tuple[float | None, float | None, bool] = (0.0, 0.0, False)


def group_metrics(
    moment: Moment,
    own: GroupTrack,
    counters: Counters | None,
    delivered_per_s: float | None,
    acked_per_s: float | None,
    judgement: Judgement | None = None,
) -> GroupMetrics:
    """The metrics of the group as it was read last. `judgement` is its state where that is known already."""
    reading, now, flow = own.reading, moment.at, own.flow
    group, lag = reading.group, reading.lag
    waits = lag.value
    ghosts, poison, most, oldest_s = _pending(own, now) if group.pending else _NOTHING_PENDING
    if judgement is None:
        history = own.history
        history.ghosts, history.poison = bool(ghosts), bool(poison)
        judgement = judge_group(history, group, waits, now)
    state, reason = judgement
    live, dead = _consumers(own.consumers, waits) if group.consumers else _NO_CONSUMER
    time_lag_s, drain_s, never_drains = _CAUGHT_UP
    if waits != 0:
        if own.waiting_since is None:
            own.waiting_since, own.waiting_estimated = _waiting_since(moment, own, counters)
        since = own.waiting_since
        time_lag_s = None if since is None else now - since if now > since else 0.0
        drain_s, never_drains = flow.drain(waits, now)
        if never_drains and own.history.caught_up_within(now):
            never_drains = False  # it catches up now and then: nothing is foretold
    return _of_group(
        group.name,
        lag,
        time_lag_s,
        group.pending,
        delivered_per_s,
        acked_per_s,
        group.consumers,
        group.last_delivered_id,
        state,
        reason,
        own.waiting_estimated and waits != 0,
        oldest_s,
        flow.processing_s(now),
        drain_s,
        never_drains,
        ghosts,
        own.losses.lost if reading.stream.entries_added is not None or own.losses.lost else None,
        poison,
        most,
        live,
        dead,
        None if state is _OK else since_when(own.history, group, state),
        own.consumers if group.consumers else None,
    )


def _pending(own: GroupTrack, now: float) -> _Pending:
    """What is known of entries that are pending; None until they were read."""
    stream, group, facts = own.reading.stream, own.reading.group, own.pending
    if facts is None:
        return ghosts_now(None, stream, group), None, None, None
    oldest = facts.oldest
    oldest_s = max(0.0, now - oldest.ms / 1000) if oldest is not None and is_clock(oldest, now) else None
    return ghosts_now(facts, stream, group), left(facts.poison, facts, group), facts.most_deliveries, oldest_s


def _consumers(facts: ConsumerFacts | None, waits: int | None) -> tuple[int | None, int | None]:
    """How many are alive and how many dead; None until they were read."""
    if facts is None:
        return None, None
    return facts.live, dead_consumers(facts, lags=waits != 0)


def _waiting_since(moment: Moment, own: GroupTrack, counters: Counters | None) -> tuple[float | None, bool]:
    """When the oldest waiting entry was added, and whether that is an estimate."""
    reading, found = own.reading, moment.sweep.first_undelivered
    looked_up = found.get((reading.stream.key, reading.group.name)) if found else None
    oldest: EntryId | None = oldest_waiting(reading.stream, reading.group, looked_up)
    if oldest is not None and is_clock(oldest, moment.at):
        return oldest.ms / 1000, oldest is reading.group.last_delivered_id
    added, lag = reading.stream.entries_added, reading.lag
    if counters is None or added is None or lag.value is None:
        return None, False
    passed = counters.passed(added - lag.value, moment.at)
    return (passed.at, True) if passed is not None else (None, False)
