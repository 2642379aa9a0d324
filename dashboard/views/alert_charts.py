"""Which charts the page of an alert shows, and what their scripts are told."""

import time
from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dashboard.core import names
from dashboard.models import Alert
from dashboard.services.limits import limits_of
from dashboard.told import told
from dashboard.views.alert_spans import span_of
from dashboard.views.charts import chart_data, server_data

#: A chart's title and unit, as on the page of the stream or server.
_TITLES = {
    "length": (_("Length"), _("entries")),
    "rates": (_("Rates"), _("entries per second")),
    "lag": (_("Lag"), _("entries not yet delivered")),
    "time_lag": (_("Time lag"), _("age of the oldest entry not yet delivered")),
    "pending": (_("Pending"), _("entries not acknowledged")),
    "oldest": (_("Oldest unacknowledged"), _("since it was delivered")),
    "memory": (_("Memory"), _("of the stream, as the server estimates it")),
    "consumers": (_("Consumers"), _("of one group")),
    "operations": (_("Operations"), _("commands per second, of everybody")),
    "clients": (_("Clients"), _("connections")),
    "round_trip": (_("Round trip"), _("from the sampler and back")),
}
_USED_MEMORY = (_("Used memory"), _("bytes"))
#: What shows a metric best; whatever is not here is shown by what it comes of.
_OF_STREAM = {
    "length": ("length", "rates"),
    "added_per_s": ("rates", "length"),
    "memory_bytes": ("memory", "length"),
    "no_data_s": ("rates", "length"),
    "lag": ("lag", "rates"),
    "time_lag_s": ("time_lag", "lag"),
    "pending": ("pending", "oldest"),
    "delivered_per_s": ("rates", "lag"),
    "acked_per_s": ("rates", "pending"),
    "oldest_pending_s": ("oldest", "pending"),
    "live_consumers": ("consumers", "lag"),
    "dead_consumers": ("consumers", "pending"),
}
_OF_SERVER = {"clients_percent": ("clients",), "rejected_per_s": ("clients",), "server_unreachable_s": ("round_trip",)}
_LEAST_S = 300  # of time around an alert


def charts_of(alert: Alert) -> list[dict[str, object]]:
    """For the template of a chart: its name, title and unit, and whether it shows one group."""
    if alert.stream_id is None:
        shown = _OF_SERVER.get(alert.metric, ("memory", "operations"))
    else:
        shown = _OF_STREAM.get(alert.metric, ("lag", "pending"))
    return [_chart(name, is_servers=alert.stream_id is None) for name in shown]


def _chart(name: str, *, is_servers: bool) -> dict[str, object]:
    title, unit = _USED_MEMORY if is_servers and name == "memory" else _TITLES[name]
    return {"name": name, "title": title, "unit": unit, "rated": name in ("rates", "consumers") and not is_servers}


def page_data(request: HttpRequest, alert: Alert, now: datetime) -> dict[str, Any]:
    """What the page's scripts are told: as on the page of the stream or the server, and what is this alert's alone."""
    stream = alert.stream_id
    subject = ("stream", stream) if stream else ("server", alert.server_id)
    limits = limits_of(alert.threshold) if alert.threshold else []
    return {
        **chart_data(request, *subject),
        "alert": alert.pk,
        "open": alert.resolved_at is None,
        "stream": stream,
        "title": f"{alert.stream or alert.server.name} · {alert.server.name}",
        "server": server_data(alert.server),
        "stream_url": reverse("stream", args=[0]),
        "now": time.time(),
        "limits": [{**msgspec.to_builtins(limit), "words": told(limit.words)} for limit in limits],
        "group": names.to_slug(bytes(alert.group)) if alert.group else None,
        "span_metrics": [alert.metric],
        "spans": [msgspec.to_builtins(span_of(alert))],
        **_shown(alert, now),
    }


def _shown(alert: Alert, now: datetime) -> dict[str, Any]:
    """From before it began to after it closed; while it is open to now, and on."""
    since = (alert.began_at or alert.opened_at).timestamp()
    until = (alert.resolved_at or now).timestamp()
    beside = max(_LEAST_S, (until - since) / 4)
    if alert.resolved_at is None:
        return {"range_s": round(until - since + beside)}
    return {"range_s": round(until - since + 2 * beside), "held": {"since": since - beside, "until": until + beside}}
