"""The policy as operators set it."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from dashboard.core.glob import matches
from dashboard.models import Server, Stream

_MOST = 100_000


class PolicyQuerySet(models.QuerySet["Policy"]):
    def running(self) -> "PolicyQuerySet":
        """Those that act: switched on, and not stopped by their own bounds."""
        return self.filter(enabled=True, stopped_at=None)

    def due(self, now: datetime) -> "PolicyQuerySet":
        """Those whose turn it is."""
        return self.running().filter(models.Q(next_at=None) | models.Q(next_at__lte=now)).order_by("next_at", "pk")


class Policy(models.Model):
    """What is done by itself to the streams of a pattern, how often, and how much of it at most."""

    class Does(models.TextChoices):
        RETAIN = "retain", "trim old entries"
        CLAIM = "claim", "claim idle entries"
        DEAD_LETTER = "dead_letter", "move poison entries to a dead-letter stream"

    name = models.CharField(max_length=90, unique=True)
    does = models.CharField("what it does", max_length=20, choices=Does)
    enabled = models.BooleanField(default=False, help_text="Off until somebody has looked at what it would do.")
    server = models.ForeignKey(
        Server,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="policies",
        help_text="Empty: every server.",
    )
    key_pattern = models.CharField(max_length=500, help_text="A glob, as in SCAN MATCH: orders:*")
    group_pattern = models.CharField(
        max_length=500, blank=True, default="*", help_text="A glob. Not asked for by a trim, which heeds every group."
    )
    keep_length = models.BigIntegerField(
        "entries to keep", null=True, blank=True, validators=[MinValueValidator(0)], help_text="The newest."
    )
    keep_s = models.BigIntegerField(
        "time to keep", null=True, blank=True, validators=[MinValueValidator(1)], help_text="Older entries go."
    )
    unsafe = models.BooleanField(
        "also what groups still need",
        default=False,
        help_text="Without this a trim stops at the first entry that a group has not read or not acknowledged.",
    )
    idle_s = models.BigIntegerField(
        "idle for",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Longer ones are claimed.",
    )
    consumer = models.CharField(
        "claim to", max_length=500, blank=True, help_text="Empty: the live consumer with the fewest pending entries."
    )
    deliveries = models.IntegerField(
        "delivered at least",
        null=True,
        blank=True,
        validators=[MinValueValidator(2)],
        help_text="Times, before it is poison.",
    )
    dead_letter_key = models.CharField(
        "dead-letter stream",
        max_length=500,
        blank=True,
        default="{key}:dead",
        help_text="{key} stands for the stream's own.",
    )
    every_s = models.IntegerField(
        "runs every", default=60, validators=[MinValueValidator(5), MaxValueValidator(86_400 * 7)]
    )
    most_per_run = models.IntegerField(
        "entries in one run, at most",
        default=10_000,
        validators=[MinValueValidator(1), MaxValueValidator(10_000_000)],
        help_text="On one stream. What would exceed it stops the policy and opens an alert.",
    )
    most_per_hour = models.IntegerField(
        "entries in an hour, at most",
        default=100_000,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000_000)],
        help_text="On all of its streams together.",
    )

    next_at = models.DateTimeField(null=True, editable=False)
    ran_at = models.DateTimeField(null=True, editable=False)
    trouble = models.TextField(blank=True, editable=False, help_text="What hindered the last run, a line each.")
    stopped_at = models.DateTimeField(null=True, editable=False)
    stopped_why = models.CharField(max_length=500, blank=True, editable=False)

    #: Runners write these, each with an update of its own.
    RUNNERS_FIELDS: ClassVar[frozenset[str]] = frozenset({"next_at", "ran_at", "trouble", "stopped_at", "stopped_why"})
    #: What each of them cannot do without.
    NEEDS: ClassVar[dict[str, tuple[str, ...]]] = {
        Does.RETAIN: (),
        Does.CLAIM: ("idle_s",),
        Does.DEAD_LETTER: ("deliveries", "dead_letter_key"),
    }

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "policies"
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def raises_as(self) -> str:
        """What its alerts say that they come from."""
        return f"policy {self.name}"

    def clean(self) -> None:
        """Says what is missing for what it does."""
        errors = {
            name: f"Say this: {self.get_does_display()}."
            for name in self.NEEDS.get(self.does, ())
            if not getattr(self, name)
        }
        if self.does == self.Does.RETAIN and (self.keep_length is None) == (self.keep_s is None):
            errors["keep_length"] = "Say how many entries stay, or how long: one of the two."
        if errors:
            raise ValidationError(errors)

    def streams(self) -> list[Stream]:
        """The watched streams that it is about."""
        found = Stream.objects.filter(watched=True, vanished_at=None, server__enabled=True).select_related("server")
        if self.server_id:
            found = found.filter(server_id=self.server_id)
        return [stream for stream in found.order_by("pk") if matches(self.key_pattern.encode(), bytes(stream.key))]

    def takes_group(self, name: bytes) -> bool:
        """Whether it is about the group."""
        return matches((self.group_pattern or "*").encode(), name)

    @property
    def every(self) -> timedelta:
        """From one run to the next."""
        return timedelta(seconds=self.every_s)
