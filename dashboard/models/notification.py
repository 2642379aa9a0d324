"""Notifications: what was, or is to be, told to whom, with its fate."""

from datetime import datetime
from typing import ClassVar

from django.db import models

from dashboard.models.alert import Alert
from dashboard.models.receiver import Receiver, Route


class NotificationGroupQuerySet(models.QuerySet["NotificationGroup"]):
    def due(self, now: datetime) -> "NotificationGroupQuerySet":
        """Groups that are to be looked at, the longest overdue first."""
        return self.filter(due_at__lte=now).order_by("due_at", "pk")


class NotificationGroup(models.Model):
    """The alerts of one route that one receiver hears of in one message, and what it was told last."""

    route = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="groups")
    receiver = models.ForeignKey(Receiver, on_delete=models.CASCADE, related_name="groups")
    digest = models.CharField(max_length=64)  # of the labels that it is grouped by
    labels = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    told = models.JSONField(default=dict, help_text="By alert: what was said of it last.")
    # Raised by each message while the receiver's row is locked; the message's key is made of it.
    sequence = models.PositiveIntegerField(default=0)

    objects = NotificationGroupQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["route", "receiver", "digest"], name="one_group_a_route_and_receiver"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["due_at"], name="notification_group_due")]

    def __str__(self) -> str:
        return f"{self.route_id} → {self.receiver_id}"


class GroupMember(models.Model):
    """An alert of a group that the receiver may still have to hear of."""

    group = models.ForeignKey(NotificationGroup, on_delete=models.CASCADE, related_name="members")
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="+")

    class Meta:
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["group", "alert"], name="one_membership_an_alert"),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} in {self.group_id}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    def due(self, now: datetime) -> "NotificationQuerySet":
        """Those to be sent, also those whose sender was not heard of again, oldest first."""
        waiting = models.Q(state=Notification.State.DUE, next_try_at__lte=now)
        orphaned = models.Q(state=Notification.State.SENDING, claimed_until__lte=now)
        return self.filter(waiting | orphaned).order_by("pk")

    def dead(self) -> "NotificationQuerySet":
        """Those that were given up, the last one first."""
        return self.filter(state=Notification.State.DEAD).order_by("-pk")


class Notification(models.Model):
    """One message to one receiver. `body` is frozen when it is made, so that each try says the same under the same key."""

    class State(models.TextChoices):
        DUE = "due", "waiting"
        SENDING = "sending", "being sent"
        DELIVERED = "delivered", "delivered"
        DEAD = "dead", "given up"

    class Kind(models.TextChoices):
        ALERTS = "alerts", "alerts"
        DIGEST = "digest", "digest"

    receiver = models.ForeignKey(Receiver, on_delete=models.CASCADE, related_name="notifications")
    groups = models.ManyToManyField(NotificationGroup, related_name="notifications", blank=True)
    alerts = models.ManyToManyField(Alert, related_name="notifications", blank=True)
    key = models.CharField(max_length=64, unique=True)  # the same at each try: a receiver can drop what it has
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ALERTS)
    made_at = models.DateTimeField()
    body = models.JSONField(help_text="core.notice: what it tells.")
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True, help_text="The last try's outcome, without secrets.")
    told = models.JSONField(default=list, help_text="Of several addresses those that took it, while others did not.")
    log = models.JSONField(default=list, help_text="Of each try: when, what came of it, and how long it took.")

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        default_permissions = ("view",)
        permissions = [("resend_notification", "Can send notifications again")]  # noqa: RUF012
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_try_at"], name="notification_unsent", condition=models.Q(state__in=["due", "sending"])
            ),
            models.Index(fields=["receiver", "-made_at"], name="notification_of_receiver"),
            models.Index(fields=["state", "receiver", "-made_at"], name="notification_by_state"),
        ]

    def __str__(self) -> str:
        return self.key
