"""What the default pack has brought, so that nothing of it comes twice: neither over an edit nor after a deletion."""

from django.db import models


class PackPiece(models.Model):
    """One piece of the default pack that was installed once, by its key."""

    key = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key
