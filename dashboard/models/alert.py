"""Alerts: what thresholds found."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import connections, models
from django.urls import reverse

from dashboard.models.fields import LinkField
from dashboard.models.server import Server
from dashboard.models.stream import Stream
from dashboard.models.threshold import Threshold


class AlertQuerySet(models.QuerySet["Alert"]):
    def open(self) -> "AlertQuerySet":
        """Alerts whose breach has not ended."""
        return self.filter(resolved_at=None)

    def acknowledged(self, now: datetime) -> "AlertQuerySet":
        """Open alerts that somebody takes care of, for now."""
        still = models.Q(acknowledged_until=None) | models.Q(acknowledged_until__gt=now)
        return self.open().filter(still).exclude(acknowledged_at=None)

    def recent(self) -> "AlertQuerySet":
        """Alerts whose breach has ended, the last one first."""
        return self.exclude(resolved_at=None).order_by("-resolved_at")

    def open_count(self) -> int:
        """How many alerts are open, watchdogs left out."""
        return self.open().without_watchdogs().count()

    def write(self, alerts: "Iterable[Alert]", names: Sequence[str]) -> None:
        """Writes these fields of each; the same as bulk_update, at a tenth of the time where there are thousands."""
        connection = connections[self.db]
        fields = [field for field in self.model._meta.concrete_fields if field.name in names]
        quote = connection.ops.quote_name
        columns = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
        sql = f"UPDATE {quote(self.model._meta.db_table)} SET {columns} WHERE {quote('id')} = %s"  # noqa: S608
        rows = [
            [*(field.get_db_prep_save(getattr(alert, field.attname), connection) for field in fields), alert.pk]
            for alert in alerts
        ]
        if rows:
            with connection.cursor() as cursor:
                cursor.executemany(sql, rows)

    def judged(self) -> "AlertQuerySet":
        """Alerts that judging opened, and may resolve: those of thresholds."""
        return self.filter(raised_by="")

    def without_watchdogs(self) -> "AlertQuerySet":
        """Alerts that say that something is wrong: a watchdog's is always open, and proves that alerts arrive."""
        return self.exclude(metric=Threshold.Metric.WATCHDOG)

    def for_server(self, server: Server) -> "AlertQuerySet":
        """Alerts on the server or on any of its streams."""
        return self.filter(server=server)


class Alert(models.Model):
    """One episode of a breached threshold, from opened_at to resolved_at. While it lasts its severity may change."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        RECOVERING = "recovering", "recovering"  # the breach has ended, and it is kept open for a while
        RESOLVED = "resolved", "resolved"

    threshold = models.ForeignKey(Threshold, null=True, on_delete=models.SET_NULL, related_name="alerts")
    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="alerts")
    stream = models.ForeignKey(Stream, null=True, on_delete=models.CASCADE, related_name="alerts")
    group = models.BinaryField(default=b"", help_text="Empty: the stream or server as a whole.")
    consumer = models.BinaryField(default=b"", help_text="Empty: the group as a whole.")
    # What is breached, as one word: key, group and consumer may be any bytes.
    subject_digest = models.CharField(max_length=64, editable=False)
    # What the threshold said when this opened: an alert of a threshold that says something else now has no meaning.
    threshold_digest = models.CharField(max_length=64, editable=False, default="")
    raised_by = models.CharField(
        max_length=120, blank=True, db_index=True, help_text="What opened it where no threshold did: a policy."
    )
    title = models.CharField(max_length=500)
    severity = models.CharField(max_length=10, choices=Threshold.Severity)
    worst_severity = models.CharField(max_length=10, choices=Threshold.Severity, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    labels = models.JSONField(default=dict, help_text="core.labels: what routes, silences and inhibitions look at.")
    runbook = LinkField(blank=True, max_length=500)
    note = models.TextField(blank=True)
    metric = models.CharField(max_length=30, choices=Threshold.Metric)
    limit = models.FloatField()
    opened_value = models.FloatField(null=True)
    last_value = models.FloatField(null=True)
    worst_value = models.FloatField(null=True)
    began_at = models.DateTimeField(null=True, help_text="When the breach began, before the hold.")
    opened_at = models.DateTimeField()
    recovering_since = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolution = models.CharField(max_length=200, blank=True, help_text="Why it resolved.")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    acknowledged_until = models.DateTimeField(null=True, help_text="Empty: until it resolves.")
    comment = models.CharField(max_length=500, blank=True, help_text="Of who acknowledged it.")

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-opened_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Two samplers, or one before and after its restart, may see the same breach: only one alert is open for it.
            models.UniqueConstraint(
                fields=["threshold", "subject_digest"],
                condition=models.Q(resolved_at=None),
                name="one_open_alert_a_breach",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["resolved_at", "-opened_at"], name="alert_open_first")
        ]
        permissions = [("acknowledge_alert", "Can acknowledge alerts")]  # noqa: RUF012

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where its page is."""
        return reverse("alert", args=[self.pk])
