"""What one group's samples mean: lag, rates, waiting, damage and state. The deriver calls it for each group of a stream.

Tens of thousands of groups a second pass here, so a group to which nothing happened takes the short way (`aged_group`),
and what slower reads brought is looked at once, when it comes.
"""

from collections.abc import Mapping

import msgspec

from dashboard.core.consumers import ConsumerFacts, dead_consumers
from dashboard.core.damage import Losses, PendingFacts, ghosts_now, left
from dashboard.core.entry_id import EntryId
from dashboard.core.flow import Flow
from dashboard.core.group_state import GroupHistory, GroupState, judge_group
from dashboard.core.insight import Insights, Place
from dashboard.core.interpolation import Counters
from dashboard.core.lag import Lag, LagQuality, derive_lag
from dashboard.core.measured import Measured, added_since, carried, from_reading
from dashboard.core.metrics import GroupMetrics
from dashboard.core.rates import Reading, acknowledged_between, delivered_between, per_second
from dashboard.core.sample import GroupSample, StreamSample, Sweep
from dashboard.core.time_lag import is_clock, oldest_waiting

_AT_LEAST = LagQuality.AT_LEAST
_NEVER = float("-inf")


class Moment(msgspec.Struct):
    """What the streams of one sweep share."""

    sweep: Sweep
    at: float
    last_at: float
    elapsed_s: float | None  # None: nothing to compare with
    calls: int | None
    trusted: bool
    memory: Mapping[bytes, int]
    insights: Insights
    uncounted: dict[Place, None]  # groups whose lag is not known are noted here


