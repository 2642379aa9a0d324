"""Webhooks: JSON in the shape of Alertmanager's version 4, signed, so that whatever reads those reads ours."""

import hashlib
import hmac
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from dashboard.core.notice import Change, Notice, NoticeAlert
from dashboard.receivers.answers import Answer, again, never, of_http
from dashboard.receivers.exchange import exchange
from dashboard.receivers.networks import Network, Refused, Unreachable

# What others call our severities.
_SEVERITIES = {"notice": "info"}


def send(address: str, secret: str, notice: Notice, allowed: Sequence[Network]) -> Answer:
    """Posts the notice, with its key and, where there is a secret, a signature."""
    body = msgspec.json.encode(payload(notice))
    headers = {"Content-Type": "application/json", "Idempotency-Key": notice.key}
    try:
        response = exchange("POST", address.strip(), body=body, headers=headers | signed(secret, body), allowed=allowed)
    except Refused as refusal:
        return never(str(refusal))
    except Unreachable as problem:
        return again(str(problem))
    return of_http(response.status, response.host, response.retry_after)


def signed(secret: str, body: bytes, now: float | None = None) -> dict[str, str]:
    """The headers that prove who sent the body, and when: HMAC-SHA256 of the time, a full stop and the body."""
    if not secret:
        return {}
    moment = str(int(time.time() if now is None else now))
    proof = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"Streamgauge-Timestamp": moment, "Streamgauge-Signature": f"v1={proof}"}


def payload(notice: Notice) -> dict[str, Any]:
    """The notice as Alertmanager would say it."""
    alerts = [alert_of(alert) for alert in notice.alerts]
    group = ", ".join(f'{name}="{value}"' for name, value in sorted(notice.group.items()))
    return {
        "version": "4",
        "groupKey": f"{notice.route}:{{{group}}}",
        "truncatedAlerts": notice.left_out,
        "status": "resolved" if notice.is_resolved else "firing",
        "receiver": notice.receiver,
        "groupLabels": notice.group,
        "commonLabels": _common([alert["labels"] for alert in alerts]),
        "commonAnnotations": _common([alert["annotations"] for alert in alerts]),
        "externalURL": notice.url,
        "alerts": alerts,
    }


def alert_of(alert: NoticeAlert) -> dict[str, Any]:
    """One alert as Alertmanager would say it."""
    facts = {
        "summary": alert.title,
        "description": alert.note,
        "runbook_url": alert.runbook,
        "value": alert.value,
        "limit": alert.limit,
        "change": alert.change.value,
        "resolution": alert.resolution,
    }
    labels = labels_of(alert)
    resolved = alert.change is Change.RESOLVED
    return {
        "status": "resolved" if resolved else "firing",
        "labels": labels,
        "annotations": {name: value for name, value in facts.items() if value},
        "startsAt": alert.opened_at.isoformat(),
        "endsAt": alert.resolved_at.isoformat() if alert.resolved_at else "0001-01-01T00:00:00Z",
        "generatorURL": alert.url,
        "fingerprint": hashlib.sha256(repr(sorted(labels.items())).encode()).hexdigest()[:16],
    }


def labels_of(alert: NoticeAlert) -> dict[str, str]:
    """The alert's labels with the names and words that Alertmanager's own rules look at."""
    severity = _SEVERITIES.get(alert.severity, alert.severity)
    return {**alert.labels, "alertname": alert.labels.get("threshold", alert.title), "severity": severity}


def _common(every: list[dict[str, str]]) -> dict[str, str]:
    if not every:
        return {}
    return {name: value for name, value in every[0].items() if all(one.get(name) == value for one in every)}
