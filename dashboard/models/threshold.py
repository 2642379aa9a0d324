"""Thresholds that operators set in the admin."""

import hashlib
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from dashboard.core import threshold_metrics
from dashboard.models.fields import LinkField
from dashboard.models.server import Server
from dashboard.models.stream import Stream
from dashboard.models.threshold_checks import problems


class ThresholdQuerySet(models.QuerySet["Threshold"]):
    def enabled(self) -> "ThresholdQuerySet":
        """Thresholds that are judged."""
        return self.filter(enabled=True)

    def for_server(self, server_id: int) -> "ThresholdQuerySet":
        """Thresholds whose scope may reach the server or any of its streams."""
        of_stream = models.Q(stream__server_id=server_id)
        without_stream = models.Q(stream=None) & (models.Q(server=None) | models.Q(server_id=server_id))
        return self.filter(of_stream | without_stream)


class Threshold(models.Model):
    """Metric + limits + hold. Its scope is one stream, or every stream of a server (or of all) that a pattern matches."""

    class Metric(models.TextChoices):
        LENGTH = "length", "length (entries)"
        ADDED_PER_S = "added_per_s", "added per second"
        MEMORY_BYTES = "memory_bytes", "memory of a stream (bytes)"
        NO_DATA_S = "no_data_s", "no data from a stream for (seconds)"
        LAG = "lag", "lag of a group (entries)"
        TIME_LAG_S = "time_lag_s", "time lag of a group (seconds)"
        PENDING = "pending", "pending of a group (entries)"
        DELIVERED_PER_S = "delivered_per_s", "delivered per second to a group"
        ACKED_PER_S = "acked_per_s", "acknowledged per second by a group"
        OLDEST_PENDING_S = "oldest_pending_s", "oldest unacknowledged of a group (seconds)"
        DELIVERIES = "deliveries", "most deliveries of a pending entry"
        GHOSTS = "ghosts", "ghosts of a group (entries)"
        LOST = "lost", "lost before delivery to a group (entries)"
        DRAIN_S = "drain_s", "time until a group is caught up (seconds)"
        LIVE_CONSUMERS = "live_consumers", "live consumers of a group"
        DEAD_CONSUMERS = "dead_consumers", "dead consumers of a group, with pending entries"
        GROUP_STATE_S = "group_state_s", "a group in one of the states for (seconds)"
        CONSUMER_IDLE_S = "consumer_idle_s", "consumer idle for (seconds)"
        CONSUMER_PENDING = "consumer_pending", "pending of a consumer (entries)"
        SERVER_UNREACHABLE_S = "server_unreachable_s", "server unreachable for (seconds)"
        DATA_AGE_S = "data_age_s", "age of a server's data (seconds)"
        SERVER_MEMORY_BYTES = "server_memory_bytes", "used memory of a server (bytes)"
        SERVER_MEMORY_PERCENT = "server_memory_percent", "used memory of a server (percent of its limit)"
        MEMORY_FULL_IN_S = "memory_full_in_s", "time until a server's memory is full (seconds)"
        EVICTED_PER_S = "evicted_per_s", "evicted keys per second on a server"
        REJECTED_PER_S = "rejected_per_s", "rejected connections per second on a server"
        CLIENTS_PERCENT = "clients_percent", "clients of a server (percent of its limit)"
        REPLICAS = "replicas", "replicas of a server in step"
        REPLICATION_LAG_BYTES = "replication_lag_bytes", "replication lag of the last replica (bytes)"
        REPLICATION_LAG_S = "replication_lag_s", "replication lag of the last replica (seconds)"
        AOF_FAILING_S = "aof_failing_s", "append-only file failing for (seconds)"
        RDB_FAILING_S = "rdb_failing_s", "snapshots failing for (seconds)"
        RDB_AGE_S = "rdb_age_s", "age of a server's last snapshot (seconds)"
        WATCHDOG = "watchdog", "always open: proves that alerts arrive"

    class Comparison(models.TextChoices):
        ABOVE = "above", "above"
        BELOW = "below", "below"

    class Severity(models.TextChoices):
        NOTICE = "notice", "notice"
        WARNING = "warning", "warning"
        CRITICAL = "critical", "critical"

    class Function(models.TextChoices):
        LAST = "last", "the last value"
        AVERAGE = "average", "the average over the window"
        LEAST = "least", "the least of the window"
        MOST = "most", "the most of the window"
        DELTA = "delta", "the change over the window"
        RATE = "rate", "the change per second over the window"

    class Otherwise(models.TextChoices):
        """What counts where a value is missing or doubtful."""

        USE = "use", "use it as it is"  # of a doubtful value alone
        SKIP = "skip", "decide nothing until it is known"
        BOUND = "bound", "use the worst that it can be"
        ALERT = "alert", "count it as beyond the gravest limit"
        FINE = "fine", "count it as within the limits"

    #: Which of a group's states `GROUP_STATE_S` may look for.
    STATES = ("loss", "stopped", "poison", "stalled", "stuck", "rewound", "slow", "ghosts", "abandoned", "unknown")
    STREAM_METRICS = threshold_metrics.STREAM_METRICS
    GROUP_METRICS = threshold_metrics.GROUP_METRICS
    CONSUMER_METRICS = threshold_metrics.CONSUMER_METRICS
    SERVER_METRICS = threshold_metrics.SERVER_METRICS

    name = models.CharField(max_length=200)
    enabled = models.BooleanField(default=True)
    metric = models.CharField(max_length=30, choices=Metric)
    states = models.JSONField(default=list, blank=True, help_text="Of “in one of the states”: which.")

    server = models.ForeignKey(
        Server, null=True, blank=True, on_delete=models.CASCADE, help_text="Empty: every server."
    )
    stream = models.ForeignKey(
        Stream,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        help_text="Empty: every stream that the key pattern matches.",
    )
    tag = models.CharField(max_length=100, blank=True, help_text="Streams that have this tag; empty: with any or none.")
    key_pattern = models.CharField(max_length=500, blank=True, default="*", help_text="A glob, as in orders:*.")
    key_excludes = models.TextField(blank=True, help_text="Globs, one a line: keys that are left out.")
    group_pattern = models.CharField(
        max_length=500, blank=True, default="*", help_text="A glob; for metrics of a group."
    )
    group_excludes = models.TextField(blank=True, help_text="Globs, one a line: groups that are left out.")
    consumer_pattern = models.CharField(
        max_length=500, blank=True, default="*", help_text="A glob; for metrics of a consumer."
    )
    consumer_excludes = models.TextField(blank=True, help_text="Globs, one a line: consumers that are left out.")

    function = models.CharField(max_length=10, choices=Function, default=Function.LAST)
    window_s = models.FloatField(
        "window", default=0, validators=[MinValueValidator(0)], help_text="Seconds that the function looks back."
    )
    comparison = models.CharField(max_length=10, choices=Comparison, default=Comparison.ABOVE)
    notice_limit = models.FloatField(null=True, blank=True, help_text="In the metric's unit; empty: no notice.")
    notice_clear = models.FloatField(null=True, blank=True, help_text="Empty: the limit.")
    warning_limit = models.FloatField(null=True, blank=True, help_text="In the metric's unit; empty: no warning.")
    warning_clear = models.FloatField(null=True, blank=True, help_text="Empty: the limit.")
    critical_limit = models.FloatField(null=True, blank=True, help_text="In the metric's unit; empty: never critical.")
    critical_clear = models.FloatField(null=True, blank=True, help_text="Empty: the limit.")
    hold_s = models.FloatField(
        "hold",
        default=0,
        validators=[MinValueValidator(0)],
        help_text="Seconds that the breach must last before it alerts.",
    )
    keep_open_s = models.FloatField(
        "keep open",
        default=0,
        validators=[MinValueValidator(0)],
        help_text="Seconds that an alert stays open after the breach has ended.",
    )
    on_no_data = models.CharField(
        "no data", max_length=5, choices=Otherwise, default=Otherwise.SKIP, help_text="Nothing was sampled."
    )
    on_error = models.CharField(
        "an error", max_length=5, choices=Otherwise, default=Otherwise.SKIP, help_text="It could not be read."
    )
    on_unknown = models.CharField(
        "an unknown value", max_length=5, choices=Otherwise, default=Otherwise.SKIP, help_text="For example a lag."
    )
    on_estimated = models.CharField(
        "an estimated value", max_length=5, choices=Otherwise, default=Otherwise.USE, help_text="For example ≈ 40."
    )
    active_days = models.PositiveSmallIntegerField(
        default=127, help_text="Monday is 1, Tuesday 2, Wednesday 4 … Sunday 64."
    )
    active_from = models.TimeField(null=True, blank=True, help_text="Empty: from midnight.")
    active_until = models.TimeField(null=True, blank=True, help_text="Empty: until midnight.")
    zone = models.CharField(max_length=60, default="UTC", help_text="Of the active hours, for example Europe/Berlin.")
    labels = models.JSONField(
        default=dict, blank=True, help_text="For routes and silences, beside those of every alert."
    )
    runbook = LinkField(blank=True, max_length=500, help_text="What to do: a link that stands in its alerts.")
    note = models.TextField(blank=True, help_text="What to do, in a few words.")
    # Of the default pack: which of its thresholds this was, so that it is installed once and an edit stays.
    pack_key = models.CharField(max_length=60, blank=True, editable=False)

    _MEANING: ClassVar[tuple[str, ...]] = (
        *("metric", "states", "server_id", "stream_id", "tag", "key_pattern", "key_excludes", "group_pattern"),
        *("group_excludes", "consumer_pattern", "consumer_excludes", "function", "window_s", "comparison"),
        *("notice_limit", "notice_clear", "warning_limit", "warning_clear", "critical_limit", "critical_clear"),
        *("hold_s", "keep_open_s", "on_no_data", "on_error", "on_unknown", "on_estimated"),
        *("active_days", "active_from", "active_until", "zone"),
    )

    objects = ThresholdQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def limits(self) -> "dict[Threshold.Severity, tuple[float, float]]":
        """By severity, gravest first: the limit, and the value at which a breach of it ends. Without those not set."""
        found = {}
        for severity in (self.Severity.CRITICAL, self.Severity.WARNING, self.Severity.NOTICE):
            limit, clear = getattr(self, f"{severity}_limit"), getattr(self, f"{severity}_clear")
            if limit is not None:
                found[severity] = (limit, limit if clear is None else clear)
        return found

    @property
    def definition_digest(self) -> str:
        """64 characters that change whenever the threshold comes to mean something else. Names, labels and notes don't count."""
        meaning = [(name, getattr(self, name)) for name in self._MEANING]
        return hashlib.sha256(repr([(name, _plain(value)) for name, value in meaning]).encode()).hexdigest()

    def clean(self) -> None:
        """Refuses what contradicts the metric, another field or itself, and numbers that could never be reached."""
        if errors := problems(self):
            raise ValidationError(errors)


def _plain(value: object) -> object:
    # A choice reads as its word, and 5 as 5.0, whether it was just given or comes from the database.
    if isinstance(value, str):
        return str(value)
    return float(value) if isinstance(value, int) else value
