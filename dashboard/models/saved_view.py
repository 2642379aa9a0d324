"""Views of the overview that people save under a name, for themselves or for all."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def kept(self) -> "SavedViewQuerySet":
        """Views that nobody has deleted."""
        return self.filter(deleted_at=None)

    def seen_by(self, user_id: int) -> "SavedViewQuerySet":
        """The user's own views and those that others share."""
        return self.kept().filter(Q(owner_id=user_id) | Q(shared=True))

    def deleted_before(self, moment: datetime) -> "SavedViewQuerySet":
        """Views whose deletion nobody will take back any more."""
        return self.filter(deleted_at__lt=moment)


class SavedView(models.Model):
    """What the overview's address says after its "?", under a name. A deleted one is kept for a while, so that it can come back."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000, blank=True)
    shared = models.BooleanField(default=False, help_text="All who may watch see it.")
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "name"], condition=Q(deleted_at=None), name="one_view_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """The view that the overview opens with for a user, where the address asks for none."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="default_view")
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.user}: {self.view}"