class GroupTrack:
    """What is remembered of one group: its last reading, its history, and what slower reads said of it."""

    __slots__ = (
        "consumers",
        "counted",
        "flow",
        "given_until",
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
        self.given_until = _given_until(reading)  # as far as entries were ever delivered; they may be again
        self.losses = Losses(reading, now)
        self.judged_until = _NEVER  # the same reading before then means the same state
        self.counted = True  # the lag is known, and not only a lower bound of it
        self.measured: Measured | None = None
        self.pending: PendingFacts | None = None
        self.consumers: ConsumerFacts | None = None
        self.waiting_since: float | None = None  # the oldest entry that was not delivered; None: not known yet
        self.waiting_estimated = False

    def acknowledged(self, before: Reading, group: GroupSample, delivered: int | None) -> int | None:
        """Entries acknowledged since a reading; None while a group that was set back may be given what is pending already."""
        again = before.group.pending and before.group.last_delivered_id < self.given_until
        until = _given_until(self.reading)
        anew = self.reading.stream.last_generated_id < before.stream.last_generated_id
        if anew or until > self.given_until:
            self.given_until = until
        return None if again else acknowledged_between(before.group, group, delivered)

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


def derived_group(
    moment: Moment,
    own: GroupTrack | None,
    stream: StreamSample,
    group: GroupSample,
    added: int | None,
    counters: Counters | None,
) -> tuple[GroupTrack, GroupMetrics]:
    """The group's track and metrics after a sample in which it, or its stream, is not what it was."""
    lag = derive_lag(stream, group, trusted=moment.trusted)
    if lag.value is None and own is not None:
        lag = _counted_on(moment, own, stream, group, added) or lag
    reading = Reading(stream, group, lag)
    delivered = acknowledged = None
    if own is None:
        own = GroupTrack(reading, moment.at)
    else:
        before, own.reading = own.reading, reading
        if moment.elapsed_s is not None:
            delivered = delivered_between(before, reading, added)
            acknowledged = own.acknowledged(before, group, delivered)
        else:
            own.measured = None
        own.losses.observe(before, reading, added, moment.at)
        own.flow.observe(moment.at, before.group.pending, added, delivered, acknowledged)
        own.history.observe(moment.at, moment.last_at, group, lag.value)
        own.waiting_since = None
    if not group.pending:
        own.history.see_oldest(None, None, moment.at)
    own.judged_until = _NEVER
    own.counted = lag.value is not None and lag.quality is not _AT_LEAST
    rates = (per_second(delivered, moment.elapsed_s), per_second(acknowledged, moment.elapsed_s))
    return own, _metrics(moment, own, counters, *rates, _judged(moment, own))


def aged_group(moment: Moment, own: GroupTrack, metrics: GroupMetrics, counters: Counters | None) -> GroupMetrics:
    """The metrics of a group to which nothing happened: only waiting goes on; the very same where nothing waits."""
    if moment.at < same_until(own, metrics) and metrics.delivered_per_s == 0.0 == metrics.acked_per_s:
        return metrics
    state = (metrics.state, metrics.state_reason)
    if moment.at >= own.judged_until:
        state = _judged(moment, own)
        # Only here: while something happens to a group, it is judged anew with each sample anyway.
        own.judged_until = own.history.judged_until(moment.at)
    return _metrics(moment, own, counters, 0.0, 0.0, state)


def same_until(own: GroupTrack, metrics: GroupMetrics) -> float:
    """Until when the same sample means the same metrics; for what waits, no longer than this one."""
    if metrics.lag.value != 0 or (metrics.pending and metrics.oldest_pending_s is not None):
        return _NEVER
    return min(own.judged_until, own.flow.until()) if metrics.processing_s is not None else own.judged_until


def _counted_on(
    moment: Moment, own: GroupTrack, stream: StreamSample, group: GroupSample, added: int | None
) -> Lag | None:
    """The lag by what was known before or has been counted since, where the server does not say (L3)."""
    found = None
    if moment.elapsed_s is not None and (known := from_reading(own.reading)) is not None:
        found = carried(known, stream, group, added)
    if own.measured is not None and (found is None or found.quality is _AT_LEAST):
        other = carried(own.measured, stream, group, added_since(own.measured, stream))
        if other is not None and (found is None or other.quality is not _AT_LEAST or _more(other, found)):
            found = other
    return found


def _more(one: Lag, other: Lag) -> bool:
    return (one.value or 0) > (other.value or 0)


def _judged(moment: Moment, own: GroupTrack) -> tuple[GroupState, str]:
    history, reading = own.history, own.reading
    group, facts, losses = reading.group, own.pending, own.losses
    history.lost_at, history.losing = losses.at, losses.standing > 0
    history.ghosts = history.poison = False
    if group.pending:
        history.ghosts = bool(ghosts_now(facts, reading.stream, group))
        history.poison = facts is not None and left(facts.poison, facts, group) > 0
    return judge_group(history, group, reading.lag.value, moment.at)


def _metrics(
    moment: Moment,
    own: GroupTrack,
    counters: Counters | None,
    delivered_per_s: float | None,
    acked_per_s: float | None,
    judgement: tuple[GroupState, str],
) -> GroupMetrics:
    stream, group, lag = own.reading.stream, own.reading.group, own.reading.lag
    facts, now, flow = own.pending, moment.at, own.flow
    drain_s, never_drains = (0.0, False) if lag.value == 0 else flow.drain(lag.value, now)
    live, dead = _consumers(own.consumers, group, lag) if group.consumers else (0, 0)
    ghosts = poison = most = 0 if not group.pending else None
    if group.pending:
        ghosts = ghosts_now(facts, stream, group)
        if facts is not None:
            poison, most = left(facts.poison, facts, group), facts.most_deliveries
    time_lag_s = 0.0 if lag.value == 0 else _time_lag(moment, own, counters)
    state, reason = judgement
    # By position: names cost more than all the rest of a group.
    return GroupMetrics(
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
        own.waiting_estimated and lag.value != 0,
        _oldest_pending_s(facts, group, now) if group.pending else 0.0,
        flow.processing_s(now),
        drain_s,
        never_drains,
        ghosts,
        own.losses.lost if stream.entries_added is not None or own.losses.lost else None,
        poison,
        most if group.pending else None,
        live,
        dead,
    )


def _consumers(facts: ConsumerFacts | None, group: GroupSample, lag: Lag) -> tuple[int | None, int | None]:
    """How many are alive and how many dead; None until they were read."""
    if facts is None:
        return None, None
    return facts.live, dead_consumers(facts, lags=lag.value != 0)


def _oldest_pending_s(facts: PendingFacts | None, group: GroupSample, now: float) -> float | None:
    if not group.pending:
        return 0.0
    if facts is None or facts.oldest is None or not is_clock(facts.oldest, now):
        return None
    return max(0.0, now - facts.oldest.ms / 1000)


def _time_lag(moment: Moment, own: GroupTrack, counters: Counters | None) -> float | None:
    """Seconds that the oldest entry which was not delivered has waited; None where nobody can tell."""
    if own.waiting_since is None:
        own.waiting_since, own.waiting_estimated = _waiting_since(moment, own, counters)
        if own.waiting_since is None:
            return None
    waited = moment.at - own.waiting_since
    return waited if waited > 0.0 else 0.0


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
