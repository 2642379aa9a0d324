"""What operators say about the groups, consumers and entries that they mean. Names of what exists travel as base64url."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from dashboard.core import names
from dashboard.models import Server
from streams_admin.forms import Marked, choices_of, entry_id_of
from streams_admin.pending import ConsumerRow
from streams_admin.remedies.positions import Place, Where
from streams_admin.wording import duration, number

_PLACES = (
    (Place.BEGINNING, "at the beginning: every entry that is there"),
    (Place.NEW, "at the end: new entries only"),
    (Place.TIME, "at a time: entries added since then"),
    (Place.ID, "after an entry id"),
)


class AskForm(Marked):
    """A form about a stream with these groups."""

    is_cluster = False
    server: Server | None = None

    def __init__(self, *args: Any, groups: list[bytes], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "group" in self.fields:
            self.fields["group"].choices = choices_of(groups)  # type: ignore[attr-defined]

    @property
    def chosen_group(self) -> bytes:
        """The group that was chosen, of a valid form."""
        return names.from_slug(self.cleaned_data["group"])


class GroupForm(AskForm):
    """One of the groups."""

    group = forms.ChoiceField(label="Group")


class WhereForm(AskForm):
    """A place in the stream."""

    place = forms.ChoiceField(label="Where", choices=_PLACES, widget=forms.RadioSelect, initial=Place.NEW)
    at = forms.DateTimeField(
        label="Time",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}),
        input_formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    after_id = forms.CharField(label="Entry id", required=False, max_length=41)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        place = data.get("place")
        if place == Place.TIME and not data.get("at") and "at" not in self.errors:
            self.add_error("at", "Say from when on, as in 2026-11-25 07:00.")
        if place == Place.ID:
            try:
                data["after_id"] = entry_id_of(data.get("after_id") or "")
            except forms.ValidationError as error:
                self.add_error("after_id", error)
        self.fields["at"].help_text = f"By your clock: {timezone.get_current_timezone_name()}."
        return data

    @property
    def where(self) -> Where:
        """The place, of a valid form."""
        at: datetime | None = self.cleaned_data.get("at")
        return Where(Place(self.cleaned_data["place"]), at, self.cleaned_data.get("after_id") or "")


class CreateGroupForm(WhereForm):
    """A new group."""

    name = forms.CharField(label="Name", strip=False, max_length=1000)
    field_order = ("name", "place", "at", "after_id")


class SetGroupIdForm(WhereForm, GroupForm):
    """One of the groups, and where it is to stand."""

    field_order = ("group", "place", "at", "after_id")


class CreateConsumerForm(GroupForm):
    """A new consumer of one of the groups."""

    consumer = forms.CharField(label="Name", strip=False, max_length=1000)
    field_order = ("group", "consumer")


class AppendEntryForm(AskForm):
    """Fields of a new entry, one a line."""

    fields_text = forms.CharField(
        label="Fields",
        strip=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text="One a line: name=value. All after the first = is the value.",
    )

    def clean_fields_text(self) -> tuple[tuple[bytes, bytes], ...]:
        lines = [line for line in self.cleaned_data["fields_text"].splitlines() if line.strip()]
        for line in lines:
            if "=" not in line:
                raise forms.ValidationError(f"“{line[:60]}” has no =: a line is name=value.")
        pairs = [line.partition("=") for line in lines]
        return tuple((name.encode(), value.encode()) for name, _, value in pairs)


class DeleteEntriesForm(AskForm):
    """Entries by their ids."""

    ids = forms.CharField(
        label="Entry ids",
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text="One a line, as in 1763925000000-0.",
    )
    needed_too = forms.BooleanField(label="Also those that a group has not read or not acknowledged", required=False)

    def clean_ids(self) -> tuple[str, ...]:
        return tuple(entry_id_of(word) for word in self.cleaned_data["ids"].split())


class RemoveConsumerForm(AskForm):
    """A consumer, and who gets what is pending with it."""

    consumer = forms.ChoiceField(label="Consumer")
    target = forms.ChoiceField(label="Its pending entries go to", required=False)

    def offer_consumers(self, rows: list[tuple[bytes, ConsumerRow]]) -> None:
        """The consumers of all groups, those with most pending first."""
        options = [
            (
                f"{names.to_slug(group)}.{names.to_slug(row.name)}",
                f"{names.display(group)[:60]} › {names.display(row.name)[:60]} "
                f"({number(row.pending)}, {duration(row.idle_ms // 1000)})",
            )
            for group, row in sorted(rows, key=lambda each: -each[1].pending)
        ]
        self.fields["consumer"].choices = options  # type: ignore[attr-defined]
        self.fields["target"].choices = [("", "–"), *options]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        group, target = (str(data.get(name) or "").partition(".")[0] for name in ("consumer", "target"))
        if target and target != group:
            self.add_error("target", "Choose a consumer of the same group.")
        return data

    def named(self, field: str) -> tuple[bytes, bytes]:
        """Group and consumer that were chosen, of a valid form."""
        group, _, name = self.cleaned_data[field].partition(".")
        return names.from_slug(group), names.from_slug(name)


class DeadLetterForm(GroupForm):
    """Poison: which entries, where to, and why."""

    deliveries = forms.IntegerField(label="Delivered at least (times)", min_value=2, max_value=10**9, initial=5)
    target = forms.CharField(label="Dead-letter stream", strip=False, max_length=1000)
    reason = forms.CharField(label="Reason", required=False, max_length=200)


class NothingForm(AskForm):
    """Nothing more to say."""
