"""What the admin says of notifications that never arrived."""

from datetime import timedelta
from typing import Any

from django import template
from django.utils import timezone

from dashboard.models import Notification

register = template.Library()
#: Later than this nobody would send it again, and the banner goes.
LATELY = timedelta(days=7)


@register.inclusion_tag("admin/dashboard/_given_up.html", takes_context=True)
def given_up(context: Any) -> dict[str, Any]:
    """A banner where notifications of the last days were given up; nothing for who may not see them."""
    request = context.get("request")
    if request is None or not request.user.has_perm("dashboard.view_notification"):
        return {"count": 0}
    lately = Notification.objects.dead().filter(made_at__gte=timezone.now() - LATELY)
    last = lately.select_related("receiver").first()
    return {"count": lately.count() if last else 0, "last": last}
