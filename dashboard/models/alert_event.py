"""What happened to alerts: written once, together with the change, and never changed but for when it was routed."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from dashboard.models.alert import Alert
from dashboard.models.threshold import Threshold


class EventIsFinal(Exception):
    """What happened is not changed afterwards."""

    def __init__(self) -> None:
        super().__init__("An alert's event is not changed or deleted on its own: it goes with its alert.")


class AlertEventQuerySet(models.QuerySet["AlertEvent"]):
    def unrouted(self) -> "AlertEventQuerySet":
        """Events that nobody has looked at yet to notify of them, oldest first."""
        return self.filter(routed_at=None).order_by("pk")

    def update(self, **fields: Any) -> int:
        """Says when they were routed; raises EventIsFinal for anything else."""
        if fields.keys() - {"routed_at"}:
            raise EventIsFinal
        return super().update(**fields)

    def bulk_update(self, objs: "Iterable[AlertEvent]", fields: Iterable[str], batch_size: int | None = None) -> int:
        """Says when they were routed; raises EventIsFinal for anything else."""
        if (names := set(fields)) - {"routed_at"}:
            raise EventIsFinal
        return super().bulk_update(objs, names, batch_size)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Raises EventIsFinal: events are deleted with their alerts."""
        raise EventIsFinal


class AlertEvent(models.Model):
    """One change of one alert. It is the outbox, too: what was committed with the alert will be routed, whoever is killed.

    The database refuses to change what is written, too (a trigger, in migration events_are_final); who wrote it is forgotten
    with their account.
    """

    class Kind(models.TextChoices):
        OPENED = "opened", "opened"
        ESCALATED = "escalated", "became graver"
        EASED = "eased", "became less grave"
        RECOVERING = "recovering", "recovering"  # back within its limits, kept open for a while
        RELAPSED = "relapsed", "open again"
        RESOLVED = "resolved", "resolved"
        ACKNOWLEDGED = "acknowledged", "acknowledged"
        UNACKNOWLEDGED = "unacknowledged", "no longer acknowledged"

    #: Those that receivers may have to hear of.
    NOTIFIED = frozenset({Kind.OPENED, Kind.ESCALATED, Kind.EASED, Kind.RESOLVED, Kind.UNACKNOWLEDGED})

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField()
    severity = models.CharField(max_length=10, choices=Threshold.Severity)
    value = models.FloatField(null=True)
    text = models.CharField(max_length=500, blank=True, help_text="A sentence, without payloads.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    routed_at = models.DateTimeField(null=True)

    objects = AlertEventQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "pk"]
        default_permissions = ("view",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], name="alert_event_unrouted", condition=models.Q(routed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Writes a new event, or when it was routed; raises EventIsFinal for anything else."""
        if not self._state.adding and set(kwargs.get("update_fields") or ("all",)) != {"routed_at"}:
            raise EventIsFinal
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raises EventIsFinal."""
        raise EventIsFinal
