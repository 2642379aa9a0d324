"""Silences and maintenance windows: what mutes notifications. Neither hides an alert."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class SilenceQuerySet(models.QuerySet["Silence"]):
    def active(self, now: datetime) -> "SilenceQuerySet":
        """Those that mute now."""
        return self.filter(starts_at__lte=now, ends_at__gt=now)

    def to_come(self, now: datetime) -> "SilenceQuerySet":
        """Those that begin later."""
        return self.filter(starts_at__gt=now, ends_at__gt=now)

    def past(self, now: datetime) -> "SilenceQuerySet":
        """Those that are over, the last one first."""
        return self.filter(ends_at__lte=now).order_by("-ends_at")


class Silence(models.Model):
    """Mutes the alerts that all of its matchers fit, from its start to its end. Ending one early moves its end."""

    matchers = models.JSONField(help_text="core.matchers: [{name, op, value}], all of which must fit.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="silences"
    )
    made_at = models.DateTimeField(editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    objects = SilenceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-ends_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gte=models.F("starts_at")), name="silence_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class MaintenanceWindow(models.Model):
    """Mutes like a silence, at the same hours of some days of the week: core.schedule says when."""

    name = models.CharField(max_length=200)
    matchers = models.JSONField(help_text="core.matchers: [{name, op, value}], all of which must fit.")
    days = models.PositiveSmallIntegerField(default=127, help_text="Monday is 1, Tuesday 2, Wednesday 4 … Sunday 64.")
    begins = models.TimeField()
    lasts_min = models.PositiveIntegerField(
        "lasts", validators=[MinValueValidator(1), MaxValueValidator(7 * 24 * 60)], help_text="Minutes."
    )
    zone = models.CharField(max_length=60, default="UTC", help_text="For example Europe/Berlin.")
    first_day = models.DateField(null=True, blank=True, help_text="Empty: from now on.")
    last_day = models.DateField(null=True, blank=True, help_text="Empty: for ever.")
    reason = models.CharField(max_length=500, blank=True)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Inhibition(models.Model):
    """Mutes target alerts while a source alert is open with the same values of the `equal` labels."""

    name = models.CharField(max_length=200)
    sources = models.JSONField(help_text="core.matchers that a source fits.")
    targets = models.JSONField(help_text="core.matchers that a target fits.")
    equal = models.JSONField(default=list, help_text="Names of labels.")
    enabled = models.BooleanField(default=True)
    pack_key = models.CharField(max_length=60, blank=True, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name
