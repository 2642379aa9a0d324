"""What one group's samples mean, sample by sample. The deriver calls it for each group of a stream.

Three ways lead to a group's metrics. `derived_group` proves everything, whatever happened, and is right for every sample.
`stepped_group` is for the ordinary step, in which nothing was removed and both lags are known, so that one subtraction
tells what was delivered. `aged_group` is for a group to which nothing happened.
"""

from dashboard.core.group_numbers import group_metrics
from dashboard.core.group_track import NEVER, GroupTrack
from dashboard.core.interpolation import Counters
from dashboard.core.lag import Lag, LagQuality, derive_lag
from dashboard.core.measured import added_since, carried, from_reading
from dashboard.core.metrics import GroupMetrics
from dashboard.core.moment import Moment
from dashboard.core.rates import Reading, delivered_between, per_second, stood_ahead
from dashboard.core.sample import GroupSample, StreamSample

_AT_LEAST, _EXACT = LagQuality.AT_LEAST, LagQuality.EXACT


def derived_group(
    moment: Moment,
    own: GroupTrack | None,
    stream: StreamSample,
    group: GroupSample,
    added: int | None,
    counters: Counters | None,
) -> tuple[GroupTrack, GroupMetrics]:
    """The group's track and metrics after a sample in which it, or its stream, is not what it was."""
    lag = derive_lag(stream, group, moment.trusted)
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
        else:
            own.measured = None
        acknowledged = own.acknowledged(before, delivered)
        own.losses.observe(before, reading, added, moment.at)
        own.flow.observe(moment.at, before.group.pending, added, delivered, acknowledged)
        own.history.observe(moment.at, moment.last_at, group, lag.value)
        own.waiting_since = None
    own.history.lost_at, own.history.losing = own.losses.at, own.losses.standing > 0
    if not group.pending:
        own.history.see_oldest(None, None, moment.at)
    own.judged_until = NEVER
    own.counted = lag.value is not None and lag.quality is not _AT_LEAST
    rates = (per_second(delivered, moment.elapsed_s), per_second(acknowledged, moment.elapsed_s))
    return own, group_metrics(moment, own, counters, *rates)


def stepped_group(
    moment: Moment,
    elapsed_s: float,
    own: GroupTrack,
    stream: StreamSample,
    group: GroupSample,
    added: int,
    counters: Counters | None,
) -> GroupMetrics | None:
    """The same where the step was an ordinary one; None, and nothing done, where it was not.

    `added` entries came to the stream and none was removed (`rates.only_grew`). The step is ordinary for a group whose lag
    is exact before and after, which was set neither back nor ahead, and which was given as many as the lags say: none if it
    stands still.
    """
    before = own.reading
    was, was_waiting = before.group, before.lag
    lag = derive_lag(stream, group, moment.trusted)
    if lag.quality is not _EXACT or was_waiting.quality is not _EXACT or own.again_until is not None:
        return None
    delivered: int = added + was_waiting.value - lag.value  # type: ignore[operator]  # exact lags have values
    moved = group.last_delivered_id != was.last_delivered_id
    if delivered < 0 or (delivered and not moved):
        return None
    if moved and (group.last_delivered_id < was.last_delivered_id or stood_ahead(before)):
        return None
    acknowledged: int | None = delivered - (group.pending - was.pending)
    if acknowledged < 0:  # type: ignore[operator]
        acknowledged = None
    now, history = moment.at, own.history
    own.reading = Reading(stream, group, lag)
    own.flow.observe(now, was.pending, added, delivered, acknowledged)
    history.observe(now, moment.last_at, group, lag.value)
    if moved and history.losing:
        own.losses.standing, history.losing = 0, False
    if history.oldest is not None and not group.pending:
        history.see_oldest(None, None, now)
    if moved or own.waiting_estimated:
        own.waiting_since = None  # else it still waits for the same entry, since none was removed
    own.judged_until, own.counted = NEVER, True
    acked_per_s = None if acknowledged is None else acknowledged / elapsed_s
    return group_metrics(moment, own, counters, delivered / elapsed_s, acked_per_s)


def aged_group(moment: Moment, own: GroupTrack, metrics: GroupMetrics, counters: Counters | None) -> GroupMetrics:
    """The metrics of a group to which nothing happened: only waiting goes on; the very same where nothing waits."""
    if moment.at < same_until(own, metrics) and metrics.delivered_per_s == 0.0 == metrics.acked_per_s:
        return metrics
    if moment.at < own.judged_until:
        return group_metrics(moment, own, counters, 0.0, 0.0, (metrics.state, metrics.state_reason))
    # Only here: while something happens to a group, it is judged anew with each sample anyway.
    own.judged_until = own.history.judged_until(moment.at)
    return group_metrics(moment, own, counters, 0.0, 0.0)


def same_until(own: GroupTrack, metrics: GroupMetrics) -> float:
    """Until when the same sample means the same metrics; for what waits, no longer than this one."""
    if metrics.lag.value != 0 or (metrics.pending and metrics.oldest_pending_s is not None):
        return NEVER
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
