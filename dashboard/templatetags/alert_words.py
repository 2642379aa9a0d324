"""What became of alerts and notifications, as words with the icon of a state."""

from django import template
from django.utils.translation import gettext_lazy as _

from dashboard.models import AlertEvent, Notification
from dashboard.templatetags.readings import stateword

register = template.Library()

_EVENTS = {
    "opened": _("opened"),
    "escalated": _("graver"),
    "eased": _("less grave"),
    "recovering": _("recovering"),
    "relapsed": _("open again"),
    "resolved": _("resolved"),
    "acknowledged": _("acknowledged"),
    "unacknowledged": _("given up"),
}
_FATES = {"due": _("waiting"), "sending": _("being sent"), "delivered": _("delivered"), "dead": _("given up")}
_FATE_STATES = {"due": "waiting", "sending": "started", "delivered": "done", "dead": "failed"}


@register.filter
def event_word(event: AlertEvent) -> str:
    """What happened, and how grave it made the alert."""
    word = str(_EVENTS.get(event.kind, event.kind))
    severe = event.kind in (AlertEvent.Kind.OPENED, AlertEvent.Kind.ESCALATED, AlertEvent.Kind.EASED)
    return f"{word}: {stateword(event.severity)}" if severe and event.severity else word


@register.filter
def event_state(event: AlertEvent) -> str:
    """The state whose icon it has."""
    if event.kind in (AlertEvent.Kind.OPENED, AlertEvent.Kind.ESCALATED, AlertEvent.Kind.EASED):
        return event.severity
    return event.kind


@register.filter
def fate_word(notification: Notification) -> str:
    """What became of a notification."""
    return str(_FATES.get(notification.state, notification.state))


@register.filter
def fate_state(notification: Notification) -> str:
    """The state whose icon it has."""
    return _FATE_STATES.get(notification.state, "unknown")
