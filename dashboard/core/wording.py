"""How alerts are worded: names shown safely, numbers with their unit, never a payload."""

from dashboard.core import names
from dashboard.core.subjects import Subject
from dashboard.core.thresholds import LASTING_METRICS, Comparison, Limit, Metric

_THIN_SPACE = "\u202f"
_SUBJECTS = {
    Metric.LENGTH: "length of {stream}",
    Metric.ADDED_PER_S: "added per second on {stream}",
    Metric.LAG: "lag of {group} on {stream}",
    Metric.TIME_LAG_S: "time lag of {group} on {stream}",
    Metric.PENDING: "pending of {group} on {stream}",
    Metric.MEMORY_BYTES: "memory of {stream}",
    Metric.NO_DATA_S: "no data from {stream}",
    Metric.SERVER_MEMORY_BYTES: "used memory of {server}",
    Metric.SERVER_UNREACHABLE_S: "{server} unreachable",
}


def title(metric: Metric, what: str, limit: Limit, value: str) -> str:
    """An alert in one line: what, its limit, and the value that broke it.

    For a metric that lasts, `value` says why, and the hold is the time that has passed.
    """
    if metric in LASTING_METRICS:
        line = f"{what} for {duration(limit.hold.total_seconds())}"
    else:
        side = limit.comparison is Comparison.ABOVE
        line = f"{what} {'above' if side else 'below'} {quantity(metric, limit.value)}"
    return f"{line}: {value}"[:500] if value else line[:500]


def subject_in_words(metric: Metric, subject: Subject, server: str) -> str:
    """What is judged: the metric with the names it belongs to."""
    return _SUBJECTS[metric].format(stream=_short(subject.key), group=_short(subject.group), server=server)


def _short(name: bytes, most: int = 100) -> str:
    return shortened(names.display(name[: 4 * most]), most)


def shortened(shown: str, most: int = 100) -> str:
    """The text, with an ellipsis for what does not fit."""
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def quantity(metric: Metric, value: float) -> str:
    """A value of the metric with its unit."""
    if metric in (Metric.TIME_LAG_S, Metric.NO_DATA_S, Metric.SERVER_UNREACHABLE_S):
        return duration(value)
    if metric in (Metric.MEMORY_BYTES, Metric.SERVER_MEMORY_BYTES):
        return size(value)
    return number(value) + (f"{_THIN_SPACE}/s" if metric is Metric.ADDED_PER_S else "")


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
