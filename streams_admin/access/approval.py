"""A second pair of eyes: a plan that waits for another operator's word, and what that was."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def waiting(self, now: datetime) -> "ApprovalQuerySet":
        """Those that somebody may still answer."""
        return self.filter(state=Approval.State.ASKED, plan__expires_at__gt=now)


class Approval(models.Model):
    """What was asked of other operators about a plan, and who answered what."""

    #: So long the plan holds from when it was asked. Its guards compare with what it froze, however long that takes.
    LIFETIME = timedelta(hours=1)

    class State(models.TextChoices):
        ASKED = "asked", "waits for another operator"
        APPROVED = "approved", "approved"
        DECLINED = "declined", "declined"
        WITHDRAWN = "withdrawn", "withdrawn"

    plan = models.OneToOneField("Plan", on_delete=models.CASCADE, related_name="approval")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="approvals_asked"
    )
    asked_by_name = models.CharField("asked by", max_length=150)
    asked_at = models.DateTimeField()
    why = models.CharField("reason", max_length=500, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.ASKED)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="approvals_answered"
    )
    answered_by_name = models.CharField("answered by", max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True)
    comment = models.CharField(max_length=500, blank=True)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at"]
        default_permissions = ("view",)
        permissions = [("approve_actions", "Can approve actions of others")]  # noqa: RUF012

    def __str__(self) -> str:
        return f"{self.plan} by {self.asked_by_name}"

    def get_absolute_url(self) -> str:
        return reverse("admin:streams_admin_plan", args=[self.plan.token])

    def waits(self, now: datetime) -> bool:
        """Whether somebody may still answer."""
        return self.state == self.State.ASKED and not self.plan.expired(now)
