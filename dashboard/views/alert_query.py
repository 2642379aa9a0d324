"""Which alerts an address asks for: `?state=open&severity=critical&server=1&label=team=payments&q=lag&sort=longest`."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, IntegerField, OrderBy, Q, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Concat
from django.http import QueryDict

from dashboard.core.labels import LABEL_NAME
from dashboard.core.matchers import TAGS
from dashboard.models import Alert, Threshold
from dashboard.models.alert import AlertQuerySet

SEVERITIES = (Threshold.Severity.CRITICAL, Threshold.Severity.WARNING, Threshold.Severity.NOTICE)
#: What is open, and of that what nobody has taken care of, what somebody has, and what is muted; then what is over.
STATES = ("open", "unattended", "acknowledged", "silenced", "past")
SORTS = ("gravest", "newest", "longest")
LONGEST = 200

_GRAVITY = Case(
    *(When(severity=severity, then=Value(rank)) for rank, severity in enumerate(SEVERITIES)),
    default=Value(len(SEVERITIES)),
    output_field=IntegerField(),
)


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; whatever it cannot mean counts as everything."""

    state: str = "open"
    severity: str = ""
    server: int | None = None
    stream: int | None = None
    threshold: int | None = None
    label: str = ""  # name=value
    text: str = ""
    sort: str = "gravest"

    @classmethod
    def of(cls, query: QueryDict) -> "Wanted":
        """Reads an address."""
        return cls(
            state=_one_of(STATES, query.get("state", "")) or "open",
            severity=_one_of(SEVERITIES, query.get("severity", "")),
            server=_number(query.get("server", "")),
            stream=_number(query.get("stream", "")),
            threshold=_number(query.get("threshold", "")),
            label=_label(query.get("label", "")),
            text=query.get("q", "").replace("\0", "").strip()[:LONGEST],
            sort=_one_of(SORTS, query.get("sort", "")) or "gravest",
        )

    @property
    def is_filtered(self) -> bool:
        """Whether it leaves out alerts of its state."""
        return bool(self.severity or self.server or self.stream or self.threshold or self.label or self.text)

    def alerts(self) -> AlertQuerySet:
        """The alerts that it asks for, whatever their state; without watchdogs, which are no trouble."""
        alerts = Alert.objects.without_watchdogs()
        facts = {
            "severity": self.severity,
            "server_id": self.server,
            "stream_id": self.stream,
            "threshold_id": self.threshold,
        }
        alerts = alerts.filter(**{name: value for name, value in facts.items() if value})
        if self.text:
            alerts = alerts.filter(title__icontains=self.text)
        return _labelled(alerts, self.label) if self.label else alerts

    def ordered(self, alerts: AlertQuerySet) -> AlertQuerySet:
        """As the address wants them: the gravest, the newest or those that last longest first."""
        return alerts.order_by(*self._order())

    def _order(self) -> "tuple[OrderBy | str | Case, ...]":
        is_past = self.state == "past"
        newest = "-resolved_at" if is_past else "-opened_at"
        if self.sort == "gravest" and not is_past:
            return _GRAVITY, newest, "-pk"
        if self.sort == "longest":
            return ((F("resolved_at") - F("opened_at")).desc(), "-pk") if is_past else ("opened_at", "pk")
        return newest, "-pk"


def is_acknowledged(now: datetime) -> Q:
    """Of open alerts: somebody takes care of them, for now."""
    return (Q(acknowledged_until=None) | Q(acknowledged_until__gt=now)) & Q(acknowledged_at__isnull=False)


def _labelled(alerts: AlertQuerySet, label: str) -> AlertQuerySet:
    name, _, value = label.partition("=")
    known = Cast(KeyTextTransform(name, "labels"), TextField())  # a text, to be compared as one
    if name == TAGS:  # one of them, whichever
        tags = Concat(Value(", "), known, Value(", "), output_field=TextField())
        return alerts.alias(its=tags).filter(its__contains=f", {value}, ")
    # What an alert is now stands in its columns; its labels say what it was when it opened.
    return alerts.filter(severity=value) if name == "severity" else alerts.alias(its=known).filter(its=value)


def _label(text: str) -> str:
    name, _, value = text.partition("=")
    return f"{name.strip()}={value.strip()[:LONGEST]}" if LABEL_NAME.fullmatch(name.strip()) and value.strip() else ""


def _one_of(words: Collection[str], word: str) -> str:
    return word if word in words else ""


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None
