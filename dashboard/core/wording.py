"""How alerts are worded: names shown safely, numbers with their unit, never a payload."""

from dashboard.core import names
from dashboard.core.columns import NEVER_S
from dashboard.core.gauge import Function, Gauge
from dashboard.core.subjects import Subject
from dashboard.core.thresholds import LASTING_METRICS, Comparison, Limit, Metric

_THIN_SPACE = "\u202f"
_SUBJECTS = {
    Metric.LENGTH: "length of {stream}",
    Metric.ADDED_PER_S: "added per second on {stream}",
    Metric.MEMORY_BYTES: "memory of {stream}",
    Metric.NO_DATA_S: "no data from {stream}",
    Metric.LAG: "lag of {group} on {stream}",
    Metric.TIME_LAG_S: "time lag of {group} on {stream}",
    Metric.PENDING: "pending of {group} on {stream}",
    Metric.DELIVERED_PER_S: "delivered per second to {group} on {stream}",
    Metric.ACKED_PER_S: "acknowledged per second by {group} on {stream}",
    Metric.OLDEST_PENDING_S: "oldest unacknowledged of {group} on {stream}",
    Metric.DELIVERIES: "deliveries of a pending entry of {group} on {stream}",
    Metric.GHOSTS: "ghosts of {group} on {stream}",
    Metric.LOST: "lost before delivery to {group} on {stream}",
    Metric.DRAIN_S: "time until {group} on {stream} is caught up",
    Metric.LIVE_CONSUMERS: "live consumers of {group} on {stream}",
    Metric.DEAD_CONSUMERS: "dead consumers of {group} on {stream}",
    Metric.GROUP_STATE_S: "state of {group} on {stream}",
    Metric.CONSUMER_IDLE_S: "idle of {consumer} in {group} on {stream}",
    Metric.CONSUMER_PENDING: "pending of {consumer} in {group} on {stream}",
    Metric.SERVER_UNREACHABLE_S: "{server} unreachable",
    Metric.DATA_AGE_S: "age of the data of {server}",
    Metric.SERVER_MEMORY_BYTES: "used memory of {server}",
    Metric.SERVER_MEMORY_PERCENT: "used memory of {server}",
    Metric.MEMORY_FULL_IN_S: "time until the memory of {server} is full",
    Metric.EVICTED_PER_S: "evicted per second on {server}",
    Metric.REJECTED_PER_S: "rejected connections per second on {server}",
    Metric.CLIENTS_PERCENT: "clients of {server}",
    Metric.REPLICAS: "replicas of {server} in step",
    Metric.REPLICATION_LAG_BYTES: "replication lag of {server}",
    Metric.REPLICATION_LAG_S: "replication lag of {server}",
    Metric.AOF_FAILING_S: "append-only file of {server} failing",
    Metric.RDB_FAILING_S: "snapshots of {server} failing",
    Metric.RDB_AGE_S: "age of the last snapshot of {server}",
    Metric.WATCHDOG: "{server} is judged",
}


def title(metric: Metric, what: str, limit: Limit, value: str) -> str:
    """An alert in one line: what, its limit, and the value that broke it.

    For a metric that lasts, `value` says why, and the hold is the time that has passed.
    """
    if metric in LASTING_METRICS:
        line = f"{what} for {duration(limit.hold.total_seconds())}" if limit.hold else what
    else:
        side = limit.comparison is Comparison.ABOVE
        line = f"{what} {'above' if side else 'below'} {quantity(metric, limit.value)}"
    return f"{line}: {value}"[:500] if value else line[:500]


_FUNCTIONS = {
    Function.AVERAGE: "average of the {what} over {window}",
    Function.LEAST: "least of the {what} over {window}",
    Function.MOST: "most of the {what} over {window}",
    Function.DELTA: "change of the {what} over {window}",
    Function.RATE: "change per second of the {what} over {window}",
}


def read_in_words(gauge: Gauge, subject: Subject, server: str) -> str:
    """What a threshold reads: the metric with the names it belongs to, its states, and its window."""
    what = subject_in_words(gauge.metric, subject, server)
    if gauge.metric is Metric.GROUP_STATE_S:
        return f"{what} is {' or '.join(sorted(gauge.states))}"
    if gauge.function is Function.LAST:
        return what
    return _FUNCTIONS[gauge.function].format(what=what, window=duration(gauge.window_s))


def subject_in_words(metric: Metric, subject: Subject, server: str) -> str:
    """What is judged: the metric with the names it belongs to."""
    stream, group, consumer = (_short(name) for name in subject)
    return _SUBJECTS[metric].format(stream=stream, group=group, consumer=consumer, server=server)


def _short(name: bytes, most: int = 100) -> str:
    return shortened(names.display(name[: 4 * most]), most)


def shortened(shown: str, most: int = 100) -> str:
    """The text, with an ellipsis for what does not fit."""
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def quantity(metric: Metric, value: float) -> str:
    """A value of the metric with its unit."""
    if metric.endswith("_per_s"):
        return f"{number(value)}{_THIN_SPACE}/s"
    if metric.endswith("_s"):
        return "never" if value >= NEVER_S else duration(value)
    if metric.endswith("_bytes"):
        return size(value)
    return f"{number(value)}{_THIN_SPACE}%" if metric.endswith("_percent") else number(value)


def number(value: float) -> str:
    """Thin spaces between thousands, one decimal where it is not whole."""
    text = f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:,.3g}"
    return text.replace(",", _THIN_SPACE)


def size(value: float) -> str:
    """Bytes in binary units."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1024:
            return f"{_three_digits(value)}{_THIN_SPACE}{unit}"
        value /= 1024
    return f"{number(round(value, 1))}{_THIN_SPACE}TiB"


def _three_digits(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def duration(seconds: float) -> str:
    """Seconds as `45 s`, `1 min 12 s`, `2 h 5 min` or `3 d 4 h`."""
    if seconds < 60:
        return f"{_three_digits(seconds)}{_THIN_SPACE}s"
    rest = int(seconds)
    for unit, size_s, small, small_s in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if rest >= size_s:
            more = rest % size_s // small_s
            return f"{rest // size_s}{_THIN_SPACE}{unit}" + (f" {more}{_THIN_SPACE}{small}" if more else "")
    return f"{rest}{_THIN_SPACE}s"
