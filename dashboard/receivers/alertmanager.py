"""A real Alertmanager: told through its API, version 2, like Prometheus tells it. It does the rest by its own rules."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from dashboard.core.notice import Change, Notice, NoticeAlert, NoticeKind
from dashboard.receivers.answers import Answer, Outcome, again, delivered, never, of_http
from dashboard.receivers.exchange import TIMEOUT_S, exchange
from dashboard.receivers.networks import Network, Refused, Unreachable
from dashboard.receivers.webhook import labels_of

#: It forgets an alert that nobody repeats. A route repeats well before that, and tells at once when it has resolved.
OPEN_FOR = timedelta(hours=24)
TEST_FOR = timedelta(minutes=5)
ALL_S = 40.0  # for a whole cluster, well within the time that a notifier has for a message
_SEVERITIES = ("critical", "warning", "info")


def send(addresses: Sequence[str], notice: Notice, allowed: Sequence[Network]) -> Answer:
    """Tells every Alertmanager of the list, as their clusters want it; the worst answer counts, for it repeats to all."""
    lasts = TEST_FOR if notice.kind is NoticeKind.TEST else OPEN_FOR
    body = msgspec.json.encode([one for alert in notice.alerts for one in _alerts(alert, datetime.now(UTC), lasts)])
    timeout_s = min(TIMEOUT_S, ALL_S / len(addresses))
    answers = [_post(address, body, allowed, timeout_s) for address in addresses]
    for outcome in (Outcome.AGAIN, Outcome.NEVER):
        if found := next((answer for answer in answers if answer.outcome is outcome), None):
            return found
    return delivered(" ".join(answer.detail for answer in answers))


def _post(address: str, body: bytes, allowed: Sequence[Network], timeout_s: float) -> Answer:
    url, headers = f"{address.strip().rstrip('/')}/api/v2/alerts", {"Content-Type": "application/json"}
    try:
        response = exchange("POST", url, body=body, headers=headers, allowed=allowed, timeout_s=timeout_s)
    except Refused as refusal:
        return never(str(refusal))
    except Unreachable as problem:
        return again(str(problem))
    return of_http(response.status, response.host, response.retry_after)


def _alerts(alert: NoticeAlert, now: datetime, lasts: timedelta) -> list[dict[str, Any]]:
    """The alert, and the end of what it was: by its labels it is another one there when its severity changes."""
    severity = labels_of(alert)["severity"]
    ends_at = alert.resolved_at if alert.change is Change.RESOLVED and alert.resolved_at else now + lasts
    found = [_alert(alert, severity, ends_at)]
    if alert.change in (Change.ESCALATED, Change.EASED, Change.RESOLVED):
        found += [_alert(alert, other, min(ends_at, now)) for other in _SEVERITIES if other != severity]
    return found


def _alert(alert: NoticeAlert, severity: str, ends_at: datetime) -> dict[str, Any]:
    annotations = {
        "summary": alert.title,
        "description": alert.note,
        "runbook_url": alert.runbook,
        "value": alert.value,
    }
    return {
        "labels": labels_of(alert) | {"severity": severity},
        "annotations": {name: value for name, value in annotations.items() if value},
        "startsAt": alert.opened_at.isoformat(),
        "endsAt": max(ends_at, alert.opened_at).isoformat(),
        "generatorURL": alert.url,
    }
