"""Limits: which thresholds hold for one stream, as its page draws them."""

from collections.abc import Iterator

import msgspec
from django.db.models import Q

from dashboard.core.threshold_metrics import GROUP_METRICS, SERVER_METRICS, Metric
from dashboard.core.wording import quantity
from dashboard.models import Stream, Threshold
from dashboard.services.definitions import scope_of

_OF_ANOTHER_UNIT = (Threshold.Function.DELTA, Threshold.Function.RATE)


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold's limit on one metric of a stream. `words` is what stands beside its line."""

    metric: str
    limit: float
    severity: str
    words: str


def limits_on(stream: Stream) -> list[Limit]:
    """The enabled thresholds that the stream is in scope of, in order of metric and limit."""
    key, tags = bytes(stream.key), frozenset(stream.tag_list)
    in_scope = [threshold for threshold in _candidates(stream) if scope_of(threshold).holds(key, stream.pk, tags)]
    limits = [limit for threshold in in_scope for limit in _limits(threshold)]
    return sorted(limits, key=lambda limit: (limit.metric, limit.limit))


def limits_of(threshold: Threshold) -> list[Limit]:
    """The limits of one threshold, gravest first."""
    return list(_limits(threshold))


def _candidates(stream: Stream) -> Iterator[Threshold]:
    rows = Threshold.objects.enabled().exclude(metric__in=SERVER_METRICS).exclude(function__in=_OF_ANOTHER_UNIT)
    return rows.filter(
        Q(server=None) | Q(server_id=stream.server_id), Q(stream=None) | Q(stream_id=stream.pk)
    ).iterator()


def _limits(threshold: Threshold) -> Iterator[Limit]:
    metric = Metric(threshold.metric)
    is_above = threshold.comparison == Threshold.Comparison.ABOVE
    for severity, (limit, _) in threshold.limits.items():
        grave, low = severity == Threshold.Severity.CRITICAL, severity == Threshold.Severity.NOTICE
        # Written out, so that each is found as a sentence to translate.
        words = f"{'critical' if grave else 'notice' if low else 'warning'} {'above' if is_above else 'below'} {quantity(metric, limit)}"
        if metric in GROUP_METRICS and threshold.group_pattern != "*":
            words += f" ({threshold.group_pattern})"
        yield Limit(metric=metric, limit=limit, severity=severity, words=words)
