"""Limits: which thresholds hold for one stream, as its page draws them."""

from collections.abc import Iterator

import msgspec
from django.db.models import Q

from dashboard.core.subjects import Scope
from dashboard.core.thresholds import SERVER_METRICS, Metric
from dashboard.core.wording import quantity
from dashboard.models import Stream, Threshold


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold's limit on one metric of a stream. `words` is what stands beside its line."""

    metric: str
    limit: float
    severity: str
    words: str


def limits_on(stream: Stream) -> list[Limit]:
    """The enabled thresholds that the stream is in scope of, in order of metric and limit."""
    key = bytes(stream.key)
    in_scope = [threshold for threshold in _candidates(stream) if _scope(threshold).holds(key, stream.pk)]
    return sorted(map(_limit, in_scope), key=lambda limit: (limit.metric, limit.limit))


def _candidates(stream: Stream) -> Iterator[Threshold]:
    rows = Threshold.objects.enabled().exclude(metric__in=SERVER_METRICS)
    return rows.filter(
        Q(server=None) | Q(server_id=stream.server_id), Q(stream=None) | Q(stream_id=stream.pk)
    ).iterator()


def _scope(threshold: Threshold) -> Scope:
    return Scope(Metric(threshold.metric), threshold.stream_id, threshold.key_pattern.encode())


def _limit(threshold: Threshold) -> Limit:
    metric = Metric(threshold.metric)
    is_above = threshold.comparison == Threshold.Comparison.ABOVE
    grave, low = (threshold.severity == word for word in (Threshold.Severity.CRITICAL, Threshold.Severity.NOTICE))
    value = quantity(metric, threshold.limit)
    # Written out, so that each is found as a sentence to translate.
    words = f"{'critical' if grave else 'notice' if low else 'warning'} {'above' if is_above else 'below'} {value}"
    if metric in {Metric.LAG, Metric.TIME_LAG_S, Metric.PENDING} and threshold.group_pattern != "*":
        words += f" ({threshold.group_pattern})"
    return Limit(metric=metric, limit=threshold.limit, severity=threshold.severity, words=words)
