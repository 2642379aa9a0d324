"""Numbers and states as our pages show them; the words are the core's."""

import re
from datetime import datetime

from django import template
from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dashboard import told as sentences
from dashboard.core import names, wording
from dashboard.core.thresholds import Metric
from dashboard.models import Alert

register = template.Library()
_THIN = "\u202f"


#: Every state that a page shows, as a word.
STATES = {
    "ok": _("ok"),
    "new": _("new"),
    "up": _("up"),
    "down": _("down"),
    "denied": _("denied"),
    "busy": _("busy"),
    "loading": _("loading"),
    "stale": _("stale"),
    "error": _("error"),
    "loss": _("loss"),
    "stopped": _("stopped"),
    "poison": _("poison"),
    "stalled": _("stalled"),
    "stuck": _("stuck"),
    "rewound": _("rewound"),
    "slow": _("slow"),
    "ghosts": _("ghosts"),
    "abandoned": _("abandoned"),
    "vanished": _("vanished"),
    "wrong_type": _("wrong type"),
    "unknown": _("unknown"),
    "waiting": _("waiting"),
    "notice": _("notice"),
    "warning": _("warning"),
    "critical": _("critical"),
    "started": _("started"),
    "done": _("done"),
    "refused": _("refused"),
    "failed": _("failed"),
    "interrupted": _("interrupted"),
    "resolved": _("resolved"),
    "open": _("open"),
    "recovering": _("recovering"),
}


@register.filter
def stateword(state: str) -> str:
    """A state as a word in the reader's language: wrong_type reads "wrong type"."""
    return str(STATES.get(state, state.replace("_", " ")))


@register.filter
def told(text: object) -> str:
    """A sentence that was made where no reader is known, in the reader's language."""
    return sentences.told(str(text))


@register.filter
def shown(name: bytes) -> str:
    """A group's or consumer's name, its bytes escaped."""
    return names.display(bytes(name))


@register.filter
def whole(value: object) -> str:
    """A count, its thousands apart as the reader's language has it."""
    return _local(f"{value:,}".replace(",", _THIN)) if isinstance(value, int) else str(value)


def _local(text: str) -> str:
    """A number of ours (thin spaces, a point) as the reader's language writes it; English is as it is."""
    if (get_language() or "en").startswith("en"):
        return text
    point, group = formats.get_format("DECIMAL_SEPARATOR"), formats.get_format("THOUSAND_SEPARATOR")
    parts = re.split(rf"(?<=\d)({_THIN}|\.)(?=\d)", text)
    return "".join(str({_THIN: group, ".": point}.get(part, part)) for part in parts)


@register.filter
def alert_value(alert: Alert) -> str:
    """The newest value of the alert's metric with its unit; "?" where it is not known."""
    value = alert.opened_value if alert.last_value is None else alert.last_value
    return "?" if value is None else _local(wording.quantity(Metric(alert.metric), value))


@register.filter
def alert_limit(alert: Alert) -> str:
    """The limit that was breached, with its unit."""
    return _local(wording.quantity(Metric(alert.metric), alert.limit))


@register.filter
def alert_worst(alert: Alert) -> str:
    """The worst value that was seen, with its unit; "?" where none was known."""
    return "?" if alert.worst_value is None else _local(wording.quantity(Metric(alert.metric), alert.worst_value))


@register.filter
def lasted(alert: Alert, now: datetime) -> str:
    """How long the breach has lasted, or lasted."""
    return _local(wording.duration(max(0.0, round(((alert.resolved_at or now) - alert.opened_at).total_seconds()))))
