"""What operators fill in. Names travel as base64url, so that any bytes survive a form."""

import re
from contextlib import suppress
from typing import Any

from django import forms

from dashboard.core import names
from streams_admin.facts import Facts
from streams_admin.models import Kind
from streams_admin.pending import PendingFilter
from streams_admin.remedies.base import Remedy
from streams_admin.remedies.claim import Target
from streams_admin.remedies.entries import Selection
from streams_admin.remedies.trim_plan import TrimMode
from streams_admin.wording import confirmation

_ENTRY_ID = re.compile(r"\d{1,20}-\d{1,20}", re.ASCII)
_ANY_ID = re.compile(r"\d{1,20}(-\d{1,20})?", re.ASCII)
_LARGEST = 2**64 - 1
#: What can be done to pending entries from their page.
PENDING_KINDS = (Kind.CLAIM, Kind.RESET_IDLE, Kind.ACKNOWLEDGE, Kind.ACKNOWLEDGE_DELETE)
Choices = list[tuple[str, str]]


def choices_of(found: list[bytes]) -> Choices:
    """Names to choose from, shown escaped."""
    return [(names.to_slug(name), names.display(name)) for name in found]


def entry_id_of(text: str) -> str:
    """The id in full. Raises forms.ValidationError that says how one looks."""
    parts = text.strip().partition("-")
    if not _ANY_ID.fullmatch(text.strip()) or any(int(part) > _LARGEST for part in (parts[0], parts[2] or "0")):
        raise forms.ValidationError(f"“{text.strip()[:60]}” is no entry id: one looks like 1763925000000-0.")
    return f"{parts[0]}-{parts[2] or 0}"


class Marked(forms.Form):
    """A form whose fields in error say so to a screen reader, and point at their text."""

    required_css_class = "required"

    def full_clean(self) -> None:
        super().full_clean()
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs.update({"aria-invalid": "true", "aria-describedby": f"{name}-error"})


