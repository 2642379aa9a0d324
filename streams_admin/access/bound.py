"""Bounds of roles: on which streams a role may act."""

from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models

from dashboard.core.glob import matches, problem
from dashboard.models import Server, Stream


class Bound(models.Model):
    """Some streams of a role. One that has none may act everywhere; one that has several, on what any of them holds."""

    role = models.ForeignKey(
        Group,
        help_text="Without a bound a role may act everywhere; it sees everything in any case.",
        on_delete=models.CASCADE,
        related_name="bounds",
    )
    servers = models.ManyToManyField(Server, blank=True, related_name="bounds", help_text="None chosen: every server.")
    environment = models.CharField(
        max_length=100, default="*", help_text="A glob on the environment of servers: staging, prod*."
    )
    key_pattern = models.CharField("keys", max_length=500, default="*", help_text="A glob, as in SCAN MATCH: orders:*")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return f"{self.key_pattern} in {self.environment}"

    def clean(self) -> None:
        """An empty pattern would hold nothing, which nobody means."""
        for name in ("environment", "key_pattern"):
            pattern = getattr(self, name)
            if not pattern:
                raise ValidationError({name: "Say * for all of them."})
            if wrong := problem(pattern):
                raise ValidationError({name: f"“{pattern}” cannot be meant so: {wrong}"})

    def holds(self, stream: Stream) -> bool:
        """Whether the role may act on the stream by this."""
        server = stream.server
        chosen = {one.pk for one in self.servers.all()}
        return (
            (not chosen or server.pk in chosen)
            and matches(self.environment.encode(), server.environment.encode())
            and matches(self.key_pattern.encode(), bytes(stream.key))
        )


def may(person: Any, permission: str, stream: Stream) -> bool:
    """Whether the person has the permission on this stream, by what the database says now.

    By a right of their own it holds everywhere, as for whoever may do everything; by a role within its bounds.
    """
    fresh = get_user_model().objects.filter(pk=person.pk, is_active=True).first()
    if fresh is None:
        return False
    if fresh.is_superuser:
        return True
    label, _, codename = permission.partition(".")
    wanted = {"content_type__app_label": label, "codename": codename}
    if fresh.user_permissions.filter(**wanted).exists():
        return True
    roles = fresh.groups.filter(**{f"permissions__{name}": value for name, value in wanted.items()})
    return any(_holds(role, stream) for role in roles.distinct().prefetch_related("bounds__servers"))


def _holds(role: Group, stream: Stream) -> bool:
    bounds = list(role.bounds.all())
    return not bounds or any(bound.holds(stream) for bound in bounds)
