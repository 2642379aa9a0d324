"""A notice for the tests to send."""

from datetime import UTC, datetime
from typing import Any

from dashboard.core.notice import Change, Notice, NoticeAlert, NoticeKind

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def an_alert(number: int = 1, change: Change = Change.OPENED, **fields: Any) -> NoticeAlert:
    facts: dict[str, Any] = {
        "id": number,
        "change": change,
        "severity": "critical",
        "title": f"lag of billing on payments:{number} above 1 000: 4 210",
        "labels": {
            "threshold": "billing is late",
            "severity": "critical",
            "stream": f"payments:{number}",
            "server": "shop",
        },
        "value": "4 210",
        "limit": "1 000",
        "opened_at": NOON,
        "resolved_at": NOON if change is Change.RESOLVED else None,
        "resolution": "Back to 5." if change is Change.RESOLVED else "",
        "runbook": "https://wiki.example.com/billing",
        "url": f"https://gauge.example.com/alerts/{number}/",
    }
    return NoticeAlert(**{**facts, **fields})


def a_notice(*alerts: NoticeAlert, **fields: Any) -> Notice:
    facts: dict[str, Any] = {
        "key": "k" * 32,
        "kind": NoticeKind.ALERTS,
        "receiver": "on call",
        "route": "everything",
        "group": {"server": "shop"},
        "alerts": alerts or (an_alert(),),
        "made_at": NOON,
        "url": "https://gauge.example.com/alerts/",
    }
    return Notice(**{**facts, **fields})
