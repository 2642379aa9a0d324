"""Links to the wallboard that need no account: for a screen on the wall, until a day that somebody sets."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.core import signing
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

DAYS = 90


def in_some_days() -> datetime:
    """When a new link ends, unless somebody says otherwise."""
    return timezone.now() + timedelta(days=DAYS)


def _signer() -> signing.Signer:
    # Not at import: the very first start has no SECRET_KEY yet, and makes it.
    return signing.Signer(salt="streamgauge.wall")


class WallLinkQuerySet(models.QuerySet["WallLink"]):
    def valid(self, now: datetime) -> "WallLinkQuerySet":
        """Links that still open the wallboard."""
        return self.filter(Q(revoked_at=None), ends_at__gt=now)


class WallLink(models.Model):
    """Whoever has its address sees the numbers of one view of the fleet, and nothing else, until it ends."""

    name = models.CharField(_("name"), max_length=80, help_text=_("Where the screen hangs."))
    view = models.CharField(
        _("view"),
        max_length=2000,
        blank=True,
        help_text=_("What stands after the “?” in the overview's address; empty: the whole fleet, worst first."),
    )
    ends_at = models.DateTimeField(_("ends"), default=in_some_days)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("made by"), null=True, editable=False, on_delete=models.SET_NULL
    )

    objects = WallLinkQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "pk"]
        verbose_name = _("wallboard link")
        verbose_name_plural = _("wallboard links")

    def __str__(self) -> str:
        return self.name

    @property
    def token(self) -> str:
        """What stands in the link's address: its number, signed with SECRET_KEY."""
        return _signer().sign(str(self.pk)).replace(":", "~")


def link_number(token: str) -> int | None:
    """The number of the link that the token was signed for; None where it is not ours."""
    try:
        return int(_signer().unsign(token.replace("~", ":")))
    except (signing.BadSignature, ValueError):
        return None
