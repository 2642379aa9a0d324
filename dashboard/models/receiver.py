"""Receivers and routes: where notifications go, and which alerts go where."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from dashboard.models.fields import EncryptedTextField


class Receiver(models.Model):
    """Somebody or something that is notified. Its address is a secret, for most hold a token."""

    class Kind(models.TextChoices):
        EMAIL = "email", "email"
        WEBHOOK = "webhook", "webhook"
        APPRISE = "apprise", "chat, SMS or push (apprise)"
        ALERTMANAGER = "alertmanager", "Alertmanager"
        HEARTBEAT = "heartbeat", "heartbeat"  # pinged while all goes well: silence is the alarm

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    address = EncryptedTextField(help_text="Email addresses or URLs, one a line.")
    secret = EncryptedTextField(blank=True, help_text="Of a webhook: the key that signs it.")
    allowed_networks = models.TextField(
        blank=True, help_text="Private networks that it may be in, one CIDR a line; others are refused."
    )
    subject_template = models.TextField(blank=True, help_text="Empty: ours.")
    body_template = models.TextField(blank=True, help_text="Empty: ours.")
    tells_resolved = models.BooleanField("tells of resolved alerts", default=True)
    most_per_minute = models.PositiveIntegerField(
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(6000)],
        help_text="More than so many messages a minute are put together into one.",
    )
    every_s = models.PositiveIntegerField(
        "every",
        default=60,
        validators=[MinValueValidator(10), MaxValueValidator(86400)],
        help_text="Of a heartbeat: seconds.",
    )
    enabled = models.BooleanField(default=True)
    beat_at = models.DateTimeField(null=True, editable=False)  # a heartbeat's last that arrived
    beat_error = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Route(models.Model):
    """Sends the alerts that it matches to its receivers, in groups. Routes are asked in order; the first that fits ends it."""

    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=100, help_text="Routes are asked from the lowest on.")
    matchers = models.JSONField(default=list, blank=True, help_text="core.matchers; none fits every alert.")
    receivers = models.ManyToManyField(Receiver, related_name="routes", blank=True)
    group_by = models.JSONField(
        default=list, blank=True, help_text="Names of labels; alerts with the same values share a message."
    )
    group_wait_s = models.PositiveIntegerField(
        "group wait", default=10, help_text="Seconds before a group's first message."
    )
    group_interval_s = models.PositiveIntegerField(
        "group interval", default=300, help_text="Seconds between a group's messages."
    )
    repeat_s = models.PositiveIntegerField(
        "repeat", default=4 * 3600, help_text="Seconds until it is said again; 0: never."
    )
    goes_on = models.BooleanField("goes on", default=False, help_text="Also asks the routes after it.")
    enabled = models.BooleanField(default=True)
    pack_key = models.CharField(max_length=60, blank=True, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "pk"]

    def __str__(self) -> str:
        return self.name
