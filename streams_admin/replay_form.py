"""Which entries are to be replayed, and where to, as operators say it."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from dashboard.core import names
from streams_admin.ask_forms import AskForm
from streams_admin.forms import entry_id_of
from streams_admin.remedies.replay_plan import MOST_IDS, Wanted

_LAST_OF_A_MS = 2**64 - 1
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?")


class ReplayForm(AskForm):
    """Entries by ids, or between two ids or times, also by what a field holds; the stream that they go to; and how fast."""

    ids = forms.CharField(
        label="Entry ids",
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="One a line. Empty: all between the two ends.",
    )
    from_id = forms.CharField(
        label="From", required=False, max_length=41, help_text="An entry id, or a time as in 2026-11-25 07:00."
    )
    to_id = forms.CharField(label="To", required=False, max_length=41, help_text="Empty: what is there now.")
    field = forms.CharField(label="Only where the field", required=False, strip=False, max_length=1000)
    how = forms.ChoiceField(label="How", choices=(("equals", "is"), ("contains", "contains")), required=False)
    value = forms.CharField(label="Value", required=False, strip=False, max_length=10_000)
    target = forms.CharField(
        label="To the stream",
        required=False,
        strip=False,
        max_length=1000,
        help_text="Empty: the one that the dead letters come from. Of the same server.",
    )
    per_second = forms.IntegerField(label="Entries a second at most", min_value=1, max_value=10_000, initial=100)
    strips = forms.BooleanField(
        label="Leave out where dead letters come from (fields streamgauge:…)", required=False, initial=True
    )
    removes = forms.BooleanField(label="Delete them here once they are added there", required=False)

    def clean_ids(self) -> tuple[str, ...]:
        ids = tuple(dict.fromkeys(entry_id_of(word) for word in self.cleaned_data["ids"].split()))
        if len(ids) > MOST_IDS:
            raise forms.ValidationError(f"{MOST_IDS} ids at most: for more, say from where to where.")
        return tuple(sorted(ids, key=lambda entry_id: tuple(map(int, entry_id.split("-")))))

    def clean_from_id(self) -> str:
        return _end(self.cleaned_data["from_id"], last=False) or "-"

    def clean_to_id(self) -> str:
        return _end(self.cleaned_data["to_id"], last=True) or "+"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("value") and not data.get("field"):
            self.add_error("field", "Say which field holds this value.")
        return data

    @property
    def wanted(self) -> Wanted:
        """The entries that are meant, of a valid form."""
        data = self.cleaned_data
        return Wanted(
            ids=data["ids"],
            from_id=data["from_id"],
            to_id=data["to_id"],
            field=names.from_display(data["field"]),
            value=names.from_display(data["value"]),
            is_part=data["how"] == "contains",
        )

    @property
    def target_key(self) -> bytes:
        """The stream that they go to; empty: where they come from. Of a valid form."""
        return names.from_display(self.cleaned_data["target"])


def _end(text: str, *, last: bool) -> str:
    """An id, or the first or last one of a time on the reader's clock."""
    text = text.strip()
    if not text:
        return ""
    if not _TIME.fullmatch(text):
        return entry_id_of(text)
    try:
        at = timezone.make_aware(datetime.fromisoformat(text))
    except ValueError:
        raise forms.ValidationError(f"“{text}” is no time.") from None
    ms = round(at.timestamp() * 1000)
    return f"{ms}-{_LAST_OF_A_MS if last else 0}"
