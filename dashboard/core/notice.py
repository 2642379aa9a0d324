"""Notices: what one message tells, frozen when it is made. Senders put it into words; each try says the same."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Change(StrEnum):
    """What a message says of an alert."""

    OPENED = "opened"
    ESCALATED = "escalated"
    EASED = "eased"
    RESOLVED = "resolved"
    STILL = "still"  # said before, and true still


class NoticeKind(StrEnum):
    """What sort of message it is."""

    ALERTS = "alerts"  # of one group
    DIGEST = "digest"  # of several groups, where there were too many messages
    TEST = "test"  # somebody pressed *Send test*


class NoticeAlert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert. Names in it are safe to show; it never carries a payload."""

    id: int
    change: Change
    severity: str  # notice, warning or critical
    title: str
    labels: dict[str, str]
    value: str = ""  # the last one, in words
    limit: str = ""  # in words
    opened_at: datetime
    resolved_at: datetime | None = None
    resolution: str = ""
    runbook: str = ""
    note: str = ""
    url: str = ""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one receiver."""

    key: str  # the same at each try: a receiver can drop what it has already
    kind: NoticeKind
    receiver: str
    route: str = ""
    group: dict[str, str] = {}  # the labels that its alerts share by the route's grouping
    alerts: tuple[NoticeAlert, ...] = ()  # the gravest and newest first
    left_out: int = 0  # alerts that did not fit
    made_at: datetime
    url: str = ""  # of the page of alerts

    @property
    def is_resolved(self) -> bool:
        """Whether all that it tells of is over."""
        return all(alert.change is Change.RESOLVED for alert in self.alerts)


def to_json(notice: Notice) -> object:
    """As plain data for a JSON field."""
    return msgspec.to_builtins(notice)


def from_json(data: object) -> Notice:
    """Of what `to_json` made; raises msgspec.ValidationError."""
    return msgspec.convert(data, Notice)
