"""Thresholds that operators set in the admin."""

import hashlib
import math
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from dashboard.core import thresholds
from dashboard.models.server import Server
from dashboard.models.stream import Stream

MOST_SECONDS = 30 * 24 * 3600


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
    """Metric + limit + hold + severity. Its scope is one stream, or every stream of a server (or of all) that a pattern matches."""

    class Metric(models.TextChoices):
        LENGTH = "length", "length (entries)"
        ADDED_PER_S = "added_per_s", "added per second"
        LAG = "lag", "lag of a group (entries)"
        TIME_LAG_S = "time_lag_s", "time lag of a group (seconds)"
        PENDING = "pending", "pending of a group (entries)"
        MEMORY_BYTES = "memory_bytes", "memory of a stream (bytes)"
        NO_DATA_S = "no_data_s", "no data for (seconds)"
        SERVER_MEMORY_BYTES = "server_memory_bytes", "used memory of a server (bytes)"
        SERVER_UNREACHABLE_S = "server_unreachable_s", "server unreachable for (seconds)"

    class Comparison(models.TextChoices):
        ABOVE = "above", "above"
        BELOW = "below", "below"

    class Severity(models.TextChoices):
        NOTICE = "notice", "notice"
        WARNING = "warning", "warning"
        CRITICAL = "critical", "critical"

    #: Metrics of a group of a stream, and metrics of a server as a whole; the others are a stream's.
    GROUP_METRICS = frozenset({Metric.LAG, Metric.TIME_LAG_S, Metric.PENDING})
    SERVER_METRICS = frozenset({Metric.SERVER_MEMORY_BYTES, Metric.SERVER_UNREACHABLE_S})

    name = models.CharField(max_length=200)
    metric = models.CharField(max_length=30, choices=Metric)
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
    key_pattern = models.CharField(max_length=500, blank=True, default="*", help_text="A glob, as in orders:*.")
    group_pattern = models.CharField(
        max_length=500, blank=True, default="*", help_text="A glob; for metrics of a group."
    )
    comparison = models.CharField(max_length=10, choices=Comparison, default=Comparison.ABOVE)
    limit = models.FloatField(help_text="In the metric's unit.")
    hold_s = models.FloatField(
        "hold",
        default=0,
        validators=[MinValueValidator(0)],
        help_text="Seconds that the breach must last before it alerts.",
    )
    severity = models.CharField(max_length=10, choices=Severity, default=Severity.WARNING)
    enabled = models.BooleanField(default=True)

    objects = ThresholdQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def definition_digest(self) -> str:
        """64 characters that change whenever the threshold comes to mean something else; its name and severity don't count."""
        scope = (self.server_id, self.stream_id, self.key_pattern, self.group_pattern)
        meaning = (str(self.metric), *scope, str(self.comparison), float(self.limit), float(self.hold_s))
        return hashlib.sha256(repr(meaning).encode()).hexdigest()

    def clean(self) -> None:
        """Refuses a scope that contradicts the metric or itself, and numbers that could never be reached."""
        errors = {**self._scope_errors(), **self._number_errors()}
        if errors:
            raise ValidationError(errors)

    def _scope_errors(self) -> dict[str, str]:
        if self.metric in self.SERVER_METRICS and self.stream_id:
            return {"stream": "This metric is a server's: choose a server, or none for every server."}
        if self.stream and self.server_id and self.stream.server_id != self.server_id:
            return {"stream": f"This stream is on {self.stream.server}, not on the chosen server."}
        return {}

    def _number_errors(self) -> dict[str, str]:
        errors = {}
        if problem := self._limit_problem(self.limit):
            errors["limit"] = problem
        if self.hold_s is not None and not 0 <= self.hold_s <= MOST_SECONDS:
            errors["hold_s"] = "Hold is a number of seconds from 0 to 2592000 (30 days)."
        if self.metric in thresholds.LASTING_METRICS and self.comparison == self.Comparison.BELOW:
            errors["comparison"] = "This metric grows while a condition lasts: it can only be above its limit."
        return errors

    def _limit_problem(self, limit: float | None) -> str:
        if limit is None:
            return ""  # the field itself says that it is required
        if not math.isfinite(limit):
            return "The limit is a number, for example 1000."
        if limit < 0:
            return "No metric is ever below 0: give a limit of 0 or more."
        if limit == 0 and self.comparison == self.Comparison.BELOW:
            return "No metric is ever below 0: give a limit above 0."
        if self.metric in thresholds.LASTING_METRICS and limit > MOST_SECONDS:
            return "The limit is a number of seconds up to 2592000 (30 days)."
        return ""
