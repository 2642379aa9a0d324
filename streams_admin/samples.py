"""Sample notices: what previews and tests of receivers tell of."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from dashboard.core.names import display
from dashboard.core.notice import Change, Notice, NoticeAlert, NoticeKind

#: The samples that a preview offers.
SAMPLES = {
    "opened": _("an alert that opened"),
    "resolved": _("one that resolved"),
    "many": _("several, of a group"),
    "digest": _("a digest in a storm"),
    "hostile": _("names that try to break out"),
}
_HOSTILE = b"<script>alert(1)</script>'\"\r\nBcc: all@example.com\xff\xe2\x80\xae{{ 7|add:7 }} =cmd|' /C calc'!A0"


def sample(which: str, receiver: str, now: datetime, url: str = "") -> Notice:
    """The sample notice of that name; an unknown name is the first one."""
    alerts = _SAMPLES.get(which, _opened)(now, url)
    kind = NoticeKind.DIGEST if which == "digest" else NoticeKind.ALERTS
    group = {name: alerts[0].labels[name] for name in ("server", "threshold")}
    left_out = 12 if which == "digest" else 0
    return Notice(
        key="0" * 16, kind=kind, receiver=receiver, route="Everything", group=group, alerts=alerts, left_out=left_out,
        made_at=now, url=url,
    )  # fmt: skip


def test_notice(key: str, receiver: str, now: datetime, url: str) -> Notice:
    """What *Send test* sends: it says itself that it is a test."""
    return Notice(key=key, kind=NoticeKind.TEST, receiver=receiver, alerts=_opened(now, url), made_at=now, url=url)


def _opened(now: datetime, url: str) -> tuple[NoticeAlert, ...]:
    return (_alert(1, Change.OPENED, b"orders", now, url),)


def _resolved(now: datetime, url: str) -> tuple[NoticeAlert, ...]:
    return (_alert(1, Change.RESOLVED, b"orders", now, url),)


def _many(now: datetime, url: str) -> tuple[NoticeAlert, ...]:
    changes = (Change.OPENED, Change.ESCALATED, Change.STILL, Change.EASED, Change.RESOLVED)
    return tuple(_alert(number, change, b"orders:%d" % number, now, url) for number, change in enumerate(changes, 1))


def _hostile(now: datetime, url: str) -> tuple[NoticeAlert, ...]:
    return (_alert(1, Change.OPENED, _HOSTILE, now, url),)


_SAMPLES = {"opened": _opened, "resolved": _resolved, "many": _many, "digest": _many, "hostile": _hostile}


def _alert(number: int, change: Change, key: bytes, now: datetime, url: str) -> NoticeAlert:
    stream = display(key)
    is_over = change is Change.RESOLVED
    severity = "warning" if change is Change.EASED else "critical"
    return NoticeAlert(
        id=number,
        change=change,
        severity=severity,
        title=f"lag of billing on {stream} above 1000: 4200",
        labels={
            "threshold": "Billing waits",
            "severity": severity,
            "metric": "lag",
            "server": "shop",
            "stream": stream,
            "group": "billing",
            "owner": "payments",
        },
        value="120 entries" if is_over else "4200 entries",
        limit="1000 entries",
        opened_at=now - timedelta(minutes=7 * number),
        resolved_at=now if is_over else None,
        resolution="It is back within its limits." if is_over else "",
        runbook="https://example.com/runbooks/billing",
        note="Look at the consumers first.",
        url=url,
    )
