"""Looking things up among actions: by who, what, where, when, how it ended, and words; the same for pages and exports."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import OuterRef, Q, Subquery, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from dashboard.core import names
from streams_admin.forms import Marked
from streams_admin.models import Action, ActionQuerySet, AuditEntry, Kind

_ANY = ("", "–")


class ActionFilter(Marked):
    """Which actions are meant. Every field may be empty; a wrong one is said, and left out."""

    text = forms.CharField(label="Words", required=False, max_length=200)
    who = forms.CharField(label="Operator", required=False, max_length=150)
    kind = forms.ChoiceField(label="Kind", required=False, choices=[_ANY, *Kind.choices])
    state = forms.ChoiceField(label="State", required=False, choices=[_ANY, *Action.State.choices])
    server = forms.CharField(label="Server", required=False, max_length=100)
    key = forms.CharField(label="Key", required=False, strip=False, max_length=1000)
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def found(self) -> ActionQuerySet:
        """Those that fit, newest first, each with the last entry of the audit on it."""
        self.is_valid()
        data = self.cleaned_data
        last = AuditEntry.objects.filter(action=OuterRef("pk")).order_by("-pk")
        found = Action.objects.annotate(
            outcome_text=Cast("outcome", TextField()),
            last_entry=Subquery(last.values("pk")[:1]),
            last_hash=Subquery(last.values("hash")[:1]),
        )
        for condition in self._conditions(data):
            found = found.filter(condition)
        return found.order_by("-started_at", "-pk")

    @property
    def is_used(self) -> bool:
        """Whether anything is asked for."""
        return any(self.data.get(name) for name in self.fields)

    @staticmethod
    def _conditions(data: dict[str, Any]) -> list[Q]:
        conditions = [Q(**{name: data[name]}) for name in ("kind", "state") if data.get(name)]
        if text := data.get("text"):
            fields = ("title", "reason", "why", "commands", "outcome_text")
            conditions.append(_any(fields, text))
        if who := data.get("who"):
            conditions.append(_any(("operator_name", "approved_by"), who))
        if server := data.get("server"):
            conditions.append(Q(server_name__icontains=server))
        if key := data.get("key"):
            conditions.append(Q(key_digest=names.digest(names.from_display(key))))
        if since := data.get("since"):
            conditions.append(Q(started_at__gte=_midnight(since)))
        if until := data.get("until"):
            conditions.append(Q(started_at__lt=_midnight(until) + timedelta(days=1)))
        return conditions


def _any(fields: tuple[str, ...], text: str) -> Q:
    found = Q()
    for name in fields:
        found |= Q(**{f"{name}__icontains": text})
    return found


def _midnight(day: Any) -> datetime:
    """The day's beginning on the reader's clock."""
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))
