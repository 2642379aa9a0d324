"""The form of a silence. Times are the reader's."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.core.matchers import Matcher, parse
from dashboard.forms.matchers import MatchersField

#: How long a silence lasts, in minutes; "" is until a time of one's own.
LASTS = {
    "30": _("30 minutes"),
    "60": _("1 hour"),
    "120": _("2 hours"),
    "240": _("4 hours"),
    "480": _("8 hours"),
    "1440": _("1 day"),
    "4320": _("3 days"),
    "10080": _("1 week"),
    "": _("until …"),
}
DEFAULT_LASTS = "120"


def _moment(**options: Any) -> forms.DateTimeField:
    picker = forms.DateTimeInput(attrs={"type": "datetime-local", "class": "input"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(required=False, widget=picker, **options)


class SilenceForm(forms.Form):
    """Which alerts, from when until when, and why."""

    matchers = MatchersField(error_messages={"required": _("Give at least one matcher.")})
    starts_at = _moment(label=_("Begins"), help_text=_("Empty: now."))
    lasts = forms.ChoiceField(label=_("Lasts"), choices=LASTS.items(), required=False)
    ends_at = _moment(label=_("Until"))
    reason = forms.CharField(
        label=_("Reason"), max_length=500, error_messages={"required": _("Say why: others will ask.")}
    )

    def clean(self) -> dict[str, Any]:
        """Refuses a silence that has no end."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if not found.get("lasts") and not found.get("ends_at") and "ends_at" not in self.errors:
            self.add_error("ends_at", _("Say until when."))
        return found

    @property
    def chosen(self) -> tuple[Matcher, ...]:
        """The matchers, where they were read without a mistake; else none."""
        return parse(self.cleaned_data.get("matchers", []))

    def times(self, now: datetime) -> tuple[datetime, datetime]:
        """From when until when, once the form is valid."""
        starts_at = self.cleaned_data["starts_at"] or now
        lasts = self.cleaned_data["lasts"]
        ends_at = max(starts_at, now) + timedelta(minutes=int(lasts)) if lasts else self.cleaned_data["ends_at"]
        return starts_at, ends_at
