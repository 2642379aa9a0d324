"""What a threshold would find now: how much it matches, and the worst value among that."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dashboard.core import names
from dashboard.core.threshold_metrics import CONSUMER_METRICS, GROUP_METRICS, SERVER_METRICS, Metric
from dashboard.live.events import SampleTaken, ServerHealth
from dashboard.live.latest import read_samples
from dashboard.models import Server, Threshold
from dashboard.services.definitions import scope_of
from dashboard.services.reaching import Reached, reached

#: Columns of the live sample that go by another name than the metric.
_COLUMNS = {Metric.DELIVERIES: "most_deliveries"}
_HEALTH = {
    Metric.SERVER_MEMORY_BYTES: "used_memory_bytes",
    Metric.MEMORY_FULL_IN_S: "memory_full_in_s",
    Metric.EVICTED_PER_S: "evicted_per_s",
    Metric.REJECTED_PER_S: "rejected_per_s",
    Metric.REPLICAS: "replicas",
}


class Row(NamedTuple):
    """A subject in scope and its value now; None where that is not known here."""

    where: Reached
    group: bytes = b""
    value: float | None = None
    consumers: int = 0


class Found(NamedTuple):
    """What is in scope now. `groups` is None where nothing is asked of groups, or no sample says which there are.

    So is `consumers`, which samples only count: it is also None where a pattern chooses among them.
    """

    servers: int
    streams: int | None
    groups: int | None
    consumers: int | None
    rows: list[Row]  # worst first


def found_now(threshold: Threshold) -> Found:
    """What the threshold would judge at this moment, by the latest samples."""
    metric, scope = Metric(threshold.metric), reached(threshold)
    samples = read_samples({one.server_id for one in scope})
    servers = len({one.server_id for one in scope})
    if metric in SERVER_METRICS:
        rows = [Row(one, b"", _of_server(metric, samples.get(one.server_id))) for one in scope]
        return Found(servers, None, None, None, _worst_first(threshold, rows))
    if metric in GROUP_METRICS | CONSUMER_METRICS:
        rows = list(_of_groups(threshold, metric, {one.stream_id: one for one in scope}, samples))
        known = bool(samples) or not scope
        consumers = sum(row.consumers for row in rows) if known and _asks_all_consumers(threshold, metric) else None
        return Found(servers, len(scope), len(rows) if known else None, consumers, _worst_first(threshold, rows))
    values = {pk: value for sample in samples.values() for pk, value in _of_streams(metric, sample)}
    rows = [Row(one, b"", values.get(one.stream_id)) for one in scope]
    return Found(servers, len(scope), None, None, _worst_first(threshold, rows))


def _of_streams(metric: Metric, sample: SampleTaken) -> Iterator[tuple[int | None, float | None]]:
    return zip(sample.streams.id, getattr(sample.streams, metric.value, ()), strict=False)


def _of_groups(
    threshold: Threshold, metric: Metric, scope: Mapping[int | None, Reached], samples: Mapping[int, SampleTaken]
) -> Iterator[Row]:
    in_scope = scope_of(threshold)
    for sample in samples.values():
        groups = sample.groups
        values = getattr(groups, _COLUMNS.get(metric, metric.value), None) or [None] * len(groups.stream)
        for stream, slug, value, consumers in zip(groups.stream, groups.slug, values, groups.consumers, strict=False):
            where = scope.get(stream)
            if where and in_scope.holds_group(name := names.from_slug(slug)):
                yield Row(where, name, value, consumers)


def _asks_all_consumers(threshold: Threshold, metric: Metric) -> bool:
    whole = threshold.consumer_pattern in ("", "*") and not threshold.consumer_excludes
    return metric in CONSUMER_METRICS and whole


def _of_server(metric: Metric, sample: SampleTaken | None) -> float | None:
    if sample is None:
        return None
    health = sample.health
    if metric is Metric.SERVER_MEMORY_PERCENT:
        return _percent(health.used_memory_bytes, health.max_memory_bytes)
    if metric is Metric.CLIENTS_PERCENT:
        return _percent(health.clients, health.max_clients)
    return _field(health, _HEALTH.get(metric))


def _field(health: ServerHealth, name: str | None) -> float | None:
    value: float | None = getattr(health, name) if name else None
    return value


def _percent(part: float | None, whole: float | None) -> float | None:
    return 100 * part / whole if part is not None and whole else None


def _worst_first(threshold: Threshold, rows: list[Row]) -> list[Row]:
    sign = -1 if threshold.comparison == Threshold.Comparison.BELOW else 1
    return sorted(rows, key=lambda row: (row.value is None, -sign * (row.value or 0)))


def name_of(row: Row, streams: Mapping[int, str], servers: Mapping[int, str]) -> str:
    """The subject as people know it: `billing on payments`, `payments` or the server's name."""
    if row.where.stream_id is None:
        return servers.get(row.where.server_id, "")
    stream = streams.get(row.where.stream_id) or names.display(row.where.key)
    return f"{names.display(row.group)} · {stream}" if row.group else stream


def server_names() -> dict[int, str]:
    """The names of all servers."""
    return dict(Server.objects.values_list("pk", "name"))
