"""What a threshold of the registry says, as judging takes it."""

from datetime import UTC, datetime, timedelta

from dashboard.core.gauge import Function, Gauge
from dashboard.core.readings import Otherwise
from dashboard.core.schedule import active_hours
from dashboard.core.subjects import Scope
from dashboard.core.threshold_metrics import LASTING_METRICS, Metric
from dashboard.core.thresholds import Comparison, Definition, Limit
from dashboard.models import Threshold

LONGEST_WINDOW_S = 24 * 3600.0
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def gauge_of(threshold: Threshold) -> Gauge:
    """What the threshold reads; raises ValueError where it makes no sense."""
    function = Function(threshold.function)
    if function is Function.LAST:
        return Gauge(Metric(threshold.metric), frozenset(threshold.states))
    if not 0 < threshold.window_s <= LONGEST_WINDOW_S:
        raise ValueError(f"Its window is {threshold.window_s:g} s long.")
    return Gauge(Metric(threshold.metric), frozenset(threshold.states), function, threshold.window_s)


def scope_of(threshold: Threshold) -> Scope:
    """Which subjects the threshold is for."""
    return Scope(
        metric=Metric(threshold.metric),
        stream_id=threshold.stream_id,
        key_pattern=(threshold.key_pattern or "*").encode(),
        group_pattern=(threshold.group_pattern or "*").encode(),
        consumer_pattern=(threshold.consumer_pattern or "*").encode(),
        key_excludes=_lines(threshold.key_excludes),
        group_excludes=_lines(threshold.group_excludes),
        consumer_excludes=_lines(threshold.consumer_excludes),
        tag=threshold.tag.strip(),
    )


def _lines(text: str) -> tuple[bytes, ...]:
    return tuple(line.strip().encode() for line in text.splitlines() if line.strip())


def definition_of(threshold: Threshold) -> Definition:
    """The threshold's limits and rules; raises ValueError or OverflowError where it makes no sense."""
    limits = tuple(
        _limit(threshold, severity.value, limit, clear) for severity, (limit, clear) in threshold.limits.items()
    )
    if not limits:
        raise ValueError("It has no limit.")
    hours = active_hours(threshold.zone, threshold.active_days, threshold.active_from, threshold.active_until)
    if hours:
        hours.is_active(_SOME_DAY)  # a zone that does not exist says so here, and not at every tick
    return Definition(
        limits=limits[::-1],
        keep_open=timedelta(seconds=threshold.keep_open_s),
        on_estimated=Otherwise(threshold.on_estimated),
        on_unknown=Otherwise(threshold.on_unknown),
        on_no_data=Otherwise(threshold.on_no_data),
        on_error=Otherwise(threshold.on_error),
        hours=hours,
        lasting=Metric(threshold.metric) in LASTING_METRICS,
    )


def _limit(threshold: Threshold, severity: str, limit: float, clear: float) -> Limit:
    """One limit. A metric that lasts is a condition, 1 while it holds, whose limit is time to hold."""
    hold = timedelta(seconds=threshold.hold_s)
    if threshold.metric == Metric.WATCHDOG:
        return Limit(float("-inf"), severity=severity)
    if Metric(threshold.metric) in LASTING_METRICS:
        return Limit(0.5, Comparison.ABOVE, hold + timedelta(seconds=limit), severity=severity)
    return Limit(limit, Comparison(threshold.comparison), hold, clear, severity)
