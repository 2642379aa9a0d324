"""Numbers and states as our pages show them; the words are the core's."""

from datetime import datetime

from django import template

from dashboard.core import wording
from dashboard.core.thresholds import Metric
from dashboard.models import Alert

register = template.Library()


@register.filter
def stateword(state: str) -> str:
    """A state as a word: wrong_type reads "wrong type"."""
    return state.replace("_", " ")


@register.filter
def whole(value: object) -> str:
    """A count, its thousands apart by thin spaces."""
    return f"{value:,}".replace(",", "\u202f") if isinstance(value, int) else str(value)


@register.filter
def alert_value(alert: Alert) -> str:
    """The newest value of the alert's metric with its unit; "?" where it is not known."""
    value = alert.opened_value if alert.last_value is None else alert.last_value
    return "?" if value is None else wording.quantity(Metric(alert.metric), value)


@register.filter
def alert_limit(alert: Alert) -> str:
    """The limit that was breached, with its unit."""
    return wording.quantity(Metric(alert.metric), alert.limit)


@register.filter
def lasted(alert: Alert, now: datetime) -> str:
    """How long the breach has lasted, or lasted."""
    return wording.duration(max(0.0, round(((alert.resolved_at or now) - alert.opened_at).total_seconds())))
