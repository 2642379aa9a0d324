"""Which fields of a threshold mean something for its metric: a form hides the others, and validation refuses them."""

from dashboard.core.threshold_metrics import (
    CONSUMER_METRICS,
    GROUP_METRICS,
    LASTING_METRICS,
    SERVER_METRICS,
    Metric,
)

STATES = ("states",)
OF_STREAMS = ("stream", "tag", "key_pattern", "key_excludes")
OF_GROUPS = ("group_pattern", "group_excludes")
OF_CONSUMERS = ("consumer_pattern", "consumer_excludes")
OF_NUMBERS = ("function", "window_s", "comparison")
CLEARS = ("notice_clear", "warning_clear", "critical_clear")
DOUBTS = ("on_no_data", "on_error", "on_unknown", "on_estimated")
_OF_WATCHDOGS = ("hold_s", "keep_open_s", *DOUBTS, "active_days", "active_from", "active_until", "zone")

#: Metrics that tell themselves that there are no data.
_ABOUT_DATA = frozenset({Metric.NO_DATA_S, Metric.SERVER_UNREACHABLE_S, Metric.DATA_AGE_S})
#: What may be done where a value is missing or doubtful, by field. Only an estimate can be used as it is, and only a
#: number that is not known may have bounds.
OTHERWISE: dict[str, tuple[str, ...]] = {
    "on_no_data": ("skip", "alert", "fine"),
    "on_error": ("skip", "alert", "fine"),
    "on_unknown": ("skip", "bound", "alert", "fine"),
    "on_estimated": ("use", "skip", "bound", "alert", "fine"),
}


def unused_fields(metric: Metric) -> frozenset[str]:
    """The fields that say nothing where this is the metric."""
    found: set[str] = set()
    if metric is not Metric.GROUP_STATE_S:
        found.update(STATES)
    if metric in SERVER_METRICS:
        found.update(OF_STREAMS)
    if metric not in GROUP_METRICS | CONSUMER_METRICS:
        found.update(OF_GROUPS)
    if metric not in CONSUMER_METRICS:
        found.update(OF_CONSUMERS)
    if metric in LASTING_METRICS or metric is Metric.WATCHDOG:
        found.update((*OF_NUMBERS, *CLEARS))
    if metric in _ABOUT_DATA:
        found.update(DOUBTS)
    if metric is Metric.WATCHDOG:
        found.update(_OF_WATCHDOGS)
    return frozenset(found)


def is_signed(function: str) -> bool:
    """Whether the function's result may be below 0; no metric itself ever is."""
    return function in ("delta", "rate")