class FilterForm(Marked):
    """Which pending entries are meant."""

    group = forms.ChoiceField()
    consumer = forms.ChoiceField(required=False)
    idle_s = forms.FloatField(label="Idle at least", required=False, min_value=0, max_value=10**9)
    deliveries = forms.IntegerField(label="Delivered at least", required=False, min_value=1, max_value=10**9)
    from_id = forms.CharField(label="From id", required=False, max_length=41)
    to_id = forms.CharField(label="To id", required=False, max_length=41)

    def __init__(self, *args: Any, groups: list[bytes], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = choices_of(groups)  # type: ignore[attr-defined]

    def offer_consumers(self, consumers: list[bytes] | None) -> None:
        """Consumers of the chosen group; None where there are too many to list: then the one that an address names."""
        if consumers is None:
            with suppress(ValueError):
                consumers = [names.from_slug(self.data["consumer"])] if self.data["consumer"] else []
        self.fields["consumer"].choices = [("", "any"), *choices_of(consumers or [])]  # type: ignore[attr-defined]

    def clean_from_id(self) -> str:
        text = self.cleaned_data["from_id"]
        return entry_id_of(text) if text.strip() else ""

    def clean_to_id(self) -> str:
        text = self.cleaned_data["to_id"].strip()
        # A time alone means all of its millisecond.
        return (entry_id_of(text) if "-" in text else f"{entry_id_of(text)[:-2]}-{_LARGEST}") if text else ""

    @property
    def wanted(self) -> PendingFilter:
        """The filter, of a valid form."""
        data = self.cleaned_data
        return PendingFilter(
            group=names.from_slug(data["group"]),
            consumer=names.from_slug(data["consumer"]) if data["consumer"] else None,
            min_idle_ms=round(1000 * (data["idle_s"] or 0)),
            min_deliveries=data["deliveries"] or 0,
            from_id=data["from_id"],
            to_id=data["to_id"],
        )


class ChosenForm(Marked):
    """Which entries, and what is to become of them."""

    verb = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in PENDING_KINDS])
    everything = forms.BooleanField(required=False)
    target = forms.ChoiceField(label="Claim to", required=False)
    new_consumer = forms.CharField(label="New consumer", required=False, max_length=1000)
    others = forms.MultipleChoiceField(label="Spread over these, too", required=False)
    resets_deliveries = forms.BooleanField(label="Count deliveries anew", required=False)
    entries = forms.Field(required=False)

    def __init__(self, *args: Any, consumers: list[bytes] | None, chosen: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.consumers, self.chosen = consumers, chosen
        options = [("", "choose a consumer"), *choices_of(consumers or [])]
        self.fields["target"].choices = options  # type: ignore[attr-defined]
        self.fields["others"].choices = options[1:]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("everything") and not self.chosen:
            self.add_error("entries", "Select at least one entry, or all that match.")
        if not all(_ENTRY_ID.fullmatch(entry_id) for entry_id in self.chosen):
            self.add_error("entries", "An entry id looks like 1763925000000-0.")
        if data.get("verb") == "claim" and "target" not in self.errors:
            self._clean_target(data)
        return data

    def _clean_target(self, data: dict[str, Any]) -> None:
        chosen, typed = data.get("target"), data.get("new_consumer")
        if bool(chosen) == bool(typed):
            self.add_error("target", "Choose a consumer of the group, or type the name of a new one.")
        elif typed and self.consumers and typed.encode() in self.consumers:
            self.add_error("new_consumer", "This consumer exists already: choose it from the list.")

    @property
    def to(self) -> Target:
        """The consumer that entries go to, of a valid form."""
        data = self.cleaned_data
        first = names.from_slug(data["target"]) if data["target"] else data["new_consumer"].encode()
        others = (names.from_slug(slug) for slug in data["others"])
        return Target(
            first,
            is_new=not data["target"],
            others=tuple(name for name in others if name != first),
            resets_deliveries=data["resets_deliveries"],
        )

    def selection(self, matching: PendingFilter) -> Selection:
        """The entries, of a valid form."""
        return Selection(matching=matching, ids=None if self.cleaned_data["everything"] else self.chosen)


class TrimForm(Marked):
    """How far to trim."""

    UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}  # noqa: RUF012

    mode = forms.ChoiceField(choices=[(mode.value, mode.value) for mode in TrimMode])
    keep = forms.IntegerField(label="Entries to keep", required=False, min_value=0, max_value=10**12)
    age = forms.FloatField(label="Older than", required=False, min_value=0, max_value=10**9)
    unit = forms.ChoiceField(required=False, choices=[(unit, unit) for unit in UNITS])
    first_kept = forms.CharField(label="First entry to keep", required=False, max_length=41)
    beyond = forms.BooleanField(required=False)
    approximate = forms.BooleanField(required=False)
    clears = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for mode, field, what in (
            ("length", "keep", "how many entries stay"),
            ("age", "age", "how old an entry may be"),
        ):
            if data.get("mode") == mode and data.get(field) is None and field not in self.errors:
                self.add_error(field, f"Say {what}, as a number.")
        if data.get("mode") == "id":
            try:
                data["first_kept"] = entry_id_of(data.get("first_kept") or "")
            except forms.ValidationError as error:
                self.add_error("first_kept", error)
        return data

    @property
    def way(self) -> TrimMode:
        """The way of trimming, of a valid form."""
        return TrimMode(self.cleaned_data["mode"])

    @property
    def asked_field(self) -> str:
        """The field that says how far."""
        return {TrimMode.LENGTH: "keep", TrimMode.AGE: "age", TrimMode.ID: "first_kept"}.get(self.way, "mode")

    @property
    def asked(self) -> int | str | None:
        """Entries to keep, seconds, or the first id that stays; None for a safe trim."""
        data = self.cleaned_data
        if self.way is TrimMode.ID:
            return str(data["first_kept"])
        if self.way is TrimMode.LENGTH:
            return int(data["keep"])
        return round(data["age"] * self.UNITS[data["unit"] or "s"]) if self.way is TrimMode.AGE else None


class ConfirmForm(Marked):
    """The last question: the key, typed, where something is destroyed; a tick where a consumer is created; on production, why."""

    key = forms.CharField(label="Key", required=False, strip=False, max_length=1000)
    create = forms.BooleanField(required=False)
    why = forms.CharField(label="Reason", required=False, max_length=500)

    def __init__(self, *args: Any, remedy: Remedy[Any], facts: Facts, asks_why: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = confirmation(facts.key) if remedy.destroys(facts) else ""
        self.creates = remedy.creates(facts)
        self.asks_why = asks_why

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        typed = data.get("key") or ""
        if self.expected and self.expected not in {typed, typed.strip()}:
            self.add_error("key", "Type it exactly as it stands above.")
        if self.creates and not data.get("create"):
            self.add_error("create", "Tick this to create the consumer.")
        if self.asks_why and not data.get("why"):
            self.add_error("why", "This server is production: say what it is for.")
        return data
