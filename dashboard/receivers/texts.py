"""Our own words of a message: what reads well on a phone at three in the morning. Plain text, whatever a name holds."""

from collections.abc import Iterator
from datetime import UTC, datetime

from dashboard.core.notice import Change, Notice, NoticeAlert, NoticeKind

_SEVERITIES = ("critical", "warning", "notice")


def subject_of(notice: Notice) -> str:
    """One line: how grave, what, and how many more."""
    if notice.kind is NoticeKind.TEST:
        return "[test] Streamgauge can reach you"
    open_ones = [alert for alert in notice.alerts if alert.change is not Change.RESOLVED]
    first = (open_ones or list(notice.alerts))[0] if notice.alerts else None
    if first is None:
        return "Streamgauge: nothing to tell"
    word = gravest(open_ones).upper() if open_ones else "RESOLVED"
    more = len(notice.alerts) + notice.left_out - 1
    return f"[{word}] {first.title}" + (f" (and {more} more)" if more else "")


def body_of(notice: Notice) -> str:
    """All of it: open alerts first, then what has resolved, each with what to do."""
    return "\n".join(_lines(notice)).strip() + "\n"


def gravest(alerts: list[NoticeAlert]) -> str:
    """The gravest severity among them; "" of none."""
    return next((word for word in _SEVERITIES if any(alert.severity == word for alert in alerts)), "")


def moment(at: datetime) -> str:
    """A time, to the minute, in UTC and said so: a message has no reader's zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _lines(notice: Notice) -> Iterator[str]:
    if notice.kind is NoticeKind.TEST:
        yield "This is a test that somebody sent from Streamgauge's admin. Alerts will look like this:"
        yield ""
    if notice.kind is NoticeKind.DIGEST:
        yield "Many alerts at once: this message stands for several."
        yield ""
    for alert in notice.alerts:
        yield from _alert(alert)
        yield ""
    if notice.left_out:
        yield f"{notice.left_out} more alerts did not fit into this message."
    if notice.url:
        yield f"All alerts: {notice.url}"


def _alert(alert: NoticeAlert) -> Iterator[str]:
    if alert.change is Change.RESOLVED:
        yield f"RESOLVED: {alert.title}"
        yield f"  {f'{alert.resolution} ' if alert.resolution else ''}It was open since {moment(alert.opened_at)}."
        return
    yield f"{alert.severity.upper()}{_CHANGES.get(alert.change, '')}: {alert.title}"
    if alert.value:
        yield f"  Now {alert.value}" + (f", limit {alert.limit}." if alert.limit else ".")
    yield f"  Open since {moment(alert.opened_at)}."
    if alert.note:
        yield f"  {alert.note}"
    for name, address in (("Runbook", alert.runbook), ("Alert", alert.url)):
        if address:
            yield f"  {name}: {address}"


_CHANGES = {
    Change.ESCALATED: " (graver than before)",
    Change.EASED: " (less grave than before)",
    Change.STILL: " (still open)",
}
